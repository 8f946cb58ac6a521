"""The gated effects: launch a campaign, pause it, change its budget."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kernel.auth import Scope
from kernel.database import Connection, Database
from kernel.gate import Applied, Evidence, Execution, Exposure, GatedTool, Preparation, Receipt
from kernel.money import Money
from mcp_servers.ads import repository
from mcp_servers.ads.domain import Campaign, check_period, check_plan, line_state, rescale, state_of
from mcp_servers.ads.errors import BudgetUnchanged, CampaignNotLive
from mcp_servers.ads.platforms.port import AdPlatform, LiveCampaign
from mcp_servers.ads.schemas import Amount, Currency, LineItemInput, Name, Text


class LaunchCampaignArgs(BaseModel):
    """The whole order, so that what is approved is what is launched. Another budget rescales the line items."""

    model_config = ConfigDict(extra="forbid")

    campaign_id: str
    name: Name
    objective: Text
    start: date
    end: date
    currency: Currency
    budget: Amount
    line_items: list[LineItemInput] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _line_items_add_up(self) -> Self:
        lines = [line.as_domain() for line in self.line_items]
        if sum((line.budget for line in lines), Decimal(0)) != self.budget:
            scaled = rescale(lines, Money(self.budget, self.currency))
            self.line_items = [LineItemInput.of(line) for line in scaled]
        return self

    @classmethod
    def of(cls, campaign: Campaign) -> "LaunchCampaignArgs":
        return cls(
            campaign_id=campaign.id,
            name=campaign.name,
            objective=campaign.objective,
            start=campaign.start,
            end=campaign.end,
            currency=campaign.currency,
            budget=campaign.budget or Decimal(0),
            line_items=[LineItemInput.of(line) for line in campaign.line_items],
        )


class PauseCampaignArgs(BaseModel):
    model_config = ConfigDict(extra="forbid")

    campaign_id: str
    reason: Text


class ChangeBudgetArgs(BaseModel):
    model_config = ConfigDict(extra="forbid")

    campaign_id: str
    budget: Amount
    currency: Currency
    reason: Text


ArgsT = TypeVar("ArgsT", LaunchCampaignArgs, PauseCampaignArgs, ChangeBudgetArgs)


class CampaignEffect(GatedTool[ArgsT]):
    """What the three effects share: they concern one campaign, on one platform."""

    scopes: tuple[Scope, ...] = ("ads:write",)

    def __init__(self, database: Database, platform: AdPlatform) -> None:
        self._database = database
        self._platform = platform

    @property
    def retry_safe(self) -> bool:
        return self._platform.honours_idempotency

    async def prepare(self, tenant: str, args: ArgsT) -> Preparation:
        async with self._database.transaction(tenant) as connection:
            campaign = await repository.campaign(connection, args.campaign_id)
        return self._preparation(tenant, campaign, args)

    async def look_up(self, execution: Execution, args: ArgsT) -> Applied | None:
        live = await self._platform.find(execution.tenant, execution.action_id)
        return self._applied(live, self._requested(args)) if live else None

    async def record(self, connection: Connection, execution: Execution, args: ArgsT, applied: Applied) -> None:  # noqa: ARG002
        campaign = await repository.campaign(connection, args.campaign_id, lock=True)
        await repository.save(connection, self._after(campaign, args, applied))

    async def _campaign(self, tenant: str, campaign_id: str) -> Campaign:
        async with self._database.transaction(tenant) as connection:
            return await repository.campaign(connection, campaign_id)

    def _applied(self, live: LiveCampaign, requested: dict[str, Any]) -> Applied:
        applied = _read_back(live)
        return Applied(
            self._platform.name, live.id, live.sandbox, requested, {name: applied[name] for name in requested}
        )

    @abstractmethod
    def _preparation(self, tenant: str, campaign: Campaign, args: ArgsT) -> Preparation: ...

    @abstractmethod
    def _requested(self, args: ArgsT) -> dict[str, Any]:
        """What the platform shall hold afterwards, in the fields of `_read_back`."""

    @abstractmethod
    def _after(self, campaign: Campaign, args: ArgsT, applied: Applied) -> Campaign: ...


class LaunchCampaign(CampaignEffect[LaunchCampaignArgs]):
    name = "launch_campaign"
    args = LaunchCampaignArgs

    def _preparation(self, tenant: str, campaign: Campaign, args: LaunchCampaignArgs) -> Preparation:
        campaign.require_draft()
        check_period(args.start, args.end)
        check_plan(Money(args.budget, args.currency), [line.as_domain() for line in args.line_items])
        countries = sorted({line.country for line in args.line_items})
        platforms = sorted({line.platform for line in args.line_items})
        return Preparation(
            target_account=self._platform.account(tenant),
            target_state=state_of(campaign),
            summary=(
                f"Launch {args.name} for {campaign.client} ({campaign.product}) in {', '.join(countries)} on "
                f"{', '.join(platforms)} from {args.start} to {args.end}, {args.budget:.2f} {args.currency} in all."
            ),
            exposure=Exposure(
                amount=f"{args.budget:.2f}",
                currency=args.currency,
                period_start=args.start,
                period_end=args.end,
                countries=countries,
                client=campaign.client,
                campaign_id=campaign.id,
            ),
            reversible=True,
            evidence=[
                Evidence(
                    title=f"{line.platform} {line.channel}, {line.country}", detail=f"{line.budget:.2f} {args.currency}"
                )
                for line in args.line_items
            ],
        )

    async def effect(self, execution: Execution, args: LaunchCampaignArgs) -> Applied:
        order = _ordered(await self._campaign(execution.tenant, args.campaign_id), args)
        platform_id = await self._platform.launch(execution.tenant, execution.action_id, order)
        return self._applied(await self._platform.read(execution.tenant, platform_id), self._requested(args))

    def compensation(
        self,
        args: LaunchCampaignArgs,
        target: Mapping[str, Any],  # noqa: ARG002
        receipt: Receipt,  # noqa: ARG002
    ) -> tuple[str, PauseCampaignArgs]:
        return PauseCampaign.name, PauseCampaignArgs(campaign_id=args.campaign_id, reason="Takes its launch back.")

    def _requested(self, args: LaunchCampaignArgs) -> dict[str, Any]:
        return {
            "status": "active",
            "name": args.name,
            "start": args.start.isoformat(),
            "end": args.end.isoformat(),
            "currency": args.currency,
            "budget": f"{args.budget:.2f}",
            "line_items": [line_state(line.as_domain()) for line in args.line_items],
        }

    def _after(self, campaign: Campaign, args: LaunchCampaignArgs, applied: Applied) -> Campaign:
        return replace(_ordered(campaign, args), status="active", platform_id=applied.platform_id)


class PauseCampaign(CampaignEffect[PauseCampaignArgs]):
    name = "pause_campaign"
    args = PauseCampaignArgs

    def _preparation(self, tenant: str, campaign: Campaign, args: PauseCampaignArgs) -> Preparation:
        campaign.require_live()
        if campaign.status == "paused":
            raise CampaignNotLive(f"{campaign.name} is paused already.", field="campaign_id")
        return Preparation(
            target_account=self._platform.account(tenant),
            target_state=state_of(campaign),
            summary=f"Pause {campaign.name} for {campaign.client}: {args.reason or 'no reason given'}",
            exposure=Exposure(countries=campaign.countries, client=campaign.client, campaign_id=campaign.id),
            reversible=False,
        )

    async def effect(self, execution: Execution, args: PauseCampaignArgs) -> Applied:
        platform_id = (await self._campaign(execution.tenant, args.campaign_id)).require_live()
        await self._platform.pause(execution.tenant, execution.action_id, platform_id)
        return self._applied(await self._platform.read(execution.tenant, platform_id), self._requested(args))

    def _requested(self, args: PauseCampaignArgs) -> dict[str, Any]:  # noqa: ARG002
        return {"status": "paused"}

    def _after(self, campaign: Campaign, args: PauseCampaignArgs, applied: Applied) -> Campaign:  # noqa: ARG002
        return replace(campaign, status="paused") if applied.applied == applied.requested else campaign


class ChangeBudget(CampaignEffect[ChangeBudgetArgs]):
    name = "change_budget"
    args = ChangeBudgetArgs

    def _preparation(self, tenant: str, campaign: Campaign, args: ChangeBudgetArgs) -> Preparation:
        campaign.require_live()
        before = campaign.budget or Decimal(0)
        if (args.budget, args.currency) == (before, campaign.currency):
            raise BudgetUnchanged(f"{campaign.name} has this budget already.", field="budget")
        if args.currency != campaign.currency:
            raise BudgetUnchanged(
                f"{campaign.name} is budgeted in {campaign.currency}.", field="currency", fix="Use its currency."
            )
        return Preparation(
            target_account=self._platform.account(tenant),
            target_state=state_of(campaign),
            summary=(
                f"Change the budget of {campaign.name} for {campaign.client} from {before:.2f} to {args.budget:.2f} "
                f"{args.currency}: {args.reason or 'no reason given'}"
            ),
            exposure=Exposure(
                amount=f"{max(args.budget - before, Decimal(0)):.2f}",
                currency=args.currency,
                period_start=campaign.start,
                period_end=campaign.end,
                countries=campaign.countries,
                client=campaign.client,
                campaign_id=campaign.id,
            ),
            reversible=bool(campaign.budget),
        )

    async def effect(self, execution: Execution, args: ChangeBudgetArgs) -> Applied:
        campaign = await self._campaign(execution.tenant, args.campaign_id)
        platform_id = campaign.require_live()
        lines = rescale(campaign.line_items, Money(args.budget, args.currency))
        await self._platform.change_budget(execution.tenant, execution.action_id, platform_id, args.budget, lines)
        return self._applied(await self._platform.read(execution.tenant, platform_id), self._requested(args))

    def compensation(
        self,
        args: ChangeBudgetArgs,
        target: Mapping[str, Any],
        receipt: Receipt,  # noqa: ARG002
    ) -> tuple[str, ChangeBudgetArgs] | None:
        before = Decimal(target["budget"] or 0)
        if not before:
            return None
        reason = f"Takes the change to {args.budget:.2f} back."
        return self.name, ChangeBudgetArgs(
            campaign_id=args.campaign_id, budget=before, currency=args.currency, reason=reason
        )

    def _requested(self, args: ChangeBudgetArgs) -> dict[str, Any]:
        return {"budget": f"{args.budget:.2f}", "currency": args.currency}

    def _after(self, campaign: Campaign, args: ChangeBudgetArgs, applied: Applied) -> Campaign:
        budget = Money.parse(str(applied.applied["budget"]), args.currency)
        return replace(campaign, budget=budget.amount, line_items=rescale(campaign.line_items, budget))


def _ordered(campaign: Campaign, args: LaunchCampaignArgs) -> Campaign:
    """The campaign as the approved order has it."""
    return replace(
        campaign,
        name=args.name,
        objective=args.objective,
        start=args.start,
        end=args.end,
        budget=args.budget,
        line_items=tuple(line.as_domain() for line in args.line_items),
    )


def _read_back(live: LiveCampaign) -> dict[str, Any]:
    return {
        "status": live.status,
        "name": live.name,
        "start": live.start.isoformat(),
        "end": live.end.isoformat(),
        "currency": live.currency,
        "budget": f"{live.budget:.2f}",
        "line_items": [line_state(line) for line in live.line_items],
    }
