"""The MCP tools of PromptAds: parse, call the service, return a schema. Gated tools only propose."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from kernel.clock import now
from kernel.gate import ActionOutcome, Gate
from kernel.ids import new_id
from kernel.mcp import ContextServer
from kernel.money import Money
from mcp_servers.ads.domain import Audience, CampaignStatus, GoalMetric, GroupBy, Platform, Totals, ratios
from mcp_servers.ads.effects import ChangeBudgetArgs, LaunchCampaignArgs, PauseCampaignArgs
from mcp_servers.ads.metrics_repository import MetricFilter
from mcp_servers.ads.repository import CampaignFilter
from mcp_servers.ads.schemas import (
    Amount,
    AudienceView,
    CampaignPage,
    CampaignPlan,
    CampaignView,
    Countries,
    Currency,
    Key,
    LineItemInput,
    Name,
    Performance,
    PerformanceRow,
    PlanLine,
    ReachView,
    Text,
)
from mcp_servers.ads.service import AdsService, Draft, Plan

Limit = Annotated[int, Field(ge=1, le=100)]
Age = Annotated[int, Field(ge=13, le=100)]


def register_tools(server: ContextServer, service: AdsService, gate: Gate) -> None:
    """Everything PromptAds offers a model."""
    _register_campaigns(server, service)
    _register_planning(server, service)
    _register_results(server, service)
    _register_effects(server, service, gate)


def _register_campaigns(server: ContextServer, service: AdsService) -> None:
    @server.expose("ads:read", effect="read", title="List campaigns")
    async def list_campaigns(
        client: Name | None = None,
        product: Name | None = None,
        country: Name | None = None,
        status: CampaignStatus | None = None,
        cursor: str | None = None,
        limit: Limit = 20,
    ) -> CampaignPage:
        """Campaigns of every status, newest flight first. Use it to find a campaign's id.

        Filters are exact (letter case aside); country is an English name. Errors: a cursor that is not ours.
        """
        caller = await server.caller()
        filters = CampaignFilter(client, product, country, status)
        found, following = await service.list_campaigns(caller.tenant, filters, cursor, limit)
        return CampaignPage(campaigns=[CampaignView.of(campaign) for campaign in found], next_cursor=following)

    @server.expose("ads:read", effect="read", title="Get a campaign")
    async def get_campaign(campaign_id: str) -> CampaignView:
        """One campaign with its line items and budget. Errors: no such campaign."""
        caller = await server.caller()
        return CampaignView.of(await service.get_campaign(caller.tenant, campaign_id))

    @server.expose("ads:write", effect="write", title="Draft a campaign", idempotent=True)
    async def draft_campaign(
        name: Name,
        client: Name,
        product: Name,
        start: date,
        end: date,
        currency: Currency,
        budget: Amount,
        audience: Name,
        line_items: Annotated[list[LineItemInput], Field(min_length=1, max_length=500)],
        objective: Text = "",
        goal_metric: GoalMetric | None = None,
        goal_value: Annotated[int, Field(gt=0)] | None = None,
        idempotency_key: Key | None = None,
    ) -> CampaignView:
        """Store a campaign as a draft. Nothing is published or spent; launch_campaign proposes that.

        The line items' budgets must add up exactly to the budget. The same idempotency_key returns the first draft.
        Errors: dates out of order, a channel the platform does not have, budgets that do not add up, a reused key.
        """
        caller = await server.caller()
        lines = tuple(line.as_domain() for line in line_items)
        draft = Draft(
            name,
            client,
            product,
            objective,
            start,
            end,
            Money(budget, currency),
            audience,
            goal_metric,
            goal_value,
            lines,
        )
        return CampaignView.of(await service.draft(caller.tenant, draft, idempotency_key))

    @server.expose("ads:write", effect="write", title="Change a draft")
    async def update_draft(
        campaign_id: str,
        expected_version: Annotated[int, Field(ge=1, description="the version you read")],
        name: Name | None = None,
        objective: Text | None = None,
        start: date | None = None,
        end: date | None = None,
        budget: Amount | None = None,
        audience: Name | None = None,
        line_items: list[LineItemInput] | None = None,
        goal_metric: GoalMetric | None = None,
        goal_value: Annotated[int, Field(gt=0)] | None = None,
    ) -> CampaignView:
        """Change fields of a draft; what you leave out stays. A pending launch of the old draft will then be refused.

        Changing the budget needs line_items that add up to it. Errors: not a draft, another version, not consistent.
        """
        caller = await server.caller()
        changes: dict[str, Any] = {
            "name": name,
            "objective": objective,
            "start": start,
            "end": end,
            "budget": budget,
            "audience": audience,
            "line_items": tuple(line.as_domain() for line in line_items) if line_items else None,
            "goal_metric": goal_metric,
            "goal_value": goal_value,
        }
        return CampaignView.of(await service.update_draft(caller.tenant, campaign_id, expected_version, changes))


def _register_planning(server: ContextServer, service: AdsService) -> None:
    @server.expose("ads:write", effect="write", title="Define an audience", idempotent=True)
    async def define_audience(
        name: Name,
        client: Name,
        description: Text,
        countries: Countries,
        age_min: Age | None = None,
        age_max: Age | None = None,
        interests: Annotated[list[Name], Field(max_length=50)] | None = None,
        languages: Annotated[list[Name], Field(max_length=20)] | None = None,
    ) -> AudienceView:
        """Store whom a client's campaigns speak to. The same client and name replaces the definition."""
        caller = await server.caller()
        audience = Audience(
            id=new_id("aud"),
            name=name,
            client=client,
            description=description,
            countries=tuple(countries),
            age_min=age_min,
            age_max=age_max,
            interests=tuple(interests or ()),
            languages=tuple(languages or ()),
            created_at=now(),
        )
        return AudienceView.of(await service.define_audience(caller.tenant, audience))

    @server.expose("ads:read", effect="read", title="Plan a campaign")
    async def generate_campaign(
        client: Name,
        product: Name,
        countries: Countries,
        audience: Name,
        start: date,
        end: date,
        currency: Currency,
        budget: Amount,
        goal_metric: GoalMetric,
        goal_value: Annotated[int, Field(gt=0)],
        platforms: list[Platform] | None = None,
        objective: Text = "",
    ) -> CampaignPlan:
        """Plan where a budget should go, from the tenant's own past results by platform, channel and country.

        Stores nothing: pass the lines you keep to draft_campaign. Without past results the budget is split evenly and
        says so. Errors: dates out of order.
        """
        caller = await server.caller()
        name = f"{product} · {', '.join(countries)} · {start:%Y-%m}"
        money = Money(budget, currency)
        draft = Draft(name, client, product, objective, start, end, money, audience, goal_metric, goal_value, ())
        return _plan_view(draft, await service.plan(caller.tenant, draft, countries, platforms or []))

    @server.expose("ads:read", effect="read", title="Estimate reach")
    async def estimate_reach(
        countries: Countries,
        budget: Amount,
        currency: Currency,
        client: Name | None = None,
        platforms: list[Platform] | None = None,
    ) -> ReachView:
        """What a budget may buy, scaled from past results of the client, else of all clients, in these countries.

        Reach is a sum of daily reach, not unique people. Errors: no past results to scale from (no figure is invented).
        """
        caller = await server.caller()
        spend = Money(budget, currency)
        found, basis = await service.estimate_reach(caller.tenant, client, countries, platforms or [], spend)
        return ReachView(
            spend=budget,
            currency=currency,
            impressions=found.impressions,
            impressions_low=found.impressions_low,
            impressions_high=found.impressions_high,
            reach=found.reach,
            clicks=found.clicks,
            conversions=found.conversions,
            basis=basis,
            basis_spend=found.basis_spend,
        )


