"""What was told to whom, and what did not get out: `/v1/notices`."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from approvals.notices.notice import Event
from approvals.notices.outbox import Shown, State
from approvals.routes.dependencies import Injected, Reader

router = APIRouter(prefix="/v1/notices", tags=["events"])


class DeliveryView(BaseModel):
    id: str = Field(description="The notice's, the same in every channel and attempt.")
    seq: int = Field(description="Of the audit entry it tells of.")
    event: Event
    action_id: str
    summary: str
    at: datetime
    channel: str
    state: State = Field(description="`dead` when its attempts are used up, or none can help.")
    attempts: int
    error: str | None = Field(description="Why the last attempt failed.")
    delivered_at: datetime | None

    @classmethod
    def of(cls, shown: Shown) -> Self:
        return cls.model_validate(shown, from_attributes=True)


class DeliveryPage(BaseModel):
    items: list[DeliveryView]


@router.get("")
async def newest(
    caller: Reader,
    injected: Injected,
    *,
    state: State | None = None,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DeliveryPage:
    """The tenant's deliveries, newest notice first; `before` a `seq` for older ones."""
    shown = await injected.notices.newest(caller.tenant, state=state, before=before, limit=limit)
    return DeliveryPage(items=[DeliveryView.of(one) for one in shown])
