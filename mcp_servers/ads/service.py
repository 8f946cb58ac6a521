"""Use cases of PromptAds. One transaction each; nothing here reaches the ad platform."""

import base64
import binascii
import json
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.canonical import digest
from kernel.clock import now
from kernel.database import Connection, Database
from kernel.errors import InvalidInput
from kernel.ids import new_id
from kernel.money import Money
from mcp_servers.ads import metrics_repository as metrics
from mcp_servers.ads import repository
from mcp_servers.ads.domain import (
    CHANNELS,
    PLATFORMS,
    Audience,
    Campaign,
    GoalMetric,
    GroupBy,
    LineItem,
    Platform,
    Totals,
    check_period,
    check_plan,
)
from mcp_servers.ads.errors import DraftChanged, IdempotencyKeyReused, NoHistory
from mcp_servers.ads.metrics_repository import MetricFilter
from mcp_servers.ads.planning import (
    Allocation,
    PlaceResult,
    ReachEstimate,
    allocate,
    estimate,
    places_for,
)
from mcp_servers.ads.repository import CampaignFilter


class InvalidCursor(InvalidInput):
    def __init__(self) -> None:
        super().__init__("The cursor is not one of ours.", field="cursor", fix="Use next_cursor of the last page.")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a caller says of a new campaign."""

    name: str
    client: str
    product: str
    objective: str
    start: date
    end: date
    budget: Money
    audience: str
    goal_metric: GoalMetric | None
    goal_value: int | None
    line_items: tuple[LineItem, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    allocations: list[Allocation]
    expected: ReachEstimate | None
    basis: str


class AdsService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_campaigns(
        self, tenant: str, filters: CampaignFilter, cursor: str | None, limit: int
    ) -> tuple[list[Campaign], str | None]:
        """One page, newest flight first, and the cursor of the next."""
        after = _decode(cursor) if cursor else None
        async with self._database.transaction(tenant) as connection:
            found = await repository.campaigns(connection, filters, after, limit + 1)
        page = found[:limit]
        return page, _encode(page[-1]) if len(found) > limit else None

    async def get_campaign(self, tenant: str, campaign_id: str) -> Campaign:
        async with self._database.transaction(tenant) as connection:
            return await repository.campaign(connection, campaign_id)

    async def draft(self, tenant: str, draft: Draft, idempotency_key: str | None) -> Campaign:
        """Store a draft. The same key and request return the first draft; another request under it is refused."""
        check_period(draft.start, draft.end)
        check_plan(draft.budget, draft.line_items)
        request_digest = digest(_plain(draft))
        campaign = _new_campaign(draft)
        async with self._database.transaction(tenant) as connection:
            if await repository.insert(
                connection, tenant, campaign, key=idempotency_key, request_digest=request_digest
            ):
                return campaign
            return await _first_of_key(connection, idempotency_key or "", request_digest)

    async def update_draft(
        self, tenant: str, campaign_id: str, expected_version: int, changes: dict[str, Any]
    ) -> Campaign:
        """Change fields of a draft (`None` keeps a field). The result must still be a consistent campaign."""
        async with self._database.transaction(tenant) as connection:
            found = await repository.campaign(connection, campaign_id, lock=True)
            found.require_draft()
            if found.version != expected_version:
                raise DraftChanged(
                    f"The draft is at version {found.version}, you changed version {expected_version}.",
                    field="expected_version",
                    fix="Read it again with get_campaign.",
                )
            kept = {name: value for name, value in changes.items() if value is not None}
            changed = replace(found, **kept)
            check_period(changed.start, changed.end)
            check_plan(Money(changed.budget or Decimal(0), changed.currency), changed.line_items)
            await repository.save(connection, changed)
            return replace(changed, version=found.version + 1)

    async def define_audience(self, tenant: str, audience: Audience) -> Audience:
        async with self._database.transaction(tenant) as connection:
            return await repository.insert_audience(connection, tenant, audience)

    async def performance(self, tenant: str, filters: MetricFilter, group_by: GroupBy) -> list[tuple[str, str, Totals]]:
        """(group, currency, totals); naming a campaign that does not exist raises CampaignNotFound."""
        if filters.start and filters.end:
            check_period(filters.start, filters.end)
        async with self._database.transaction(tenant) as connection:
            if filters.campaign_id:
                await repository.campaign(connection, filters.campaign_id)
            return await metrics.sums(connection, filters, group_by)

    async def estimate_reach(
        self, tenant: str, client: str | None, countries: list[str], platforms: list[Platform], spend: Money
    ) -> tuple[ReachEstimate, str]:
        """The estimate and what it is scaled from. Raises NoHistory rather than invent a figure."""
        history, basis = await self._history(tenant, client, None, countries, spend.currency)
        used = [result for result in history if not platforms or result.platform in platforms]
        found = estimate(spend.amount, used)
        if found is None:
            raise NoHistory(
                f"There are no past results in {', '.join(countries)} to estimate from.",
                field="countries",
                fix="Import ad metrics, or choose countries and platforms with past campaigns.",
            )
        return found, basis

    async def plan(self, tenant: str, draft: Draft, countries: list[str], platforms: list[Platform]) -> Plan:
        """Where a budget should go, from past results of the product, the client, or the tenant."""
        check_period(draft.start, draft.end)
        history, basis = await self._history(tenant, draft.client, draft.product, countries, draft.budget.currency)
        used = [result for result in history if not platforms or result.platform in platforms]
        chosen = platforms or sorted({result.platform for result in used}) or list(PLATFORMS)[:3]
        allocations = allocate(draft.budget, draft.audience, places_for(countries, chosen, used), used)
        rested_on = [
            PlaceResult(line.place.platform, line.place.channel, line.place.country, line.history)
            for line in allocations
            if line.history
        ]
        return Plan(allocations, estimate(draft.budget.amount, rested_on), basis)

    async def _history(
        self, tenant: str, client: str | None, product: str | None, countries: list[str], currency: str
    ) -> tuple[list[PlaceResult], str]:
        """Past results: of the product, else of the client, else of the tenant, in these countries."""
        where = f"in {', '.join(countries)}, in {currency}"
        steps = [(client, product), (client, None)]
        async with self._database.transaction(tenant) as connection:
            for step_client, step_product in steps if client else []:
                words = f"past results of {step_product or step_client}"
                filters = MetricFilter(client=step_client, product=step_product, countries=tuple(countries))
                if found := _bookable(await metrics.place_results(connection, filters, currency)):
                    return found, f"{words} {where}"
            found = await metrics.place_results(connection, MetricFilter(countries=tuple(countries)), currency)
        return _bookable(found), f"past results of all clients {where}" if found else f"no past results {where}"


def _bookable(history: list[PlaceResult]) -> list[PlaceResult]:
    """Results of platforms and channels that campaigns can be launched on: imports may name others."""
    return [result for result in history if result.channel in CHANNELS.get(result.platform, ())]


async def _first_of_key(connection: Connection, key: str, request_digest: str) -> Campaign:
    first = await repository.by_idempotency_key(connection, key)
    if first is None or first[1] != request_digest:
        raise IdempotencyKeyReused(
            "This idempotency key made another draft.", field="idempotency_key", fix="Use a new key."
        )
    return first[0]


def _new_campaign(draft: Draft) -> Campaign:
    return Campaign(
        id=new_id("cmp"),
        name=draft.name,
        client=draft.client,
        product=draft.product,
        objective=draft.objective,
        status="draft",
        origin="planned",
        version=1,
        start=draft.start,
        end=draft.end,
        currency=draft.budget.currency,
        budget=draft.budget.amount,
        audience=draft.audience,
        goal_metric=draft.goal_metric,
        goal_value=draft.goal_value,
        line_items=draft.line_items,
        platform_id=None,
        created_at=now(),
    )


def _plain(draft: Draft) -> dict[str, Any]:
    campaign = _new_campaign(draft)
    return {
        name: getattr(campaign, name)
        for name in ("name", "client", "product", "objective", "start", "end", "currency", "budget", "audience")
    } | {
        "goal": [draft.goal_metric, draft.goal_value],
        "line_items": [[line.platform, line.channel, line.country, line.region, line.audience, line.budget]
                       for line in draft.line_items],
    }  # fmt: skip


def _encode(campaign: Campaign) -> str:
    return base64.urlsafe_b64encode(json.dumps([campaign.start.isoformat(), campaign.id]).encode()).decode()


def _decode(cursor: str) -> tuple[date, str]:
    try:
        start, campaign_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return date.fromisoformat(start), str(campaign_id)
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidCursor from error
