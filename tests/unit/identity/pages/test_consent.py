"""What a person is told before an application may act for them."""

import re
from collections.abc import Sequence
from typing import Any, cast, get_args

import pytest
from starlette.requests import Request
from starlette.responses import Response

from identity import opaque
from identity.clients.client import Client, Source
from identity.pages.pages import Pages
from identity.people.errors import CsrfMismatch
from identity.people.repository import PeopleRepository
from identity.people.sessions import BrowserSessions, SignedIn
from kernel.auth.principal import Scope
from kernel.auth.roles import Resource
from kernel.settings import Settings

SECRET = opaque.make("pss", "north")
QUERY = "client_id=tide&scope=ads%3Aread+openid&redirect_uri=https%3A%2F%2Ftide.example%2Fcb"
ADA = SignedIn(
    tenant="north",
    subject="user:ada",
    display_name="Ada Example",
    email="ada@people.example",
    language="en",
    signed_in_at=0,
    session_hash=b"x" * 32,
    organization="Northern Lights",
)


def sessions(settings: Settings) -> BrowserSessions:
    return BrowserSessions(settings, cast("PeopleRepository", None))


def visit(*cookies: str, path: str = "/oauth/authorize", **headers: str) -> Request:
    given = {"cookie": "; ".join(cookies)} | headers
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": QUERY.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }
    return Request(scope)


def client(
    name: str = "Tide", *, source: Source = "registered", client_id: str = "tide", first_party: bool = False
) -> Client:
    return Client(
        client_id=client_id,
        name=name,
        source=source,
        redirect_uris=("https://tide.example/cb",),
        grants=frozenset(),
        reaches={},
        serves=None,
        first_party=first_party,
        secret_hash=None,
        public_keys=None,
    )


def asked(
    who: Client,
    *,
    redirect_uri: str = "https://tide.example/cb",
    scopes: Sequence[Scope] = ("ads:read", "actions:propose"),
    resources: Sequence[Resource] = ("ads",),
    query: str = QUERY,
) -> tuple[str, str]:
    """The page, and its policy."""
    settings = Settings()
    response = Pages(settings, sessions(settings)).consent(
        visit(f"promptsales-session={SECRET}"),
        signed_in=ADA,
        client=who,
        redirect_uri=redirect_uri,
        resources=resources,
        scopes=scopes,
        query=query,
    )
    return bytes(response.body).decode(), response.headers["content-security-policy"]


def test_it_says_who_asks_for_whom_and_where_the_answer_goes() -> None:
    page, policy = asked(client())

    for said in ("Tide", "Ada Example", "Northern Lights", "ada@people.example", "tide.example", "Advertising"):
        assert said in page
    assert "See your name and e-mail" in page
    assert policy.endswith("form-action 'self' https://tide.example")


@pytest.mark.parametrize("scope", get_args(Scope))
def test_every_scope_is_said_in_words_and_can_be_left_out(scope: Scope) -> None:
    page, _ = asked(client(), scopes=[scope])

    assert f'<input type="checkbox" name="scope" value="{scope}" checked>' in page


def test_identity_alone_is_asked_without_boxes() -> None:
    page, _ = asked(client(), scopes=[], resources=["identity"], query="client_id=tide&scope=openid")

    assert "checkbox" not in page
    assert "See your name and e-mail" in page


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "{person.email}", "</bdi></p>"],
)
def test_a_clients_name_is_text(name: str) -> None:
    page, _ = asked(client(name))

    assert name not in page or name in {"{{ 7 * 7 }}", "{person.email}"}
    assert "<script" not in page
    assert "<img src=x" not in page


def test_a_clients_name_cannot_turn_the_sentence_around() -> None:
    page, _ = asked(client("Tide\u202e\u2066evil\n"))

    assert "Tide‹U+202E›‹U+2066›evil" in page
    assert "\u202e" not in page


def test_only_what_belongs_to_the_system_is_called_verified() -> None:
    assert "Verified: part of PromptSales" in asked(client(first_party=True, source="built-in"))[0]
    for source in get_args(Source):
        assert "Verified:" not in asked(client(source=source, client_id="https://tide.example/client.json"))[0]


def test_a_client_known_by_its_document_is_named_by_its_host() -> None:
    page, _ = asked(client("Your Bank", source="document", client_id="https://tide.example:8443/client.json"))

    assert '<strong class="host">tide.example</strong>' in page
    assert "known only by what tide.example says" in page


def test_an_answer_to_this_computer_or_an_app_is_said_to_be_one() -> None:
    page, policy = asked(client(), redirect_uri="http://127.0.0.1:51004/callback")
    assert "A program on this computer" in page
    assert policy.endswith("form-action 'self' http://127.0.0.1:51004")

    page, policy = asked(client(), redirect_uri="cursor://anysphere.cursor-mcp/oauth/callback")
    assert "<strong>cursor</strong> links" in page
    assert policy.endswith("form-action 'self' cursor:")


def test_the_form_carries_the_request_and_answers_to_this_session_alone() -> None:
    settings = Settings()
    pages = Pages(settings, sessions(settings))
    page, _ = asked(client())
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token
    assert f'name="query" value="{QUERY.replace("&", "&amp;")}"' in page
    form = {"csrf": token[1]}

    pages.verify_csrf(visit(f"promptsales-session={SECRET}"), form)
    for refused in (visit(), visit(f"promptsales-session={opaque.make('pss', 'north')}")):
        with pytest.raises(CsrfMismatch):
            pages.verify_csrf(refused, form)


def test_the_page_speaks_the_persons_language() -> None:
    settings = Settings()
    response = Pages(settings, sessions(settings)).consent(
        visit(f"promptsales-session={SECRET}"),
        signed_in=ADA,
        client=client(),
        redirect_uri="https://tide.example/cb",
        resources=["ads"],
        scopes=["ads:read"],
        query=f"{QUERY}&ui_locales=es-AR",
    )

    assert "¿Permitir el acceso?" in bytes(response.body).decode()


def test_over_https_cookies_are_bound_to_the_host_and_browsers_told_to_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROMPTSALES_IDENTITY_URL", "https://id.promptsales.example")
    settings = Settings()
    held = sessions(settings)
    page = Pages(settings, held).sign_in(visit(), return_to="/account")
    response = Response()
    held.remember(response, SECRET)

    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert page.headers["set-cookie"].startswith("__Host-promptsales-form=")
    for cookie in (page.headers["set-cookie"], response.headers["set-cookie"]):
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)
    assert response.headers["set-cookie"].startswith(f"__Host-promptsales-session={SECRET};")


def test_signing_in_may_end_at_the_application_that_asked() -> None:
    settings = Settings()
    pages = Pages(settings, sessions(settings))

    answer = pages.sign_in(visit(), return_to=f"/oauth/authorize?{QUERY}", client=client("Tide"))
    elsewhere = pages.sign_in(
        visit(), return_to="/oauth/authorize?redirect_uri=https%3A%2F%2Fevil.example%2F", client=client("Tide")
    )

    assert answer.headers["content-security-policy"].endswith("form-action 'self' https://tide.example")
    assert elsewhere.headers["content-security-policy"].endswith("form-action 'self'")
