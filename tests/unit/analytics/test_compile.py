"""What a query is compiled to, by what the statement means."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from mcp_servers.analytics.domain.catalogue import Catalogue, Certain, Value
from mcp_servers.analytics.domain.model import SemanticModel
from mcp_servers.analytics.domain.query import MAX_ROWS, MetricQuery
from mcp_servers.analytics.repository import Compiled, compile_query
from mcp_servers.analytics.repository.facts_view import facts_view
from mcp_servers.analytics.repository.figures import Figures
from mcp_servers.analytics.repository.spans import Spans
from tests.unit.analytics.conftest import facts

OCTOBER = {"start": "2026-10-01", "end": "2026-10-31"}
INJECTION = "Mexico'; DROP TABLE hub.fact_sales; --"


def compiled(model: SemanticModel, **fields: Any) -> Compiled:
    fields["time"] = {**OCTOBER, **fields.get("time", {})}
    return compile_query(MetricQuery.model_validate(fields), model)


def clause(sql: str, keyword: str) -> str:
    """The text of one clause, on one line."""
    found = re.search(rf"{keyword} (.*?)(?= FROM | WHERE | GROUP BY | ORDER BY | LIMIT |$)", " ".join(sql.split()))
    return found.group(1) if found else ""


def test_values_are_bound_and_never_part_of_the_text(model: SemanticModel) -> None:
    statement = compiled(
        model, metrics=["sales"], filters=[{"dimension": "country", "values": [INJECTION]}], dimensions=["region"]
    )

    assert "DROP" not in statement.sql
    assert statement.parameters["country_0"] == [INJECTION]
    assert date(2026, 10, 1) in statement.parameters.values()
    assert "2026" not in statement.sql


def test_only_one_view_is_read_and_only_the_tenant_of_the_session(model: SemanticModel) -> None:
    statement = compiled(model, metrics=["roas"], dimensions=["campaign", "platform"])

    assert re.findall(r"\b\w+\.\w+_v\d\b", statement.sql) == ["hub.monthly_facts_v1"]
    assert statement.sql.count("SELECT") == 1
    assert "facts.tenant = current_setting('app.tenant', true)" in statement.sql


@pytest.mark.parametrize(
    ("metrics", "sources"),
    [
        (["spend", "ctr"], ["ads.metrics"]),
        (["leads"], ["crm.leads"]),
        (["cpl"], ["ads.metrics", "crm.leads"]),
        (["roas", "leads"], ["ads.metrics", "crm.leads", "crm.sales"]),
    ],
)
def test_only_the_sources_of_the_metrics_are_read(metrics: list[str], sources: list[str], model: SemanticModel) -> None:
    assert compiled(model, metrics=metrics).parameters["sources"] == sources


def test_a_ratio_is_a_ratio_of_sums_and_null_where_it_would_divide_by_zero(model: SemanticModel) -> None:
    selected = clause(compiled(model, metrics=["roas"]).sql, "SELECT")

    ratio = r"coalesce\(sum\(facts.revenue\), 0\).* / .*nullif\(coalesce\(sum\(facts.spend\), 0\), 0\).* AS roas,"
    assert re.search(ratio, selected)


def test_leaving_values_out_keeps_rows_without_a_name(model: SemanticModel) -> None:
    statement = compiled(
        model, metrics=["sales"], filters=[{"dimension": "platform", "op": "not_in", "values": ["TikTok"]}]
    )

    assert "(facts.platform IS NULL OR facts.platform != all(%(platform_0)s" in statement.sql


def test_campaigns_are_filtered_and_grouped_by_id(model: SemanticModel) -> None:
    statement = compiled(
        model, metrics=["spend"], dimensions=["campaign"], filters=[{"dimension": "campaign", "values": ["c-1"]}]
    )

    assert "facts.campaign_id = any(%(campaign_0)s" in statement.sql
    assert clause(statement.sql, "GROUP BY") == "facts.campaign, facts.campaign_id"


@pytest.mark.parametrize(
    ("fields", "checked"),
    [
        ({"metrics": ["spend"]}, True),
        ({"metrics": ["spend"], "dimensions": ["country"]}, True),
        ({"metrics": ["clicks", "ctr", "leads"]}, False),
        ({"metrics": ["spend"], "dimensions": ["currency"]}, False),
    ],
)
def test_currencies_are_looked_at_where_amounts_are_added_up(
    fields: dict[str, Any], checked: bool, model: SemanticModel
) -> None:
    assert ("_currency_low" in compiled(model, **fields).sql) is checked


def test_a_comparison_sums_each_period_apart_in_one_statement(model: SemanticModel) -> None:
    statement = compiled(model, metrics=["spend"], compare_to="previous_period")

    assert statement.sql.count("FILTER (WHERE facts.date BETWEEN") >= 2
    assert " OR facts.date BETWEEN " in statement.sql
    assert "AS spend_previous" in statement.sql
    assert "AS spend_change" in statement.sql
    assert date(2026, 9, 30) in statement.parameters.values()


def test_a_grain_cuts_by_the_first_day_of_the_unit_in_order_of_time(model: SemanticModel) -> None:
    sql = compiled(model, metrics=["sales"], time={"grain": "month"}).sql

    assert "CAST(date_trunc('month', facts.date) AS DATE) AS month" in sql
    assert clause(sql, "ORDER BY").startswith("CAST(date_trunc('month', facts.date) AS DATE) ASC")


def test_a_listing_is_in_order_of_its_first_metric_with_ties_by_name(model: SemanticModel) -> None:
    sql = compiled(model, metrics=["sales"], dimensions=["country"]).sql

    assert clause(sql, "ORDER BY") == ("coalesce(sum(facts.sales), 0) DESC NULLS LAST, facts.country ASC NULLS LAST")


def test_a_ranking_leaves_out_what_has_no_name_and_a_listing_keeps_it(model: SemanticModel) -> None:
    fields: dict[str, Any] = {"metrics": ["sales"], "dimensions": ["platform"]}

    ranking = compiled(model, **fields, order_by=[{"field": "sales"}], limit=1)
    listing = compiled(model, **fields)

    assert "facts.platform IS NOT NULL" in ranking.sql
    assert "IS NOT NULL" not in listing.sql


@pytest.mark.parametrize(("limit", "asked"), [(5, 6), (None, MAX_ROWS + 1)])
def test_one_row_more_than_the_limit_tells_whether_there_are_more(
    limit: int | None, asked: int, model: SemanticModel
) -> None:
    statement = compiled(model, metrics=["sales"], dimensions=["country"], limit=limit)

    assert statement.sql.rstrip().endswith("LIMIT %(param_1)s::INTEGER")
    assert statement.parameters["param_1"] == asked


def test_a_query_that_was_not_checked_is_not_compiled(model: SemanticModel) -> None:
    with pytest.raises(ValueError, match="after it was checked"):
        compile_query(MetricQuery(metrics=("sales",)), model)


RANKED: dict[str, Any] = {
    "metrics": ["sales"],
    "dimensions": ["platform"],
    "order_by": [{"field": "sales"}],
    "limit": 3,
}


def test_a_ranking_keeps_what_equals_its_last_by_the_asked_order_alone(model: SemanticModel) -> None:
    sql = " ".join(compiled(model, **RANKED).sql.split())

    assert "ORDER BY groups.sales DESC NULLS LAST FETCH FIRST (%(param_1)s::INTEGER) ROWS WITH TIES" in sql
    assert sql.endswith(
        "ORDER BY ranked.sales DESC NULLS LAST, ranked.platform ASC NULLS LAST LIMIT %(param_2)s::INTEGER"
    )
    assert compiled(model, **RANKED).parameters["param_1"] == 3
    assert compiled(model, **RANKED).parameters["param_2"] == MAX_ROWS + 1


def test_a_share_counts_what_has_no_name_and_a_ranking_by_it_shows_only_names(model: SemanticModel) -> None:
    sql = " ".join(compiled(model, **RANKED, share_of_total=True).sql.split())

    assert "sum(coalesce(sum(facts.sales), 0)) OVER ()" in sql
    assert "facts.platform IS NOT NULL" not in sql
    assert "WHERE groups.platform IS NOT NULL" in sql


def test_a_share_is_of_its_unit_of_time_where_rows_are_cut_further(model: SemanticModel) -> None:
    monthly: dict[str, Any] = {"metrics": ["sales"], "time": {"grain": "month"}, "share_of_total": True}

    assert "OVER (PARTITION BY CAST(date_trunc" in compiled(model, **monthly, dimensions=["country"]).sql
    assert "OVER ()" in compiled(model, **monthly).sql


def test_regions_of_one_name_are_grouped_by_their_country(model: SemanticModel) -> None:
    apart = "CASE WHEN (facts.region IS NOT NULL) THEN facts.country END"

    alone = compiled(model, metrics=["sales"], dimensions=["region"]).sql
    beside = compiled(model, metrics=["sales"], dimensions=["region", "country"]).sql

    assert clause(alone, "GROUP BY") == f"facts.region, {apart}"
    assert clause(beside, "GROUP BY") == "facts.region, facts.country"
    assert "facts.platform, " not in compiled(model, metrics=["sales"], dimensions=["channel"]).sql


@pytest.mark.parametrize(("start", "shift"), [("monday", None), ("sunday", 6), ("saturday", 5)])
def test_weeks_begin_where_the_model_says(start: str, shift: int | None, model: SemanticModel) -> None:
    moved = model.model_copy(update={"time": model.time.model_copy(update={"week_start": start})})

    sql = compiled(moved, metrics=["sales"], time={"grain": "week"}).sql

    day = f"facts.date - {shift}" if shift else "facts.date"
    assert f"CAST(date_trunc('week', {day}) AS DATE)" + (f" + {shift} AS week" if shift else " AS week") in sql


def test_compared_periods_that_share_days_read_a_fact_once_for_each(model: SemanticModel) -> None:
    overlapping = {"start": "2026-09-15", "end": "2026-10-15"}

    by_day = compiled(model, metrics=["sales"], time={"grain": "date"}, compare_to=overlapping).sql
    in_total = compiled(model, metrics=["sales"], compare_to=overlapping).sql
    apart = compiled(model, metrics=["sales"], time={"grain": "date"}, compare_to="previous_period").sql

    assert "JOIN (VALUES (false), (true)) AS sides" in by_day
    assert "sides" not in in_total
    assert "sides" not in apart


def test_amounts_in_the_reporting_currency_take_the_place_of_the_others(model: SemanticModel) -> None:
    query = MetricQuery.model_validate({"metrics": ["roas"], "time": OCTOBER})
    facts = facts_view("facts_v2")
    figures = Figures(query, model, facts, Spans(query, facts), reporting=True, currency=None)

    ratio = str(figures.columns({})["roas"])

    assert "facts.revenue_reporting" in ratio
    assert "facts.spend_reporting" in ratio
    assert "facts.spend)" not in ratio
    assert list(figures.judged(grouped=False)) == ["_unrated"]


def test_what_the_values_already_tell_is_not_looked_for(model: SemanticModel) -> None:
    query = MetricQuery.model_validate({"metrics": ["spend"], "dimensions": ["campaign", "region"], "time": OCTOBER})

    doubtful = compile_query(query, model).sql
    certain = compile_query(query, model, certain=Certain("USD", frozenset({"campaign"}))).sql

    assert {"_currency_low", "_campaign_several", "_region_several"} <= set(re.findall(r"\b_\w+", doubtful))
    assert not {"_currency_low", "_campaign_several"} & set(re.findall(r"\b_\w+", certain))
    assert "_region_several" in certain


@pytest.mark.parametrize(
    ("values", "certain"),
    [
        ((Value("currency", "USD"), Value("campaign", "A", "c-1")), Certain("USD", frozenset({"campaign"}))),
        ((Value("currency", "USD"), Value("currency", "EUR")), Certain(None, frozenset({"campaign"}))),
        ((Value("campaign", "A", "c-1"), Value("campaign", "A", "c-2")), Certain(None, frozenset())),
    ],
)
def test_only_what_no_value_contradicts_is_certain(
    values: tuple[Value, ...], certain: Certain, model: SemanticModel
) -> None:
    assert Catalogue(model, replace(facts(), values=values)).certain == certain
