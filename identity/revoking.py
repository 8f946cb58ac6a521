"""Revocation: stored first, so that it is never lost, then told to every resource server through the denylist."""

from collections.abc import Sequence

from identity import revocations
from identity.errors import RevocationPending
from identity.families import Families
from identity.repository import Repository
from identity.revocations import Revocations
from kernel.auth.revocations import Denylist, Revocation
from kernel.database import Database
from kernel.errors import Unavailable
from kernel.logs import logger

_BATCH = 500
_SWEPT = 1000


class Revoker:
    """Ends tokens, families and browser sessions. Each call returns when it is on the denylist.

    Raises DatabaseUnavailable when nothing was done, and RevocationPending when it was done here, and resource servers
    will know as soon as the denylist answers again: new tokens are refused already.
    """

    def __init__(self, database: Database, denylist: Denylist) -> None:
        self._families = Families(database)
        self._revocations = Revocations(database)
        self._tenants = Repository(database).tenants
        self._denylist = denylist

    async def token(self, token_id: str, expires_at: int) -> None:
        """Revoke one access token by its `jti`; it would expire at `expires_at` (seconds since the epoch)."""
        revocation = revocations.of_token(token_id, expires_at)
        await self._revocations.keep(revocation)
        await self._tell([revocation])

    async def client(self, client_id: str) -> None:
        """Revoke every access token that a client was issued; that it gets no more is its registration's business."""
        revocation = revocations.of_client(client_id)
        await self._revocations.keep(revocation)
        await self._tell([revocation])

    async def family(self, tenant: str, family_id: str, because: str) -> None:
        """Revoke a family: its code, refresh tokens and access tokens."""
        await self._tell(await self._families.revoke(tenant, family_id, because))
        logger(__name__).info("family revoked", tenant=tenant, family_id=family_id, because=because)

    async def subject(self, tenant: str, subject: str, because: str) -> None:
        """Revoke everything a user was issued until now. Call it after the change that is the reason is committed."""
        await self._tell(await self._families.revoke_all(tenant, subject, because))
        logger(__name__).info("user's tokens revoked", tenant=tenant, subject=subject, because=because)

    async def browser_session(self, tenant: str, secret_hash: bytes, because: str) -> None:
        """Sign a browser out and revoke the families that began in it."""
        await self._tell(await self._families.sign_out(tenant, secret_hash, because))
        logger(__name__).info("signed out", tenant=tenant, because=because)

    async def refill(self) -> int:
        """Tell the denylist everything again that is still in force, and have it forget the rest; how much there is."""
        live = await self._revocations.live()
        await self._denylist.prune()
        for start in range(0, len(live), _BATCH):
            await self._denylist.add(live[start : start + _BATCH])
        return len(live)

    async def sweep(self) -> int:
        """Delete what has expired, at most a thousand rows of each kind in each tenant; how many there were."""
        deleted = await self._revocations.sweep(_SWEPT)
        for tenant in await self._tenants():
            deleted += await self._families.sweep(tenant, _SWEPT)
        return deleted

    async def _tell(self, told: Sequence[Revocation]) -> None:
        try:
            await self._denylist.add(told)
        except Unavailable as error:
            raise RevocationPending(
                "It is revoked, and resource servers will know as soon as the denylist answers.",
                fix="Send it again to be sure.",
            ) from error
