"""What every way to reach people does."""

from typing import Protocol

from approvals.notices.notice import Notice


class Sender(Protocol):
    async def send(self, notice: Notice, url: str) -> None:
        """Hand a notice over; `url` is where its action can be looked at. Raises NotDelivered.

        May be called again for a notice that was handed over: receivers know it by its id.
        """
        ...
