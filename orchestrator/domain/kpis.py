"""Targets that can be measured, each beside the past figure it is judged against."""

from collections.abc import Sequence
from decimal import ROUND_UP, Decimal

from agents.ads.outputs import ReachEstimate
from agents.analytics.outputs import PlaceRecord
from agents.assignment import Assignment, GoalMetric
from orchestrator.domain.strategy import Kpi

_COST_OF: dict[GoalMetric, str] = {
    "sales": "cac",
    "leads": "cpl",
    "clicks": "cpc",
    "conversions": "cost_per_conversion",
}


def plan_kpis(assignment: Assignment, places: Sequence[PlaceRecord], expected: ReachEstimate | None) -> tuple[Kpi, ...]:
    goal, budget = assignment.goal, assignment.budget
    currency = budget.currency
    unit = currency if goal.metric == "revenue" else ""
    kpis = [
        Kpi(metric=goal.metric, target=_plain(goal.value), unit=unit),
        Kpi(metric="spend", target=f"{budget.amount:.2f}", unit=currency, direction="at_most"),
    ]
    evidence = tuple(dict.fromkeys(place.evidence_id for place in places))
    in_currency = [place for place in places if place.currency == currency]
    spend = sum((place.spend for place in in_currency), Decimal(0))
    if goal.metric == "revenue":
        revenue = sum((place.revenue for place in in_currency), Decimal(0))
        baseline = f"{revenue / spend:.2f}" if spend and revenue else None
        target = f"{goal.value / budget.amount:.2f}"
        kpis.append(Kpi(metric="roas", target=target, baseline=baseline, evidence=evidence if baseline else ()))
    if goal.metric in _COST_OF:
        results = sum(place.results(goal.metric) for place in in_currency)
        baseline = f"{spend / results:.2f}" if results else None
        kpis.append(
            Kpi(
                metric=_COST_OF[goal.metric],
                target=f"{budget.amount / goal.value:.2f}",
                unit=currency,
                direction="at_most",
                baseline=baseline,
                evidence=evidence if baseline else (),
            )
        )
    kpis += _clicks_needed(assignment, places, evidence)
    if expected is not None:
        kpis.append(Kpi(metric="impressions", target=str(expected.impressions), evidence=(expected.evidence_id,)))
        if goal.metric != "reach":
            kpis.append(Kpi(metric="reach", target=str(expected.reach), evidence=(expected.evidence_id,)))
    return tuple(kpis)


def _clicks_needed(assignment: Assignment, places: Sequence[PlaceRecord], evidence: tuple[str, ...]) -> list[Kpi]:
    """How many clicks the goal takes at the past rate of results a click."""
    metric = assignment.goal.metric
    clicks, results = sum(place.clicks for place in places), sum(place.results(metric) for place in places)
    if metric not in ("sales", "leads", "conversions") or not clicks or not results:
        return []
    needed = (assignment.goal.value * clicks / results).quantize(Decimal(1), rounding=ROUND_UP)
    return [Kpi(metric="clicks", target=str(needed), baseline=str(clicks), evidence=evidence)]


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
