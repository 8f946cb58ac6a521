"""Where a client may send people back to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.clients.builtin import MCP_CLIENT, THIRD_PARTY_REACHES, public_client, service_client
from identity.clients.client import Client
from identity.domain import CLIENTS
from identity.repository import Credentials, hash_of
from kernel.auth.roles import RESOURCE_SCOPES
from kernel.settings import Settings


def client(*redirect_uris: str, secret: str | None = None) -> Client:
    return Client(
        client_id="app_1",
        name="An application",
        source="registered",
        redirect_uris=redirect_uris,
        grants=frozenset({"authorization_code"}),
        reaches=THIRD_PARTY_REACHES,
        serves=None,
        first_party=False,
        secret_hash=hash_of(secret) if secret else None,
        public_keys=None,
    )


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("https://app.example.com/cb", "https://app.example.com/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51234/cb"),
        ("http://127.0.0.1:33418/", "http://127.0.0.1:40000/"),
        ("http://localhost:1/cb", "http://localhost/cb"),
        ("http://[::1]/cb", "http://[::1]:51234/cb"),
        ("http://127.0.0.1/cb?x=1", "http://127.0.0.1:2/cb?x=1"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "cursor://anysphere.cursor-mcp/oauth/callback"),
    ],
)
def test_a_registered_redirect_is_allowed_on_loopback_at_any_port(registered: str, asked: str) -> None:
    assert client("https://other.example/cb", registered).allows_redirect(asked)


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("https://app.example.com/cb", "https://app.example.com/cb/"),
        ("https://app.example.com/cb", "https://app.example.com:443/cb"),
        ("https://app.example.com/cb", "https://APP.example.com/cb"),
        ("https://app.example.com/cb", "https://app.example.com/cb?x=1"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51234/other"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51234/cb/../other"),
        ("http://127.0.0.1/cb", "http://localhost:51234/cb"),
        ("http://127.0.0.1/cb", "https://127.0.0.1:51234/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51234@evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example:51234/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:123456/cb"),
        ("http://127.0.0.1", "http://127.0.0.1:80/"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "cursor://anysphere.cursor-mcp:1/oauth/callback"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "cursor://other/oauth/callback"),
    ],
)
def test_any_other_redirect_is_not(registered: str, asked: str) -> None:
    assert not client(registered).allows_redirect(asked)


@given(st.text(max_size=40))
def test_nothing_before_the_path_but_a_port_can_be_added_to_a_loopback_redirect(inserted: str) -> None:
    asked = f"http://127.0.0.1{inserted}/cb"
    port = inserted == "" or (inserted[0] == ":" and inserted[1:].isascii() and inserted[1:].isdecimal())

    assert client("http://127.0.0.1/cb").allows_redirect(asked) == (port and inserted != ":" and len(inserted) <= 6)


def test_a_client_without_secret_is_public_and_accepts_none() -> None:
    assert client().public
    assert not client().accepts("")
    assert not client(secret="s" * 32).public
    assert client(secret="s" * 32).accepts("s" * 32)
    assert not client(secret="s" * 32).accepts("S" * 32)


@pytest.mark.parametrize(
    "redirect",
    [
        "http://127.0.0.1:33418/",
        "https://vscode.dev/redirect",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "http://localhost:51234/callback",
        "http://localhost:6274/oauth/callback",
        "https://claude.ai/api/mcp/auth_callback",
    ],
)
def test_the_mcp_client_serves_the_applications_people_use(redirect: str) -> None:
    assert public_client().allows_redirect(redirect)


def test_the_mcp_client_is_public_asks_for_consent_and_reaches_the_mcp_servers_alone() -> None:
    known = public_client()

    assert known.client_id == MCP_CLIENT not in CLIENTS
    assert known.public
    assert not known.first_party
    assert set(known.reaches) == {"content", "ads", "crm", "analytics"}
    carried = frozenset[str]().union(*known.reaches.values())
    assert not carried & {"privacy:admin", "identity:admin", "approvals:decide", "actions:execute"}


def test_the_portal_is_first_party_and_comes_back_to_the_hub() -> None:
    settings = Settings()
    portal = service_client(Credentials("portal", hash_of("s" * 32), None), settings)

    assert portal is not None
    assert portal.first_party
    assert portal.redirect_uris == (f"{settings.url('hub')}/auth/callback",)
    assert portal.grants == {"authorization_code", "refresh_token"}
    assert portal.reaches == {name: RESOURCE_SCOPES[name] for name in ("orchestrator", "approvals", "hub", "identity")}


def test_a_service_without_secret_or_key_is_not_taken_for_a_public_client() -> None:
    assert service_client(Credentials("cli", None, None), Settings()) is None
