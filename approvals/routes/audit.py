"""Whether the audit is what was written: `/v1/audit/verification`."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from approvals.audit import Anchor, Reason, Verification
from approvals.routes.dependencies import Injected, Reader

router = APIRouter(prefix="/v1/audit", tags=["events"])


class AnchorView(BaseModel):
    seq: int
    hash: str
    at: datetime
    dropped: str = Field(description="The partition that ended with this entry.")

    @classmethod
    def of(cls, anchor: Anchor) -> Self:
        return cls(seq=anchor.seq, hash=anchor.hash.hex(), at=anchor.at, dropped=anchor.dropped)


class BrokenView(BaseModel):
    seq: int
    reason: Reason


class VerificationView(BaseModel):
    intact: bool
    entries: int = Field(description="How many there are since the last anchor.")
    first_seq: int | None
    last_seq: int | None
    head_hash: str | None = Field(description="Note it with last_seq: later it shows whether the chain was rewritten.")
    anchors: list[AnchorView] = Field(description="Where the chain went on when retention dropped its older part.")
    broken: list[BrokenView] = Field(description="The first entries that do not hold, and why.")

    @classmethod
    def of(cls, found: Verification) -> Self:
        extent = found.extent
        return cls(
            intact=found.intact,
            entries=extent.entries,
            first_seq=extent.first,
            last_seq=extent.last if extent.last is not None else extent.head_seq,
            head_hash=extent.head_hash.hex() if extent.head_hash is not None else None,
            anchors=[AnchorView.of(anchor) for anchor in found.anchors],
            broken=[BrokenView(seq=broken.seq, reason=broken.reason) for broken in found.broken],
        )


@router.get("/verification")
async def verification(caller: Reader, injected: Injected) -> VerificationView:
    """Every entry of the tenant's chain from its last anchor to its head: hashes, links, gaps, and the head itself."""
    return VerificationView.of(await injected.verifying.verify(caller.tenant))
