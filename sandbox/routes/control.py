"""The simulator's own controls, which no real platform has."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header

from sandbox.routes.edge import Account, ControlsDep, Key, check_api_key
from sandbox.schemas import ControlState, Effects, FaultOrder, Faults, KindOrder, Kinds

router = APIRouter(prefix="/control", tags=["control"], dependencies=[Depends(check_api_key)])

AccountOrAll = Annotated[str | None, Header(alias="X-Account", min_length=1, max_length=200)]


@router.put("/faults")
async def put_fault(controls: ControlsDep, order: FaultOrder, account: AccountOrAll = None) -> Faults:
    """Strike the next `count` requests of the account, or of every account without the header."""
    return await controls.put_fault(account, order)


@router.put("/kinds")
async def put_kind(controls: ControlsDep, order: KindOrder, account: AccountOrAll = None) -> Kinds:
    """Make a platform of this kind for the account, or for every account without one of its own."""
    return await controls.put_kind(account, order)


@router.get("/effects")
async def effects(controls: ControlsDep, account: Account, key: Key = None) -> Effects:
    """Every time that a write changed something for the account."""
    return await controls.effects(account, key)


@router.get("/state")
async def state(controls: ControlsDep, account: Account) -> ControlState:
    """What the account has here."""
    return await controls.state(account)