def _register_results(server: ContextServer, service: AdsService) -> None:
    @server.expose("ads:read", effect="read", title="Campaign performance")
    async def campaign_performance(
        campaign_id: str | None = None,
        client: Name | None = None,
        product: Name | None = None,
        countries: list[Name] | None = None,
        start: date | None = None,
        end: date | None = None,
        group_by: GroupBy = "platform",
    ) -> Performance:
        """What campaigns achieved, as the platforms report it: live campaigns are at most seconds behind.

        Sums by group and currency with CTR, CPC, CPM, conversion rate and cost per conversion. For questions across
        leads and sales use the analytics server. Errors: no such campaign, dates out of order.
        """
        caller = await server.caller()
        filters = MetricFilter(campaign_id, client, product, tuple(countries or ()), start, end)
        found = await service.performance(caller.tenant, filters, group_by)
        return Performance(group_by=group_by, rows=[PerformanceRow.of(*row) for row in found], start=start, end=end)


def _register_effects(server: ContextServer, service: AdsService, gate: Gate) -> None:
    @server.expose("ads:write", effect="gated", title="Propose a launch", idempotent=True)
    async def launch_campaign(campaign_id: str, idempotency_key: Key | None = None) -> ActionOutcome:
        """Propose to launch a draft on the ad platforms, spending its budget. It waits for a reviewer's approval.

        Answers pending_approval at once; ask get_approval for what became of it. Approved is exactly the draft as it is
        now: a change to the draft needs a new proposal. Errors: not a draft, no such campaign.
        """
        caller = await server.caller()
        campaign = await service.get_campaign(caller.tenant, campaign_id)
        campaign.require_draft()
        args = LaunchCampaignArgs.of(campaign)
        return await gate.propose(caller, "launch_campaign", args, idempotency_key=idempotency_key)

    @server.expose("ads:write", effect="gated", title="Propose a pause", idempotent=True)
    async def pause_campaign(campaign_id: str, reason: Text = "", idempotency_key: Key | None = None) -> ActionOutcome:
        """Propose to pause a live campaign. It waits for a reviewer's approval. Errors: not live, paused already."""
        args = PauseCampaignArgs(campaign_id=campaign_id, reason=reason)
        return await gate.propose(await server.caller(), "pause_campaign", args, idempotency_key=idempotency_key)

    @server.expose("ads:write", effect="gated", title="Propose a budget change", idempotent=True)
    async def change_budget(
        campaign_id: str, budget: Amount, currency: Currency, reason: Text = "", idempotency_key: Key | None = None
    ) -> ActionOutcome:
        """Propose another total budget for a live campaign; line items keep their shares. Waits for approval.

        Budget is the new total for the flight, in the campaign's own currency. Errors: not live, the budget it has.
        """
        args = ChangeBudgetArgs(campaign_id=campaign_id, budget=budget, currency=currency, reason=reason)
        return await gate.propose(await server.caller(), "change_budget", args, idempotency_key=idempotency_key)


