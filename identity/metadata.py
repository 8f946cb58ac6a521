"""What the server says about itself: RFC 8414, OpenID Connect Discovery, and the extensions it has."""

from identity.client_authentication import AUTH_METHODS, CONFIDENTIAL
from identity.domain import PROTOCOL_SCOPES
from identity.grants import GRANTS
from identity.keys import ALGORITHM
from kernel.auth.roles import ALL_SCOPES

LANGUAGES = ("en", "es")
_CLAIMS = ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "sid", "tenant", "name", "locale", "email"]


def server_metadata(issuer: str, *, registration: bool) -> dict[str, object]:
    """The document of both well-known addresses; `registration` when clients may register themselves (RFC 7591)."""
    metadata: dict[str, object] = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "end_session_endpoint": f"{issuer}/sign-out",
        "scopes_supported": sorted(ALL_SCOPES | PROTOCOL_SCOPES),
        "claims_supported": _CLAIMS,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [grant.GRANT_TYPE for grant in GRANTS],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": list(LANGUAGES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "introspection_endpoint_auth_methods_supported": list(CONFIDENTIAL),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
    if registration:
        metadata["registration_endpoint"] = f"{issuer}/oauth/register"
    return metadata
