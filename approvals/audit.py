"""What a tenant's audit chain has to look like from its last anchor to its head. Values in, findings out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Reason = Literal[
    "altered",  # its hash is not the hash of what it says
    "duplicated",  # another entry has its number
    "gap",  # entries before it are missing
    "unlinked",  # it does not follow the hash before it
    "before_anchor",  # it is older than what retention left
    "tail_missing",  # the head has gone further than the entries
    "beyond_head",  # the head does not know it
    "head_missing",  # there are entries and no head
    "head_differs",  # the head holds another hash
]


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last entry of a partition that retention dropped."""

    seq: int
    hash: bytes
    at: datetime
    dropped: str


@dataclass(frozen=True, slots=True)
class Extent:
    """A chain as it lies there: its head, and which entries there are. All None for a tenant with nothing."""

    head_seq: int | None
    head_hash: bytes | None
    first: int | None
    last: int | None
    last_hash: bytes | None
    entries: int


@dataclass(frozen=True, slots=True)
class Broken:
    seq: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Verification:
    extent: Extent
    anchors: Sequence[Anchor]
    """Newest last."""
    broken: Sequence[Broken]
    """The first that were found; empty when the chain is intact."""

    @property
    def intact(self) -> bool:
        return not self.broken


def check_ends(extent: Extent, anchor: Anchor | None) -> list[Broken]:
    """What is wrong with where a chain begins and ends: after its last anchor, and at its head."""
    found: list[Broken] = []
    if extent.first is not None and extent.first <= (anchor.seq if anchor else 0):
        found.append(Broken(extent.first, "before_anchor"))
    last, last_hash = _last(extent, anchor)
    if extent.head_seq is None:
        return [*found, Broken(last, "head_missing")] if last else found
    if extent.head_seq > last:
        found.append(Broken(last + 1, "tail_missing"))
    elif extent.head_seq < last:
        found.append(Broken(extent.head_seq + 1, "beyond_head"))
    elif last and extent.head_hash != last_hash:
        found.append(Broken(last, "head_differs"))
    return found


def _last(extent: Extent, anchor: Anchor | None) -> tuple[int, bytes | None]:
    if extent.last is not None:
        return extent.last, extent.last_hash
    return (anchor.seq, anchor.hash) if anchor else (0, None)
