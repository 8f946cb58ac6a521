"""What a resource server says about itself (RFC 9728), and how it asks for a token (RFC 6750)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, request_response

from kernel.auth.issuers import authorization_servers
from kernel.auth.principal import InsufficientScope, Scope
from kernel.auth.roles import RESOURCE_SCOPES, Resource
from kernel.errors import PromptSalesError, Unauthenticated
from kernel.settings import MCP_SERVERS, Settings

WELL_KNOWN = "/.well-known/oauth-protected-resource"
_ADMINISTRATION: frozenset[Scope] = frozenset({"identity:admin", "privacy:admin"})
_UNQUOTABLE = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")
_NAMES: dict[Resource, str] = {
    "content": "PromptContent",
    "ads": "PromptAds",
    "crm": "PromptCrm",
    "analytics": "PromptAnalytics",
    "approvals": "PromptSales approvals",
    "hub": "PromptSales hub",
    "orchestrator": "PromptSales conversations",
    "identity": "PromptSales identity",
}


@dataclass(frozen=True, slots=True)
class ProtectedResource:
    uri: str
    """Its identifier, which tokens carry in `aud`."""
    name: str
    scopes: tuple[Scope, ...]
    """All that a person's token can carry here."""
    issuers: tuple[str, ...]
    paths: tuple[str, ...]
    """Where its metadata is served: at the root, and at the place that belongs to its path."""

    @classmethod
    def of(cls, settings: Settings, resource: Resource) -> "ProtectedResource":
        """A service as the settings know it. Raises NotConfigured for issuers that cannot be trusted."""
        uri = settings.audience(resource)
        mounted = ["/mcp"] if resource in MCP_SERVERS else []
        paths = dict.fromkeys(["", *mounted, urlsplit(uri).path.rstrip("/")])
        return cls(
            uri=uri,
            name=_NAMES[resource],
            scopes=tuple(sorted(RESOURCE_SCOPES[resource])),
            issuers=tuple(authorization_servers(settings)),
            paths=tuple(f"{WELL_KNOWN}{path}" for path in paths),
        )

    @property
    def metadata_url(self) -> str:
        parts = urlsplit(self.uri)
        return f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path.rstrip('/')}"

    def metadata(self) -> dict[str, object]:
        """RFC 9728 §2."""
        return {
            "resource": self.uri,
            "resource_name": self.name,
            "authorization_servers": list(self.issuers),
            "scopes_supported": list(self.scopes),
            "bearer_methods_supported": ["header"],
        }

    def challenge(self, error: PromptSalesError, *, presented: bool) -> dict[str, str]:
        """The WWW-Authenticate header that goes with a refusal; `presented` says whether a token was sent."""
        match error:
            case InsufficientScope():
                return _header("insufficient_scope", error.message, error.scope.split(), self.metadata_url)
            case Unauthenticated():
                # Least privilege first: what administrators need is asked for when it is needed.
                useful = [scope for scope in self.scopes if scope not in _ADMINISTRATION] or list(self.scopes)
                code = "invalid_token" if presented else None  # RFC 6750 §3.1: no error without a token
                return _header(code, error.message, useful, self.metadata_url)
            case _:
                return {}


def metadata_routes(resource: ProtectedResource) -> list[Route]:
    """The routes of the metadata, open to browsers of any origin."""
    document = resource.metadata()

    async def describe(_request: Request) -> Response:
        return JSONResponse(document, headers={"Cache-Control": "public, max-age=300"})

    endpoint = CORSMiddleware(
        request_response(describe),
        allow_origins=["*"],
        allow_methods=["GET", "OPTIONS"],
        allow_headers=["mcp-protocol-version"],
    )
    return [Route(path, endpoint=endpoint, methods=["GET", "OPTIONS"]) for path in resource.paths]


def _header(code: str | None, description: str, scopes: Sequence[str], metadata_url: str) -> dict[str, str]:
    parameters = {"scope": " ".join(scopes), "resource_metadata": metadata_url}
    if code is not None:
        parameters = {"error": code, "error_description": description, **parameters}
    quoted = (f'{name}="{_UNQUOTABLE.sub(" ", value)}"' for name, value in parameters.items())
    return {"WWW-Authenticate": f"Bearer {', '.join(quoted)}"}
