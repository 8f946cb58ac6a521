"""Looking at the outbox."""

from approvals.notices import outbox
from approvals.notices.outbox import Shown, State
from kernel.database import Database


class NoticeLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, tenant: str, *, state: State | None, before: int | None, limit: int) -> list[Shown]:
        """The tenant's deliveries, newest notice first."""
        async with self._database.transaction(tenant) as connection:
            return await outbox.newest(connection, state=state, before=before, limit=limit)
