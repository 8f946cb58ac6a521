"""What the right answer is, computed from the CSV files alone: plain loops and decimals, no database, no model file."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from evals.analytics.arranging import APART, ordered, told_apart, with_shares
from evals.analytics.specs import DIMENSIONS, GRAINS, GoldRow, Key, Span, Spec

ADS = ("spend", "impressions", "reach", "clicks", "conversions")
CRM = {"leads": "leads", "sales": "sales", "revenue": "sales"}
MONEY = {"spend": {"spend"}, "revenue": {"revenue"}, "cpc": {"spend"}, "cpm": {"spend"}, "cpl": {"spend"},
         "cac": {"spend"}, "average_order_value": {"revenue"}, "roas": {"spend", "revenue"},
         "roi": {"spend", "revenue"}}  # fmt: skip

_RATIOS: Mapping[str, tuple[str, ...]] = {
    "ctr": ("clicks", "impressions"),
    "cpc": ("spend", "clicks"),
    "cpm": ("spend", "impressions"),
    "conversion_rate": ("conversions", "clicks"),
    "cpl": ("spend", "leads"),
    "cac": ("spend", "sales"),
    "average_order_value": ("revenue", "sales"),
    "roas": ("revenue", "spend"),
    "roi": ("revenue", "spend"),
}


_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Fact:
    source: str
    day: date
    keys: Mapping[str, Key]
    campaign_id: Key
    measures: Mapping[str, Decimal]


class Market:
    """The facts of a folder of CSV files."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = facts

    @classmethod
    def read(cls, folder: Path) -> "Market":
        metrics, leads, sales = (_rows(folder / f"{name}.csv") for name in ("ads-metrics", "leads", "sales"))
        return cls(_facts(metrics, leads, sales))

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Campaign id → name."""
        return {fact.campaign_id: str(fact.keys["campaign"]) for fact in self.facts if fact.campaign_id}

    @cached_property
    def of_source(self) -> Mapping[str, Sequence[Fact]]:
        return {name: [fact for fact in self.facts if fact.source == name] for name in ("ads", "leads", "sales")}

    def values(self, dimension: str) -> list[str]:
        return sorted({value for fact in self.facts if (value := fact.keys[dimension]) is not None})

    def rows(self, spec: Spec) -> list[GoldRow]:
        """All rows in order, before the limit cuts them; an order that is not asked for is the keys'."""
        needed = sorted({measure for metric in spec.metrics for measure in _measures(metric)})
        sources = {_source(measure) for measure in needed}
        chosen = [fact for source in sources for fact in self.of_source[source] if _chosen(fact, spec)]
        now = _grouped(chosen, spec, needed, spec.time)
        before = _grouped(chosen, spec, needed, spec.versus) if spec.versus else {}
        keys = sorted({*now, *before}, key=str) if spec.by else [()]
        rows = [_row(spec, key, now.get(key), before.get(key)) for key in keys]
        if spec.share:
            rows = with_shares(rows, spec)
        for name in filter(spec.by.__contains__, _apart(spec)):
            rows = told_apart(rows, name)
        return ordered(rows, spec)

    def is_refused(self, spec: Spec) -> bool:
        """Whether an answer would add amounts of several currencies, or places of one name."""
        return self._is_mixed(spec) or self._has_namesakes(spec)

    def _has_namesakes(self, spec: Spec) -> bool:
        asked = {**spec.within, **spec.without}
        if "country" in asked or {"region", "country"} & set(spec.by):
            return False
        places = {(fact.keys["region"], fact.keys["country"]) for fact in self.facts}
        return any(sum(name == region for name, _ in places) > 1 for region in asked.get("region", ()))

    def _is_mixed(self, spec: Spec) -> bool:
        amounts = {name for metric in spec.metrics for name in MONEY.get(metric, ())}
        if not amounts or "currency" in spec.by:
            return False
        spans = [span for span in (spec.time, spec.versus) if span] or [None]
        found = {
            fact.keys["currency"]
            for fact in self.facts
            if _chosen(fact, spec)
            and any(span is None or fact.day in span for span in spans)
            and any(fact.measures.get(name) for name in amounts)
        }
        return len(found) > 1


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _facts(metrics: list[dict[str, str]], leads: list[dict[str, str]], sales: list[dict[str, str]]) -> list[Fact]:
    campaigns = _campaigns(metrics)
    facts = [
        Fact(
            "ads",
            date.fromisoformat(row["date"]),
            {
                **{name: row[name] or None for name in DIMENSIONS if name != "campaign"},
                "campaign": row["campaign_name"],
            },
            row["campaign_id"],
            {name: Decimal(row[name]) for name in ADS},
        )
        for row in metrics
    ]
    for row in leads:
        of = campaigns.get(row["campaign_id"], {})
        own = {name: row[name] or None for name in ("client", "country", "region")}
        keys = {**dict.fromkeys(DIMENSIONS), **of, **own}
        facts.append(Fact("leads", _day(row["created_at"]), keys, row["campaign_id"] or None, {"leads": Decimal(1)}))
    for row in sales:
        of = campaigns.get(row["campaign_id"], {})
        said = {
            name: row[name] for name in ("client", "product", "country", "region", "channel", "platform", "currency")
        }
        keys = {**dict.fromkeys(DIMENSIONS), **of, **{name: value for name, value in said.items() if value}}
        measures = {"sales": Decimal(1), "revenue": Decimal(row["amount"])}
        facts.append(Fact("sales", _day(row["sold_at"]), keys, row["campaign_id"] or None, measures))
    return facts


