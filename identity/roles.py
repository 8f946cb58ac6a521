"""The roles and scopes of the kernel, under the name this context knows them by."""

from kernel.auth.roles import ALL_SCOPES, EXECUTE, ROLE_SCOPES, USER_SCOPES, scopes_of

__all__ = ["ALL_SCOPES", "EXECUTE", "ROLE_SCOPES", "USER_SCOPES", "scopes_of"]
