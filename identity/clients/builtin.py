"""Clients that come with the system, and what applications of others may reach at most."""

from collections.abc import Mapping

from identity.clients.client import Client
from identity.domain import AUTHORIZATION_CODE, CLIENTS, REFRESH_TOKEN
from identity.repository import Credentials
from kernel.auth.principal import Scope
from kernel.auth.roles import RESOURCE_SCOPES, Resource
from kernel.settings import Settings

PORTAL = "portal"
MCP_CLIENT = "mcp-client"
MCP_RESOURCES: tuple[Resource, ...] = ("content", "ads", "crm", "analytics")
THIRD_PARTY_REACHES: Mapping[Resource, frozenset[Scope]] = {
    resource: RESOURCE_SCOPES[resource] - {"privacy:admin"} for resource in MCP_RESOURCES
}
"""The MCP servers, and nothing that decides, erases or administers."""

_NAMES = {PORTAL: "PromptSales", MCP_CLIENT: "An MCP client"}
_MCP_REDIRECTS = (
    # Native applications listen on loopback, at any port.
    "http://127.0.0.1/callback",  # Claude Code, Zed, Codex, OpenCode
    "http://localhost/callback",
    "http://127.0.0.1/oauth/callback",  # MCP Inspector, Gemini CLI
    "http://localhost/oauth/callback",
    "http://localhost/oauth/callback/debug",  # MCP Inspector, step by step
    "http://127.0.0.1/mcp/oauth/callback",  # OpenCode
    "http://127.0.0.1/",  # VS Code
    "http://127.0.0.1",
    "http://localhost/",
    "https://vscode.dev/redirect",
    "https://insiders.vscode.dev/redirect",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "https://claude.ai/api/mcp/auth_callback",  # Claude on the web, desktop and telephone
    "https://claude.com/api/mcp/auth_callback",
)


def public_client() -> Client:
    """The client any MCP application may say it is, without registering: it is public, so its name proves nothing."""
    return Client(
        client_id=MCP_CLIENT,
        name=_NAMES[MCP_CLIENT],
        source="built-in",
        redirect_uris=_MCP_REDIRECTS,
        grants=frozenset({AUTHORIZATION_CODE, REFRESH_TOKEN}),
        reaches=THIRD_PARTY_REACHES,
        serves=None,
        first_party=False,
        secret_hash=None,
        public_keys=None,
    )


def service_client(credentials: Credentials, settings: Settings) -> Client | None:
    """A service of the system, or the portal; None without a secret or key, which would make it anybody."""
    policy = CLIENTS[credentials.client_id]
    if credentials.secret_hash is None and credentials.public_keys is None:
        return None
    portal = credentials.client_id == PORTAL
    return Client(
        client_id=credentials.client_id,
        name=_NAMES.get(credentials.client_id, credentials.client_id),
        source="built-in",
        redirect_uris=(f"{settings.url('hub')}/auth/callback",) if portal else (),
        grants=policy.grants,
        reaches=policy.reaches,
        serves=policy.serves,
        first_party=portal,
        secret_hash=credentials.secret_hash,
        public_keys=credentials.public_keys,
    )
