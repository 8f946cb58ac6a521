"""What every conclusion starts from: its common fields, and what is said when there is none."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from mcp_servers.analytics.domain.answer import Clarification
from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.model import Language, MetricName
from mcp_servers.analytics.domain.wording import metric_label, reason
from mcp_servers.analytics.errors import NeedsClarification, TooLittleData, Unanswered
from mcp_servers.analytics.insights.answers import Conclusion
from mcp_servers.analytics.insights.figures import Basis, data_as_of

Concluded = TypeVar("Concluded", bound=Conclusion)


def common(basis: Basis, currency: str | None = None) -> dict[str, Any]:
    """Fields that every conclusion has."""
    metric = basis.catalogue.model.metrics[basis.metric]
    return {
        **named(basis.metric, basis.catalogue, basis.language),
        "period": basis.period,
        "filters": basis.query.filters,
        "currency": currency if metric.unit == "money" else None,
    }


async def concluded(
    kind: type[Concluded],
    metric: MetricName,
    catalogue: Catalogue,
    language: Language,
    conclude: Callable[[], Awaitable[Concluded]],
    **fields: Any,
) -> Concluded:
    """The conclusion, or one of the same kind that says why there is none. `fields` are those it needs besides."""
    try:
        return await conclude()
    except (Unanswered, TooLittleData) as refusal:
        what = named(metric, catalogue, language)
        if isinstance(refusal, TooLittleData):
            return kind.model_validate({**what, **fields, "status": "unsupported", "reason": refusal.message})
        words = reason(refusal.topic, refusal.facts, language)
        if isinstance(refusal, NeedsClarification):
            asked = Clarification(question=words, options=refusal.options)
            return kind.model_validate({**what, **fields, "status": "needs_clarification", "clarification": asked})
        return kind.model_validate({**what, **fields, "status": "unsupported", "reason": words})


def named(metric: MetricName, catalogue: Catalogue, language: Language) -> dict[str, Any]:
    """The fields that say what is concluded about, before anything is known of it."""
    return {
        "metric": metric,
        "language": language,
        "label": metric_label(catalogue.model, metric, language),
        "unit": catalogue.model.metrics[metric].unit,
        "data_as_of": data_as_of(catalogue),
    }
