"""The simulated messenger: e-mail, SMS and WhatsApp to one recipient."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from sandbox.routes.edge import After, Call, Key, Limit, SandboxDep, answer, calls, check_api_key, writes
from sandbox.schemas import MessageOrder, MessagePage, MessageView
from sandbox.service import Write

router = APIRouter(prefix="/messenger/messages", tags=["messenger"], dependencies=[Depends(check_api_key)])

MessengerCall = Annotated[Call, Depends(calls("messenger"))]
MessengerWrite = Annotated[Write, Depends(writes("messenger"))]


@router.post("", status_code=201, response_model=MessageView)
async def send(request: Request, sandbox: SandboxDep, write: MessengerWrite, order: MessageOrder) -> Response:
    return await answer(request, write, await sandbox.send(write, order))


@router.get("")
async def messages(
    sandbox: SandboxDep,
    call: MessengerCall,
    lead_ref: Annotated[str | None, Query()] = None,
    key: Key = None,
    after: After = "",
    limit: Limit = 100,
) -> MessagePage:
    return await sandbox.messages(call.account, lead_ref=lead_ref, key=key, after=after, limit=limit)


@router.get("/{message_id}")
async def message(sandbox: SandboxDep, call: MessengerCall, message_id: str) -> MessageView:
    return await sandbox.message(call.account, message_id)
