"""Callers for tests that reach a server in memory, where no bearer token is presented."""

from datetime import UTC, datetime, timedelta

from kernel.auth import Principal, Scope

MARKETER: tuple[Scope, ...] = (
    "content:read",
    "content:write",
    "ads:read",
    "ads:write",
    "crm:read",
    "crm:write",
    "approvals:read",
    "actions:propose",
)


def caller(tenant: str = "acme", *, scopes: tuple[Scope, ...] = MARKETER, subject: str = "user:marketer") -> Principal:
    """A principal as a verified token would give it."""
    return Principal(
        subject=subject,
        tenant=tenant,
        scopes=frozenset(scopes),
        roles=("marketer",),
        client_id="tests",
        actors=(),
        token_id="t-1",
        expires_at=datetime.now(UTC) + timedelta(hours=1),
        token="not presented to anybody",
    )


class FixedIdentity:
    """Makes every call of an in-memory session come from one principal (assign it to `server.stdio`)."""

    def __init__(self, principal: Principal) -> None:
        self._principal = principal

    async def principal(self) -> Principal:
        return self._principal