def _campaigns(metrics: list[dict[str, str]]) -> dict[str, dict[str, Key]]:
    """What all rows of a campaign agree on, which is where its leads and sales come from."""
    seen: dict[str, dict[str, set[str]]] = {}
    for row in metrics:
        known = seen.setdefault(row["campaign_id"], {})
        for name in ("product", "platform", "channel", "audience", "currency"):
            known.setdefault(name, set()).add(row[name])
        known.setdefault("campaign", set()).add(row["campaign_name"])
    return {
        campaign: {name: (min(values) or None) if len(values) == 1 else None for name, values in known.items()}
        for campaign, known in seen.items()
    }


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def _chosen(fact: Fact, spec: Spec) -> bool:
    keys, campaign = fact.keys, fact.campaign_id
    for name, values in spec.within.items():
        if (campaign if name == "campaign" else keys[name]) not in values:
            return False
    return all((campaign if name == "campaign" else keys[name]) not in values for name, values in spec.without.items())


Groups = dict[tuple[Key, ...], dict[str, Decimal]]


def _grouped(facts: Iterable[Fact], spec: Spec, needed: Sequence[str], span: Span | None) -> Groups:
    groups: Groups = {}
    for fact in facts:
        if span is not None and fact.day not in span:
            continue
        sums = groups.setdefault(tuple(_key(fact, name, spec) for name in spec.by), {})
        for name in needed:
            if name in fact.measures:
                sums[name] = sums.get(name, _ZERO) + fact.measures[name]
    return groups


def _apart(spec: Spec) -> tuple[str, ...]:
    """Where one name may be several things: campaigns are told apart by id, regions by country unless it is shown."""
    return ("campaign",) if "country" in spec.by else ("campaign", "region")


def _key(fact: Fact, name: str, spec: Spec) -> Key:
    if name in _apart(spec):
        mark = fact.campaign_id if name == "campaign" else fact.keys["country"]
        return f"{fact.keys[name]}{APART}{mark}" if fact.keys[name] else None
    return _first_day(fact.day, name).isoformat() if name in GRAINS else fact.keys[name]


def _first_day(day: date, grain: str) -> date:
    starts: dict[str, Callable[[], date]] = {
        "date": lambda: day,
        "week": lambda: day - timedelta(days=day.weekday()),
        "month": lambda: day.replace(day=1),
        "quarter": lambda: day.replace(month=day.month - (day.month - 1) % 3, day=1),
        "year": lambda: day.replace(month=1, day=1),
    }
    return starts[grain]()


def _row(
    spec: Spec, key: tuple[Key, ...], now: Mapping[str, Decimal] | None, before: Mapping[str, Decimal] | None
) -> GoldRow:
    row: GoldRow = dict(zip(spec.by, key, strict=True))
    for metric in spec.metrics:
        value = _value(metric, now or {})
        row[metric] = value
        if spec.versus:
            past = _value(metric, before or {})
            row[f"{metric}_previous"] = past
            changed = value is not None and past is not None and past != 0
            row[f"{metric}_change"] = (value - past) / abs(past) if changed and value is not None and past else None
    return row


def _value(metric: str, sums: Mapping[str, Decimal]) -> Decimal | None:
    if metric not in _RATIOS:
        return sums.get(metric, _ZERO)
    above, below = (sums.get(name, _ZERO) for name in _RATIOS[metric])
    if not below:
        return None
    if metric == "roi":
        return (above - below) / below
    return above / below * (1000 if metric == "cpm" else 1)


def _measures(metric: str) -> tuple[str, ...]:
    return _RATIOS.get(metric, (metric,))


def _source(measure: str) -> str:
    return CRM.get(measure, "ads")
