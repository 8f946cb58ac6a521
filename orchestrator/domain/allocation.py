"""Where the budget goes: the ads plan, tilted by what past results say, split exactly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from agents.ads.outputs import PlannedLine, ServerLine
from agents.analytics.outputs import AnalyticsOutput, Emphasis, PlaceRecord
from agents.assignment import Assignment, Country, GoalMetric, Language
from agents.places import starting_places
from agents.words import metric_label
from orchestrator.domain.strategy import ChannelPlan, shares

_SMALLEST, _LARGEST = Decimal("0.5"), Decimal(2)
_EMPHASIS: dict[Emphasis, Decimal] = {"more": Decimal("1.1"), "same": Decimal(1), "less": Decimal("0.9")}
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "result": "Past results here: {count} for {spend} {currency}.",
        "even": "No past results here: a starting share.",
    },
    "es": {
        "result": "Resultados anteriores aquí: {count} por {spend} {currency}.",
        "even": "Sin resultados anteriores aquí: una participación inicial.",
    },
}


@dataclass(frozen=True, slots=True)
class _Weighed:
    line: PlannedLine
    country: Country
    weight: Decimal
    reason: str
    evidence: tuple[str, ...]


def allocate(
    assignment: Assignment,
    planned: Sequence[PlannedLine],
    server: Sequence[ServerLine],
    advice: AnalyticsOutput,
    places: Sequence[PlaceRecord],
) -> tuple[ChannelPlan, ...]:
    """Channel budgets that add up to the brief's budget exactly, at least one line for each country.

    `planned` is the specialist's choice, `server` the ads server's own plan, used where the choice does not fit.
    """
    lines = _fitting(assignment, planned) or _fitting(assignment, server)
    lines = [*lines, *_uncovered(assignment, lines)]
    weighed = [_weigh(assignment, line, server, advice, places) for line in lines]
    parts = assignment.budget.money.split([item.weight for item in weighed])
    kept = [(item, part.amount) for item, part in zip(weighed, parts, strict=True) if part.amount > 0]
    fractions = shares([amount for _, amount in kept])
    plans = [
        ChannelPlan(
            platform=item.line.platform,
            channel=item.line.channel,
            country=item.country,
            share=share,
            budget=amount,
            rationale=item.reason,
            evidence=item.evidence,
        )
        for (item, amount), share in zip(kept, fractions, strict=True)
    ]
    return tuple(sorted(plans, key=lambda plan: plan.budget, reverse=True))


def _fitting(assignment: Assignment, lines: Iterable[PlannedLine]) -> list[PlannedLine]:
    """Lines that exist, are wanted, and are in one of the countries; one a place."""
    countries = {country.name for country in assignment.countries}
    fitting = {
        (line.platform, line.channel, line.country): line
        for line in lines
        if line.possible and line.country in countries and assignment.wants(line.platform, line.channel)
    }
    return list(fitting.values())


def _uncovered(assignment: Assignment, lines: Sequence[PlannedLine]) -> list[PlannedLine]:
    """Starting lines for countries that no line covers, at the weight of the smallest."""
    covered = {line.country for line in lines}
    weight = min((line.weight for line in lines), default=Decimal(1))
    return [
        PlannedLine(
            platform=platform,
            channel=channel,
            country=country.name,
            weight=weight,
            rationale=_WORDS[assignment.language]["even"],
        )
        for country in assignment.countries
        if country.name not in covered
        for platform, channel in starting_places(assignment)
    ]


def _weigh(
    assignment: Assignment,
    line: PlannedLine,
    server: Sequence[ServerLine],
    advice: AnalyticsOutput,
    places: Sequence[PlaceRecord],
) -> _Weighed:
    country = next(country for country in assignment.countries if country.name == line.country)
    here = [place for place in places if _same(place, line) and place.country == line.country]
    advised = next((item for item in advice.advice if _same(item, line)), None)
    weight = line.weight * tilt(line, places, assignment.goal.metric)
    words = _WORDS[assignment.language]
    reasons = [line.rationale]
    if advised:
        weight *= _EMPHASIS[advised.emphasis]
        reasons.append(advised.reason)
    elif here:
        count = f"{here[0].results(assignment.goal.metric)} {metric_label(assignment.goal.metric, assignment.language)}"
        spend = f"{here[0].spend:.2f}"
        reasons.append(words["result"].format(count=count, spend=spend, currency=here[0].currency))
    past = [item.evidence_id for item in server if _same(item, line) and item.country == line.country]
    evidence = tuple(dict.fromkeys(name for name in (*(place.evidence_id for place in here), *past) if name))
    return _Weighed(line, country, weight, " ".join(dict.fromkeys(filter(None, reasons))), evidence)


def tilt(line: PlannedLine, places: Sequence[PlaceRecord], goal: GoalMetric) -> Decimal:
    """The typical cost of a result over the cost here, held between a half and twice; 1 where nothing is known."""
    costs = [(place, place.spend / place.results(goal)) for place in places if place.results(goal)]
    here = [cost for place, cost in costs if _same(place, line) and place.country == line.country]
    if not here or here[0] == 0:
        return Decimal(1)
    return min(max(median(cost for _, cost in costs) / here[0], _SMALLEST), _LARGEST)


def _same(one: object, line: PlannedLine) -> bool:
    return (getattr(one, "platform", None), getattr(one, "channel", None)) == (line.platform, line.channel)
