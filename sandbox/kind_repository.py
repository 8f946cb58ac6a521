"""Which kind of platform an account meets. It belongs to the simulator, not to an account."""

from collections.abc import Mapping

from kernel.database import Connection
from sandbox.faults import Platform
from sandbox.kinds import Kind


class KindRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put(self, account: str | None, service: Platform, kind: Kind) -> None:
        """Set what one account meets at a service, or every account that has nothing of its own."""
        await self._connection.execute(
            """INSERT INTO sandbox.platform_kinds (account, service, kind) VALUES (%s, %s, %s)
               ON CONFLICT (account, service) DO UPDATE SET kind = excluded.kind""",
            (account, service, kind),
        )

    async def remove(self, account: str | None, service: Platform) -> None:
        """Forget what was set for an account, or for every account."""
        await self._connection.execute(
            "DELETE FROM sandbox.platform_kinds WHERE account IS NOT DISTINCT FROM %s AND service = %s",
            (account, service),
        )

    async def of(self, account: str) -> Mapping[Platform, Kind]:
        """What was set for an account, or for every account; the account's own wins."""
        cursor = await self._connection.execute(
            """SELECT service, kind FROM sandbox.platform_kinds WHERE account IS NULL OR account = %s
               ORDER BY account NULLS FIRST""",
            (account,),
        )
        return {row["service"]: row["kind"] for row in await cursor.fetchall()}
