"""Whether a name in a filter stands for several things: Córdoba lies in Spain and in Argentina."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from mcp_servers.analytics.domain.model import SemanticModel
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.domain.wording import quoted
from mcp_servers.analytics.errors import NeedsClarification
from mcp_servers.analytics.repository import Compiled, compile_places

Run = Callable[[Compiled], Awaitable[list[dict[str, Any]]]]


async def tell_apart(query: MetricQuery, model: SemanticModel, run: Run) -> None:
    """Raise NeedsClarification where a checked query filters by a name that lies in several places.

    Rows cut by the name, or by what it lies in, tell them apart themselves, as does another filter.
    """
    for n in _open(query, model):
        within: dict[str, list[str]] = {}
        for row in await run(compile_places(query, model, n)):
            within.setdefault(row["value"], []).append(row["within"])
        for name, places in within.items():
            if len(places) > 1:
                raise NeedsClarification(
                    "which_reading", [f"{name} ({place})" for place in places], name=quoted([name])
                )


def _open(query: MetricQuery, model: SemanticModel) -> Iterator[int]:
    """The filters whose values nothing in the query tells apart."""
    said = {*query.dimensions, *(item.dimension for item in query.filters)}
    for n, item in enumerate(query.filters):
        if item.dimension == "campaign" or item.dimension in query.dimensions:
            continue  # campaigns are filtered by id
        parent = model.told_apart_by(item.dimension)
        if parent and parent not in said:
            yield n
