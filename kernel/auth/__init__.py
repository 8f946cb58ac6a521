"""Who is calling: verified tokens, scopes, and how a service gets a token of its own."""

from kernel.auth.claims import InvalidToken
from kernel.auth.client import TokenClient
from kernel.auth.principal import Principal, Role, Scope
from kernel.auth.verifier import TokenVerifier

__all__ = ["InvalidToken", "Principal", "Role", "Scope", "TokenClient", "TokenVerifier"]
