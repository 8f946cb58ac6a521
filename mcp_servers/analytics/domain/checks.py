"""Whether a query can be answered from the model and the data; what it says made exact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mcp_servers.analytics.domain.catalogue import Catalogue, SourceData
from mcp_servers.analytics.domain.model import DimensionName, Language, MetricName
from mcp_servers.analytics.domain.naming import check_names
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import Filter, MetricQuery, TimeRange
from mcp_servers.analytics.domain.wording import day, dimension_label, metric_label, period, quoted
from mcp_servers.analytics.errors import NeedsClarification, Unsupported, UnsupportedTopic

_NAMED = 5
"""Values that a reason names."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A query that can be answered, with both ends of its period, and what of it has no data."""

    query: MetricQuery
    missing: Mapping[MetricName, Unsupported]
    """Metrics that have no data in the period, with the reason; at least one other metric has."""
    covered: Period | None
    """The days the data really covers, when they are fewer than those asked for."""


def checked(query: MetricQuery, catalogue: Catalogue, language: Language) -> Checked:
    """The query with values as the data writes them and both ends of its period set.

    Raises UnknownName for what the model does not have; Unsupported for values that do not exist, filters that leave
    nothing, shares of what does not add up, and where no metric has data, or not the one that is ranked by;
    NeedsClarification where a value is ambiguous or resembles one that exists.
    """
    check_names(
        catalogue.model,
        metrics=query.metrics,
        dimensions=query.dimensions,
        filtered=[item.dimension for item in query.filters],
    )
    _check_dimensions(query, catalogue, language)
    _check_share(query, catalogue, language)
    filters = tuple(_exact(item, catalogue, language) for item in query.filters)
    _refuse_contradictions(filters, catalogue, language)
    missing: dict[MetricName, Unsupported] = {}
    ranges: dict[MetricName, Period] = {}
    for metric in query.metrics:
        try:
            ranges[metric] = _available(metric, catalogue, language)
        except Unsupported as refusal:
            missing[metric] = refusal
    _raise_if_pointless(query, missing)
    exact = query.model_copy(update={"filters": filters, "time": _bounded(query, list(ranges.values()))})
    for metric, available in ranges.items():
        if refusal := _outside(metric, exact, available, catalogue, language):
            missing[metric] = refusal
    _raise_if_pointless(query, missing)
    return Checked(exact, missing, _coverage(exact, [ranges[metric] for metric in ranges if metric not in missing]))


def _raise_if_pointless(query: MetricQuery, missing: Mapping[MetricName, Unsupported]) -> None:
    """Decline when no metric is left, or when the one that rows are ordered by is not."""
    for metric, refusal in missing.items():
        if len(missing) == len(query.metrics) or any(o.field in query.metric_columns(metric) for o in query.order_by):
            raise refusal


def _bounded(query: MetricQuery, ranges: Sequence[Period]) -> TimeRange:
    """The period with both ends: what is not said goes as far as the data."""
    first, last = min(item.start for item in ranges), max(item.end for item in ranges)
    end = query.time.end or last
    if query.time.start is None:
        end = min(end, last)
    return query.time.model_copy(update={"start": min(query.time.start or first, end), "end": end})


def _coverage(query: MetricQuery, ranges: Sequence[Period]) -> Period | None:
    asked = query.period
    if asked is None:
        return None
    start = max(asked.start, *(item.start for item in ranges))
    end = min(asked.end, *(item.end for item in ranges))
    return Period(start=start, end=end) if start <= end and (start, end) != (asked.start, asked.end) else None


def _check_dimensions(query: MetricQuery, catalogue: Catalogue, language: Language) -> None:
    wanted: tuple[DimensionName, ...] = (*query.dimensions, *(item.dimension for item in query.filters))
    for metric in query.metrics:
        for dimension in wanted:
            if dimension not in catalogue.model.metrics[metric].dimensions:
                raise Unsupported(
                    "not_by_dimension",
                    metric=metric_label(catalogue.model, metric, language),
                    dimension=dimension_label(catalogue.model, dimension, language),
                )


def _check_share(query: MetricQuery, catalogue: Catalogue, language: Language) -> None:
    if not query.share_of_total:
        return
    for metric in query.metrics:
        if catalogue.model.metrics[metric].additivity == "ratio":
            raise Unsupported("share_of_ratio", metric=metric_label(catalogue.model, metric, language))
    if not query.keys:
        raise Unsupported("share_of_nothing")


def _refuse_contradictions(filters: Sequence[Filter], catalogue: Catalogue, language: Language) -> None:
    """Filters of one dimension of which no row can pass all."""
    for dimension in dict.fromkeys(item.dimension for item in filters):
        filtered = [item for item in filters if item.dimension == dimension]
        asked = sorted({value for item in filtered if item.op == "in" for value in item.values})
        if asked and not any(all((value in it.values) == (it.op == "in") for it in filtered) for value in asked):
            label = dimension_label(catalogue.model, dimension, language)
            raise Unsupported("contradictory_filters", dimension=label, names=quoted(asked[:_NAMED]))


def _exact(item: Filter, catalogue: Catalogue, language: Language) -> Filter:
    keys = [_exact_value(item, text, catalogue, language) for text in item.values]
    return item.model_copy(update={"values": tuple(dict.fromkeys(keys))})


def _exact_value(item: Filter, text: str, catalogue: Catalogue, language: Language) -> str:
    found = catalogue.find(item.dimension, text)
    if len(found) == 1:
        return found[0].key
    exact = [value for value in found if value.key == text]
    if exact:
        return exact[0].key
    if found:
        raise NeedsClarification(
            "which_reading", [f"{value.name} ({value.key})" for value in found], name=quoted([text])
        )
    if similar := catalogue.similar(text, item.dimension):
        raise NeedsClarification("did_you_mean", [value.name for value in similar], words=quoted([text]))
    label = dimension_label(catalogue.model, item.dimension, language)
    raise Unsupported("unknown_value", dimension=label, name=quoted([text]))


def _available(metric: MetricName, catalogue: Catalogue, language: Language) -> Period:
    """The days for which a metric can be computed."""
    sources = catalogue.facts.sources
    ends = [source.last_day for source in sources.values() if source.last_day]
    starts: list[date] = []
    last_days: list[date] = []
    for name in sorted(catalogue.model.sources_of(metric)):
        source: SourceData | None = sources.get(name)
        if source is None or source.first_day is None or source.last_day is None:
            raise Unsupported("no_data", metric=metric_label(catalogue.model, metric, language))
        starts.append(source.first_day)
        last_days.append(source.last_day if catalogue.model.sources[name].through == "own" else max(ends))
    if max(starts) > min(last_days):
        raise Unsupported("no_data", metric=metric_label(catalogue.model, metric, language))
    return Period(start=max(starts), end=min(last_days))


def _outside(
    metric: MetricName, query: MetricQuery, available: Period, catalogue: Catalogue, language: Language
) -> Unsupported | None:
    """Why a metric has no data in the query's period or in the one it is compared with."""
    topics: tuple[tuple[UnsupportedTopic, Period | None], ...] = (
        ("outside_data", query.period),
        ("outside_compared", query.compared_period),
    )
    for topic, asked in topics:
        if asked and not asked.overlaps(available):
            return Unsupported(
                topic,
                metric=metric_label(catalogue.model, metric, language),
                period=period(asked, language),
                first=day(available.start, language),
                last=day(available.end, language),
            )
    return None
