"""Who may administer: a person with `identity:admin` at this issuer, in person; some things only at the operator's."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from identity.administration.errors import NeverDelegated
from identity.administration.tenants import Tenants
from kernel.auth import Principal, TokenVerifier
from kernel.auth.rest import guard

Guard = Callable[[Request], Awaitable[Principal]]


def administrator(verifier: TokenVerifier) -> Guard:
    """A FastAPI dependency: an administrator of the organisation the token names. `verifier` is for this issuer."""
    verified = guard(verifier, "identity:admin")

    async def principal(request: Request) -> Principal:
        caller = await verified(request)
        if caller.actors:
            raise NeverDelegated("A service that acts for an administrator may not administer.", fix="Do it yourself.")
        return caller

    return principal


def operator(verifier: TokenVerifier, tenants: Tenants) -> Guard:
    """A FastAPI dependency: an administrator of the operator's organisation."""
    administers = administrator(verifier)

    async def principal(request: Request) -> Principal:
        caller = await administers(request)
        await tenants.require_operator(caller)
        return caller

    return principal
