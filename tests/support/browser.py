"""Drivers for tests of signing in: a browser that keeps cookies and fills in forms, and an application behind it."""

import base64
import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import psycopg

from identity.people.passwords import Passwords
from kernel.settings import Settings

PASSWORD = "correct horse battery staple"
"""What `give_passwords` gives to whom it is not told otherwise."""
REDIRECT_URI = "http://127.0.0.1:43210/callback"


class Page(HTMLParser):
    """The form on a page: where it goes, and what it would send as it stands."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.action: str | None = None
        self.fields: list[tuple[str, str]] = []
        self.offered: list[str] = []
        """The scopes with a check box."""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name"), given.get("value") or ""
        if tag == "form" and self.action is None:
            self.action = given.get("action")
        if tag != "input" or name is None:
            return
        if given.get("type") == "checkbox":
            self.offered.append(value)
            if "checked" in given:
                self.fields.append((name, value))
        else:
            self.fields.append((name, value))

    def filled(self, **values: str) -> list[tuple[str, str]]:
        """Its fields, some of them with other values."""
        return [(name, value) for name, value in self.fields if name not in values] + list(values.items())


class Browser:
    """A person's browser at the issuer: one cookie jar, redirects looked at and not followed."""

    def __init__(self, issuer: str, transport: httpx2.AsyncBaseTransport | None = None, **options: Any) -> None:
        """`transport` reaches an app in this process; without it, over the network with httpx2's `options`."""
        self.http = httpx2.AsyncClient(
            base_url=issuer, transport=transport, follow_redirects=False, trust_env=False, **options
        )

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    async def submit(self, page: Page, **values: str) -> httpx2.Response:
        """Send a page's form, some of its fields changed or added."""
        return await self.send(page, page.filled(**values))

    async def send(self, page: Page, fields: Sequence[tuple[str, str]]) -> httpx2.Response:
        """Send fields where a page's form goes."""
        assert page.action is not None, page.html
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.http.post(page.action, content=urlencode(fields), headers=headers)

    async def sign_in(
        self, email: str, password: str = PASSWORD, *, organization: str = "", return_to: str = "/account"
    ) -> httpx2.Response:
        """Sign in by the page; the response leads to `return_to` when the password is right."""
        page = Page((await self.http.get("/sign-in", params={"return_to": return_to})).text)
        return await self.submit(page, email=email, password=password, organization=organization)

    async def consent(self, query: str, *, scopes: Collection[str] | None = None, allow: bool = True) -> "Answer":
        """Answer the consent page of an authorization request; `scopes` are those left ticked, None for all.

        An application that is not asked about (the portal) is answered at once.
        """
        shown = await self.http.get(f"/oauth/authorize?{query}")
        if shown.status_code == 303:
            return Answer.of(shown)
        assert shown.status_code == 200, shown.text
        page = Page(shown.text)
        assert page.action == "/oauth/authorize", shown.text
        kept = [pair for pair in page.fields if pair[0] != "scope" or scopes is None or pair[1] in scopes]
        return Answer.of(await self.send(page, [*kept, ("decision", "allow" if allow else "deny")]))


@dataclass(frozen=True)
class Answer:
    """What the browser carries back to the application."""

    location: str
    values: Mapping[str, str]
    headers: httpx2.Headers

    @classmethod
    def of(cls, response: httpx2.Response) -> "Answer":
        assert response.status_code == 303, (response.status_code, response.text)
        location = response.headers["location"]
        return cls(location, dict(parse_qsl(urlsplit(location).query)), response.headers)

    @property
    def code(self) -> str:
        assert "code" in self.values, self.values
        return self.values["code"]


def verifier() -> str:
    """A fresh PKCE code_verifier."""
    return secrets.token_urlsafe(32)


def challenge_of(code_verifier: str) -> str:
    """Its S256 code_challenge."""
    return base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).decode().rstrip("=")


@dataclass
class Application:
    """An OAuth client: the public `mcp-client` unless told otherwise, with one PKCE verifier and state of its own."""

    http: httpx2.AsyncClient
    """Reaches the issuer; without cookies."""
    settings: Settings
    client_id: str = "mcp-client"
    redirect_uri: str = REDIRECT_URI
    secret: str | None = None
    verifier: str = field(default_factory=verifier)
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def query(self, *resources: str, **changes: str | None) -> str:
        """An authorization request's query for resources (`content`, …), changed as asked; None drops a parameter."""
        stated: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            "state": self.state,
        }
        pairs = [(name, value) for name, value in (stated | changes).items() if value is not None]
        return urlencode(pairs + [("resource", self.audience(name)) for name in resources])

    def audience(self, resource: str) -> str:
        """A service's resource URI; a URI stays what it is."""
        return resource if ":" in resource else self.settings.audience(cast("Any", resource))

    async def redeem(self, code: str, /, *, resource: str | None = None, **changes: str | None) -> httpx2.Response:
        """POST a code to the token endpoint."""
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        return await self.post("/oauth/token", form, resource, changes)

    async def refresh(self, token: str, /, *, resource: str | None = None, **changes: str | None) -> httpx2.Response:
        """POST a refresh token to the token endpoint."""
        form: dict[str, str | None] = {"grant_type": "refresh_token", "refresh_token": token}
        return await self.post("/oauth/token", form, resource, changes)

    async def post(
        self,
        path: str,
        form: Mapping[str, str | None],
        resource: str | None = None,
        changes: Mapping[str, str | None] | None = None,
    ) -> httpx2.Response:
        """POST a form as this client: by Basic with a secret, by client_id alone without one."""
        identified: dict[str, str | None] = {} if self.secret else {"client_id": self.client_id}
        named = {} if resource is None else {"resource": self.audience(resource)}
        sent = {**identified, **form, **named, **(changes or {})}
        basic = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"} if self.secret else {}
        data = {name: value for name, value in sent.items() if value is not None}
        return await self.http.post(path, data=data, headers=headers)

    async def tokens(self, browser: Browser, *resources: str, **changes: str | None) -> dict[str, Any]:
        """The whole way for a browser that is signed in: ask, allow, redeem; the token response's body."""
        code = (await browser.consent(self.query(*resources, **changes))).code
        response = await self.redeem(code, resource=resources[0] if resources else None)
        assert response.status_code == 200, response.text
        return response.json()


async def give_passwords(
    settings: Settings, *subjects: str, tenant: str = "solid-demo", password: str = PASSWORD
) -> None:
    """Let users of a tenant (`user:marketer`, …) sign in with a password; their address is `<name>@demo.example`."""
    passwords = Passwords()
    try:
        hashed = await passwords.new(password, email="nobody@example.test")
    finally:
        passwords.close()
    async with await psycopg.AsyncConnection.connect(settings.admin_database_url(), autocommit=True) as connection:
        changed = await connection.execute(
            """
            UPDATE identity.users SET password_hash = %s, password_changed_at = now(), failed_logins = 0,
                locked_until = NULL, disabled_at = NULL
            WHERE tenant = %s AND subject = ANY (%s)
            """,
            (hashed, tenant, list(subjects)),
        )
        assert changed.rowcount == len(subjects)
