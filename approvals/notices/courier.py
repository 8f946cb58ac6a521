"""Delivering the outbox: route what is new, take what is due, send it, say what became of it. At least once each."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg

from approvals.notices import outbox
from approvals.notices.errors import NotDelivered
from approvals.notices.notice import Delivery
from approvals.notices.port import Sender
from approvals.notices.settings import Channel, NotificationSettings
from kernel.database import Database
from kernel.errors import PromptSalesError
from kernel.logs import logger

BATCH = 20
SEND_SECONDS = 20.0
LEASE_SECONDS = 60.0
"""Longer than a batch takes, which is sent at once: nobody else sends it meanwhile."""
_POLL_SECONDS = 1.0
_SWEEP_SECONDS = 3600.0
_LONGEST_PAUSE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Bound:
    """A channel with the sender that serves it."""

    channel: Channel
    sender: Sender
    max_attempts: int


class Courier:
    def __init__(
        self, database: Database, bound: Mapping[str, Bound], options: NotificationSettings, base_url: str
    ) -> None:
        """`base_url` is the approvals API's, where an action is looked at."""
        self._database = database
        self._bound = bound
        self._options = options
        self._base_url = base_url
        self._swept_at = float("-inf")

    async def run(self) -> None:
        """Deliver until cancelled.

        What is under way when it is cancelled is sent again, by whoever comes next, when its lease has ended.
        """
        while True:
            await self._pass()

    async def deliver(self) -> int:
        """One batch; how many deliveries were attempted."""
        wanted = [
            {"name": name, "tenants": bound.channel.tenants, "events": bound.channel.events}
            for name, bound in self._bound.items()
        ]
        async with self._database.system() as connection:
            while await outbox.route(connection, wanted, BATCH * 10) == BATCH * 10:
                continue
            due = await outbox.claim(
                connection,
                list(self._bound),
                limit=BATCH,
                lease_seconds=LEASE_SECONDS,
                max_attempts=max((bound.max_attempts for bound in self._bound.values()), default=1),
            )
        await self._carry(due)
        return len(due)

    async def sweep(self) -> int:
        """Delete notices past their time; how many."""
        async with self._database.system() as connection:
            return await outbox.sweep(connection, self._options.keep_days)

    async def _pass(self) -> None:
        """A batch, or a pause."""
        try:
            if time.monotonic() - self._swept_at > _SWEEP_SECONDS:
                await self.sweep()
                self._swept_at = time.monotonic()
            if await self.deliver():
                return
        except (PromptSalesError, psycopg.Error) as error:
            logger(__name__).warning("nothing delivered", reason=str(error))
        await asyncio.sleep(_POLL_SECONDS)

    async def _carry(self, due: Sequence[Delivery]) -> None:
        async with asyncio.TaskGroup() as group:
            for delivery in due:
                group.create_task(self._one(delivery))

    async def _one(self, delivery: Delivery) -> None:
        bound = self._bound[delivery.channel]
        error, final = await self._attempt(bound.sender, delivery)
        pause = min(self._options.backoff_seconds * 2 ** (delivery.attempts - 1), _LONGEST_PAUSE_SECONDS)
        async with self._database.system() as connection:
            state = await outbox.finish(
                connection,
                delivery,
                error=error,
                retry_seconds=None if final else pause,
                max_attempts=bound.max_attempts,
            )
        if error is not None:
            tell = logger(__name__).error if state == "dead" else logger(__name__).warning
            tell("notice not delivered", notice=delivery.notice.id, channel=delivery.channel, state=state, reason=error)

    async def _attempt(self, sender: Sender, delivery: Delivery) -> tuple[str | None, bool]:
        """Why it was not handed over, and whether that is for good."""
        url = f"{self._base_url}/v1/actions/{delivery.notice.action_id}"
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await sender.send(delivery.notice, url)
        except NotDelivered as error:
            return error.message, error.final
        except TimeoutError:
            return "it took too long", False
        except Exception as error:  # a defect of one channel must not keep the others' notices
            logger(__name__).exception("channel failed", channel=delivery.channel)
            return f"the channel failed: {type(error).__name__}", False
        return None, False
