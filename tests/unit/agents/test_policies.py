from decimal import Decimal
from typing import Any

import pytest

from agents.ads.facts import read as read_ads
from agents.ads.policy import POLICY as ADS
from agents.analytics.facts import facts_of
from agents.analytics.policy import POLICY as ANALYTICS
from agents.assignment import Budget, Country, Goal
from agents.content.facts import read as read_content
from agents.content.policy import POLICY as CONTENT
from agents.crm.facts import read as read_crm
from agents.crm.policy import POLICY as CRM
from agents.places import platforms_for, starting_places
from tests.unit.agents.answers import (
    CAMPAIGN_PLAN,
    CAMPAIGNS,
    LEADS,
    REACH,
    ROWS,
    a_copy,
    an_assignment,
    metrics_answer,
    refusal,
    result,
)


def test_analytics_asks_for_the_clients_past_by_place_and_by_product() -> None:
    by_place, by_country, freshness = ANALYTICS.calls(an_assignment())

    assert by_place.args["dimensions"] == ["platform", "channel", "country", "currency"]
    assert by_place.args["filters"] == [{"dimension": "client", "values": ["Cafe Alta"]}]
    assert by_country.args["filters"][1] == {"dimension": "product", "values": ["Geisha Roast"]}
    assert freshness.tool == "data_freshness"


def test_analytics_advises_by_the_cost_of_a_result() -> None:
    results = [result("query_metrics", metrics_answer(ROWS))]

    output = ANALYTICS.conclude(an_assignment(), results)
    advice = {(item.platform, item.channel): item for item in output.advice}

    assert advice["Google Ads", "search"].emphasis == "more"
    assert advice["Google Ads", "search"].reason == "A sale cost 20.00 USD here, less than the typical 30.00."
    assert ("TikTok", "video") not in advice
    assert "3 places" in output.summary


def test_analytics_without_data_says_so_and_advises_nothing() -> None:
    declined = metrics_answer([], status="unsupported", query=None, reason="There is no client “Cafe Alta”.")

    output = ANALYTICS.conclude(an_assignment(language="es"), [result("query_metrics", declined)])

    assert output.advice == ()
    assert (
        output.summary
        == "No hay resultados anteriores de Cafe Alta en Costa Rica, Estados Unidos de los cuales aprender."
    )


def test_every_figure_of_evidence_is_a_cell_of_a_row() -> None:
    facts, evidence = facts_of(an_assignment(), [result("query_metrics", metrics_answer(ROWS))])

    assert [(place.country, place.sales) for place in facts.places] == [
        ("Costa Rica", 50),
        ("Costa Rica", 25),
        ("United States", 30),
    ]
    assert [(item.metric, item.value, item.unit) for item in evidence] == [
        ("cac", "20", "USD"),
        ("cac", "40", "USD"),
        ("cac", "30", "USD"),
    ]
    assert evidence[0].query["time"]["end"] == "2026-11-20"
    assert str(evidence[0].as_of) == "2026-11-20"
    assert {item.source for item in evidence} == {"analytics.query_metrics"}


def test_past_results_in_another_currency_still_tell_where_money_worked() -> None:
    assignment = an_assignment(budget=Budget(amount=Decimal(500), currency="EUR"))
    results = [result("query_metrics", metrics_answer(ROWS))]

    facts, evidence = facts_of(assignment, results)

    assert {place.currency for place in facts.places} == {"USD"}
    assert {item.unit for item in evidence} == {"USD"}
    assert "20.00 USD" in ANALYTICS.conclude(assignment, results).advice[0].reason


@pytest.mark.parametrize(
    ("metric", "figure"), [("leads", "cpl"), ("revenue", "roas"), ("clicks", "cpc"), ("conversions", "conversions")]
)
def test_evidence_supports_the_goal(metric: Any, figure: str) -> None:
    assignment = an_assignment(goal=Goal(metric=metric, value=Decimal(10)))

    _, evidence = facts_of(assignment, [result("query_metrics", metrics_answer(ROWS))])

    assert evidence[0].metric == figure


def test_ads_plans_with_the_servers_own_tools() -> None:
    listed, reach, plan = ADS.calls(an_assignment(goal=Goal(metric="revenue", value=Decimal("5000.50"))))

    assert (listed.tool, reach.tool, plan.tool) == ("list_campaigns", "estimate_reach", "generate_campaign")
    assert plan.args["countries"] == ["Costa Rica", "United States"]
    assert (plan.args["budget"], plan.args["goal_metric"], plan.args["goal_value"]) == ("9000.00", "sales", 5000)
    assert "platforms" not in plan.args


