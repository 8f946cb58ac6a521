"""Whether a query can be answered from the model and the data; what it says made exact."""

from datetime import date

from mcp_servers.analytics.domain.catalogue import Catalogue, SourceData
from mcp_servers.analytics.domain.model import DimensionName, Language, MetricName
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import Filter, MetricQuery
from mcp_servers.analytics.domain.wording import day, dimension_label, metric_label, period, quoted
from mcp_servers.analytics.errors import NeedsClarification, Unsupported, UnsupportedTopic


def checked(query: MetricQuery, catalogue: Catalogue, language: Language) -> MetricQuery:
    """The query with values as the data writes them and both ends of its period set.

    Raises Unsupported for values, metrics and periods without data, NeedsClarification where a value is ambiguous or
    resembles one that exists.
    """
    _check_dimensions(query, catalogue, language)
    filters = tuple(_exact(item, catalogue, language) for item in query.filters)
    ranges: dict[MetricName, Period] = {metric: _available(metric, catalogue, language) for metric in query.metrics}
    first, last = min(r.start for r in ranges.values()), max(r.end for r in ranges.values())
    start = query.time.start or first
    end = query.time.end or last
    if query.time.start is None:
        end = min(end, last)
    asked = Period(start=start, end=end) if start <= end else Period(start=end, end=end)
    exact = query.model_copy(
        update={
            "filters": filters,
            "time": query.time.model_copy(update={"start": asked.start, "end": asked.end}),
        }
    )
    for metric, available in ranges.items():
        _check_period(metric, asked, available, "outside_data", catalogue, language)
        if exact.compared_period:
            _check_period(metric, exact.compared_period, available, "outside_compared", catalogue, language)
    return exact


def coverage(query: MetricQuery, catalogue: Catalogue, language: Language) -> Period | None:
    """The days the data really covers, when they are fewer than those asked for."""
    if query.period is None:
        return None
    ranges = [_available(metric, catalogue, language) for metric in query.metrics]
    start = max(query.period.start, *(item.start for item in ranges))
    end = min(query.period.end, *(item.end for item in ranges))
    covered = Period(start=start, end=end) if start <= end else None
    return covered if covered != query.period else None


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


def _check_period(
    metric: MetricName,
    asked: Period,
    available: Period,
    topic: UnsupportedTopic,
    catalogue: Catalogue,
    language: Language,
) -> None:
    if not asked.overlaps(available):
        raise Unsupported(
            topic,
            metric=metric_label(catalogue.model, metric, language),
            period=period(asked, language),
            first=day(available.start, language),
            last=day(available.end, language),
        )
