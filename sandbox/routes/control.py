"""The simulator's own controls, which no real platform has."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header

from sandbox.routes.edge import Account, SandboxDep, check_api_key
from sandbox.schemas import ControlState, FaultOrder, Faults

router = APIRouter(prefix="/control", tags=["control"], dependencies=[Depends(check_api_key)])


@router.put("/faults")
async def put_fault(
    sandbox: SandboxDep,
    order: FaultOrder,
    account: Annotated[str | None, Header(alias="X-Account", min_length=1, max_length=200)] = None,
) -> Faults:
    """Strike the next `count` requests of the account, or of every account without the header."""
    return await sandbox.put_fault(account, order)


@router.get("/state")
async def state(sandbox: SandboxDep, account: Account) -> ControlState:
    """What the account has here."""
    return await sandbox.state(account)
