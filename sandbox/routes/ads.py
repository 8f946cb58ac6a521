"""The simulated ad platforms."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from sandbox.routes.edge import After, Call, Key, Limit, SandboxDep, answer, calls, check_api_key, writes
from sandbox.schemas import BudgetOrder, CampaignOrder, CampaignPage, CampaignView, Insights
from sandbox.service import Write

router = APIRouter(prefix="/ads/campaigns", tags=["ads"], dependencies=[Depends(check_api_key)])

AdsCall = Annotated[Call, Depends(calls("ads"))]
AdsWrite = Annotated[Write, Depends(writes("ads"))]


@router.post("", status_code=201, response_model=CampaignView)
async def launch(request: Request, sandbox: SandboxDep, write: AdsWrite, order: CampaignOrder) -> Response:
    return await answer(request, write, await sandbox.launch(write, order))


@router.get("")
async def campaigns(
    sandbox: SandboxDep,
    call: AdsCall,
    external_ref: Annotated[str | None, Query()] = None,
    key: Key = None,
    after: After = "",
    limit: Limit = 100,
) -> CampaignPage:
    return await sandbox.campaigns(call.account, external_ref=external_ref, key=key, after=after, limit=limit)


@router.get("/{campaign_id}")
async def campaign(sandbox: SandboxDep, call: AdsCall, campaign_id: str) -> CampaignView:
    return await sandbox.campaign(call.account, campaign_id)


@router.get("/{campaign_id}/insights")
async def insights(
    sandbox: SandboxDep, call: AdsCall, campaign_id: str, after: Annotated[date | None, Query()] = None
) -> Insights:
    return await sandbox.insights(call.account, campaign_id, after)


@router.post("/{campaign_id}/pause", response_model=CampaignView)
async def pause(request: Request, sandbox: SandboxDep, write: AdsWrite, campaign_id: str) -> Response:
    return await answer(request, write, await sandbox.pause(write, campaign_id))


@router.post("/{campaign_id}/resume", response_model=CampaignView)
async def resume(request: Request, sandbox: SandboxDep, write: AdsWrite, campaign_id: str) -> Response:
    return await answer(request, write, await sandbox.resume(write, campaign_id))


@router.post("/{campaign_id}/budget", response_model=CampaignView)
async def rebudget(
    request: Request, sandbox: SandboxDep, write: AdsWrite, campaign_id: str, order: BudgetOrder
) -> Response:
    return await answer(request, write, await sandbox.rebudget(write, campaign_id, order))