def _plan_view(draft: Draft, plan: Plan) -> CampaignPlan:
    goal_metric, goal_value = draft.goal_metric, draft.goal_value
    assert goal_metric is not None and goal_value is not None  # noqa: S101, PT018 - required by generate_campaign
    return CampaignPlan(
        name=draft.name,
        client=draft.client,
        product=draft.product,
        objective=draft.objective,
        start=draft.start,
        end=draft.end,
        currency=draft.budget.currency,
        budget=draft.budget.amount,
        audience=draft.audience,
        goal_metric=goal_metric,
        goal_value=goal_value,
        lines=[
            PlanLine(
                line_item=LineItemInput.of(line.line_item),
                share=line.share,
                rationale=_rationale(line.history, draft.budget.currency),
                past_spend=line.history.spend if line.history else None,
                past_conversions=line.history.conversions if line.history else None,
                past_cost_per_conversion=_cost_per_conversion(line.history),
            )
            for line in plan.allocations
        ],
        expected_conversions=plan.expected.conversions if plan.expected else None,
        basis=plan.basis,
    )


def _rationale(history: Totals | None, currency: str) -> str:
    if history is None:
        return "No past results here; an even share."
    return f"{history.conversions} conversions for {history.spend:.2f} {currency} in the past."


def _cost_per_conversion(history: Totals | None) -> float | None:
    return ratios(history)["cost_per_conversion"] if history else None
