"""What a notice is: that something happened to an action, and who should look. Never an argument."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Event = Literal[
    "proposed",
    "edited",
    "drifted",
    "reminded",
    "escalated",
    "approved",
    "rejected",
    "succeeded",
    "failed",
    "failed_partial",
    "unknown",
    "expired",
    "cancelled",
    "broke_glass",
    "review_due",
]
EVENTS: tuple[Event, ...] = get_args(Event)
Reader = Literal["reviewer", "admin", "proposer"]
Language = Literal["en", "es"]

_DECIDERS: tuple[Reader, ...] = ("reviewer", "admin")
_READERS: Mapping[Event, tuple[Reader, ...]] = {
    "proposed": _DECIDERS,
    "edited": _DECIDERS,
    "drifted": _DECIDERS,
    "reminded": _DECIDERS,
    "escalated": ("admin",),
    "unknown": (*_DECIDERS, "proposer"),
    "failed_partial": (*_DECIDERS, "proposer"),
    "broke_glass": ("admin",),
    "review_due": ("admin",),
}


@dataclass(frozen=True, slots=True)
class Notice:
    tenant: str
    seq: int
    """Of the audit entry it tells of."""
    id: str
    """The same whenever and however often it is sent: receivers know a repetition by it."""
    event: Event
    action_id: str
    revision: int
    summary: str
    proposer: str | None
    """The subject of who proposed the action, as tokens name them; no name, no address."""
    at: datetime

    @property
    def readers(self) -> tuple[Reader, ...]:
        """Who should look."""
        return _READERS.get(self.event, ("proposer",))


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way through a channel."""

    notice: Notice
    channel: str
    attempts: int
    """This one among them."""
