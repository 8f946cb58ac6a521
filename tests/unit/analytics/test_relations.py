"""Which relation a query reads, by whether sums over it can be the same."""

import re
from typing import Any

import pytest

from mcp_servers.analytics.domain.model import SemanticModel
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.repository import compile_query
from mcp_servers.analytics.repository.relations import Relation, relation_of

OCTOBER = {"start": "2026-10-01", "end": "2026-10-31"}
PART = {"start": "2026-10-05", "end": "2026-10-31"}


def query(**fields: Any) -> MetricQuery:
    return MetricQuery.model_validate({"metrics": ["spend"], **fields})


@pytest.mark.parametrize(
    ("fields", "relation"),
    [
        ({"time": OCTOBER}, "monthly_totals_v1"),
        ({"time": OCTOBER, "dimensions": ["client", "platform", "channel", "country"]}, "monthly_totals_v1"),
        ({"time": OCTOBER, "filters": [{"dimension": "product", "values": ["Coffee"]}]}, "monthly_facts_v1"),
        ({"time": OCTOBER, "dimensions": ["campaign", "region"]}, "monthly_facts_v1"),
        ({"time": {"start": "2026-01-01", "end": "2026-12-31", "grain": "quarter"}}, "monthly_totals_v1"),
        ({"time": {"start": "2024-02-01", "end": "2024-02-29"}}, "monthly_totals_v1"),
        ({"time": {"start": "2026-02-01", "end": "2026-02-27"}}, "daily_totals_v1"),
        ({"time": {**OCTOBER, "grain": "date"}}, "daily_totals_v1"),
        ({"time": {**OCTOBER, "grain": "week"}, "dimensions": ["client"]}, "daily_totals_v1"),
        ({"time": PART, "dimensions": ["client", "platform", "channel", "country"]}, "daily_totals_v1"),
        ({"time": PART, "dimensions": ["campaign"]}, "facts_v2"),
        ({"time": PART, "filters": [{"dimension": "region", "values": ["CDMX"]}]}, "facts_v2"),
        ({"time": {**OCTOBER, "grain": "date"}, "dimensions": ["product"]}, "facts_v2"),
        ({"time": OCTOBER, "compare_to": "previous_period"}, "monthly_totals_v1"),
        ({"time": OCTOBER, "compare_to": "previous_year", "dimensions": ["campaign"]}, "monthly_facts_v1"),
        ({"time": PART, "compare_to": OCTOBER}, "daily_totals_v1"),
        ({"time": OCTOBER, "compare_to": PART, "dimensions": ["audience"]}, "facts_v2"),
        ({"time": {}, "dimensions": ["client"]}, "daily_totals_v1"),
    ],
)
def test_a_query_reads_the_smallest_relation_that_has_what_it_asks(fields: dict[str, Any], relation: Relation) -> None:
    assert relation_of(query(**fields)) == relation


def test_the_statement_reads_that_relation_and_no_other(model: SemanticModel) -> None:
    sql = compile_query(query(time=OCTOBER), model).sql

    assert re.findall(r"\bhub\.\w+_v\d\b", sql) == ["hub.monthly_totals_v1"]
