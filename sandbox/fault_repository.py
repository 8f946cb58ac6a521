"""Where faults wait for the requests they will strike. They belong to the simulator, not to an account."""

from typing import Any

from kernel.database import Connection
from sandbox.faults import FaultKind
from sandbox.schemas import FaultOrder, FaultView


class FaultRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put(self, account: str | None, order: FaultOrder) -> None:
        """Set how many requests a fault will still strike, for one account or for all."""
        await self._connection.execute(
            """INSERT INTO sandbox.faults (account, service, kind, method, remaining) VALUES (%s, %s, %s, %s, %s)
               ON CONFLICT (account, service, kind, method) DO UPDATE SET remaining = excluded.remaining""",
            (account, order.service, order.kind, order.method, order.count),
        )

    async def take(self, account: str, service: str, method: str) -> FaultKind | None:
        """Use up one strike of the oldest fault that waits for such a request."""
        cursor = await self._connection.execute(
            """UPDATE sandbox.faults SET remaining = remaining - 1
               WHERE id = (SELECT id FROM sandbox.faults
                           WHERE remaining > 0 AND service = %(service)s
                             AND (account IS NULL OR account = %(account)s)
                             AND (method IS NULL OR method = %(method)s)
                             AND (%(method)s <> 'GET' OR kind NOT IN ('lie', 'timeout_after_effect'))
                           ORDER BY id LIMIT 1 FOR UPDATE)
               RETURNING kind""",
            {"account": account, "service": service, "method": method},
        )
        row = await cursor.fetchone()
        return row["kind"] if row else None

    async def waiting(self, account: str | None) -> list[FaultView]:
        """The faults that will strike an account, or every account."""
        cursor = await self._connection.execute(
            """SELECT service, kind, method, remaining FROM sandbox.faults
               WHERE remaining > 0 AND (account IS NULL OR account = %s) ORDER BY id""",
            (account,),
        )
        rows: list[dict[str, Any]] = await cursor.fetchall()
        return [FaultView(**row) for row in rows]