def test_ads_asks_only_for_platforms_of_the_wanted_channels() -> None:
    assignment = an_assignment(channels=("email",), platforms=("TikTok",))

    assert platforms_for(assignment) == ["TikTok", "Mailchimp"]
    assert starting_places(assignment) == [("TikTok", "video"), ("Mailchimp", "email")]
    assert ADS.calls(assignment)[2].args["platforms"] == ["TikTok", "Mailchimp"]


def test_ads_follows_the_servers_split_and_tells_why_in_the_readers_language() -> None:
    output = ADS.conclude(an_assignment(language="es"), [result("generate_campaign", CAMPAIGN_PLAN)])

    assert [(line.platform, line.weight) for line in output.lines] == [("Google Ads", 6000), ("Meta Ads", 3000)]
    assert output.lines[0].rationale == "100 conversiones por 1000.00 USD en el pasado."
    assert output.objective.startswith("300 ventas para Geisha Roast de Cafe Alta en Costa Rica, Estados Unidos")


def test_ads_starts_even_when_the_server_refuses() -> None:
    output = ADS.conclude(an_assignment(), [refusal("generate_campaign", "failed: no history")])

    assert {(line.platform, line.country, line.weight) for line in output.lines} == {
        (platform, country, Decimal(1))
        for platform in ("Meta Ads", "Google Ads")
        for country in ("Costa Rica", "United States")
    }


def test_ads_facts_are_what_the_server_returned() -> None:
    results = [
        result("list_campaigns", CAMPAIGNS),
        result("estimate_reach", REACH),
        result("generate_campaign", CAMPAIGN_PLAN),
    ]

    facts, evidence = read_ads(an_assignment(), results)

    assert facts.expected is not None
    assert (facts.expected.impressions, facts.expected.evidence_id) == (250000, "ads-2")
    assert [line.evidence_id for line in facts.lines] == ["ads-1", None]
    assert facts.similar_campaigns == ("Geisha in November",)
    assert [(item.metric, item.value, item.source) for item in evidence] == [
        ("cost_per_conversion", "10.00", "ads.generate_campaign"),
        ("impressions", "250000", "ads.estimate_reach"),
    ]


def test_content_writes_for_each_country_in_its_language() -> None:
    calls = CONTENT.calls(an_assignment())
    copies = [call for call in calls if call.tool == "generate_copy"]

    assert [(call.args["country"], call.args["language"]) for call in copies[:2]] == [
        ("Costa Rica", "es"),
        ("United States", "en"),
    ]
    assert calls[-1].tool == "list_assets"


def test_content_never_asks_for_more_copies_than_its_budget_and_leaves_no_country_out() -> None:
    codes = {"CR": "Costa Rica", "MX": "Mexico", "CO": "Colombia", "PA": "Panama", "PE": "Peru", "CL": "Chile"}
    many = tuple(Country(code=code, name=name) for code, name in codes.items())
    assignment = an_assignment(countries=many)
    calls = CONTENT.calls(assignment)
    results = [result(call.tool, a_copy(call.args), **call.args) for call in calls[:3]]

    output = CONTENT.conclude(assignment, results)

    assert len(calls) <= 9
    assert {message.country for message in output.messages} == set(codes.values())


def test_content_without_the_server_still_names_the_product_and_nothing_more() -> None:
    output = CONTENT.conclude(an_assignment(), [refusal("generate_copy", "failed")])

    assert [(message.language, message.body) for message in output.messages] == [
        ("es", "Descubre Geisha Roast"),
        ("en", "Meet Geisha Roast"),
    ]


def test_content_facts_name_what_exists() -> None:
    assets = {"assets": [{"title": "Geisha · social"}], "next_cursor": None}

    facts, (evidence,) = read_content(an_assignment(), [result("list_assets", assets)])

    assert facts.existing_assets == ("Geisha · social",)
    assert (evidence.metric, evidence.value) == ("assets", "1")


def test_crm_counts_open_leads_of_the_countries_and_keeps_nobodys_data() -> None:
    results = [result("list_leads", LEADS)]

    facts, (evidence,) = read_crm(an_assignment(), results)
    output = CRM.conclude(an_assignment(), results)

    assert (facts.open_leads, facts.by_status) == (2, {"new": 1, "won": 1, "qualified": 1})
    assert "example.com" not in evidence.model_dump_json() + output.model_dump_json() + facts.model_dump_json()
    assert output.summary == "Cafe Alta has 2 open leads in Costa Rica, United States."
    assert len(output.follow_up) == 3


def test_crm_has_no_follow_up_for_a_goal_that_brings_no_leads() -> None:
    assignment = an_assignment(goal=Goal(metric="impressions", value=Decimal(1000)))

    assert CRM.conclude(assignment, [result("list_leads", LEADS)]).follow_up == ()
