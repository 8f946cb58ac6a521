"""The inbox: where notices go while nobody has said how to reach people."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from sandbox.routes.edge import After, Call, Limit, SandboxDep, answer, calls, check_api_key, writes
from sandbox.schemas import NoticeOrder, NoticePage, NoticeView
from sandbox.service import Write

router = APIRouter(prefix="/inbox/messages", tags=["inbox"], dependencies=[Depends(check_api_key)])

InboxCall = Annotated[Call, Depends(calls("inbox"))]
InboxWrite = Annotated[Write, Depends(writes("inbox"))]


@router.post("", status_code=201, response_model=NoticeView)
async def receive(request: Request, sandbox: SandboxDep, write: InboxWrite, order: NoticeOrder) -> Response:
    return await answer(request, write, await sandbox.receive(write, order))


@router.get("")
async def notices(
    sandbox: SandboxDep,
    call: InboxCall,
    action_id: Annotated[str | None, Query()] = None,
    after: After = "",
    limit: Limit = 100,
) -> NoticePage:
    return await sandbox.inbox(call.account, action_id=action_id, after=after, limit=limit)
