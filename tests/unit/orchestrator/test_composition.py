from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.ads.outputs import ServerLine
from agents.analytics.outputs import ChannelAdvice
from agents.assignment import Budget, Goal, Period
from agents.places import PLACES as ALL_PLACES
from orchestrator.domain.allocation import tilt
from orchestrator.domain.strategy import Strategy, shares
from tests.unit.orchestrator.samples import (
    CR,
    MX,
    PLACES,
    a_line,
    a_strategy,
    an_assignment,
    reports,
)

AMOUNTS = st.decimals(min_value=Decimal("0.10"), max_value=Decimal("9999999.99"), places=2)
WEIGHTS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(1000), places=2)
LINES = st.lists(
    st.tuples(st.sampled_from(ALL_PLACES), st.sampled_from(["Costa Rica", "Mexico"]), WEIGHTS), min_size=1, max_size=12
)


@given(AMOUNTS, LINES)
def test_channel_budgets_and_shares_always_add_up_exactly(
    amount: Decimal, planned: list[tuple[tuple[str, str], str, Decimal]]
) -> None:
    lines = tuple(a_line(*place, country, str(weight)) for place, country, weight in planned)
    assignment = an_assignment(budget=Budget(amount=amount, currency="USD"))

    strategy = a_strategy(assignment, reports(lines=lines))

    assert sum(line.budget for line in strategy.channels) == amount
    assert sum(line.share for line in strategy.channels) == 1
    assert all(line.budget > 0 for line in strategy.channels)


@given(st.dates(min_value=date(2026, 1, 1), max_value=date(2030, 1, 1)), st.integers(min_value=0, max_value=365))
def test_every_task_lies_inside_the_dates(start: date, days: int) -> None:
    period = Period(start=start, end=start + timedelta(days=days))

    strategy = a_strategy(an_assignment(period=period))

    assert all(period.start <= task.date <= period.end for task in strategy.calendar)
    assert {"review", "launch", "report"} <= {task.kind for task in strategy.calendar}
    assert [task.date for task in strategy.calendar] == sorted(task.date for task in strategy.calendar)


@given(st.lists(AMOUNTS, min_size=1, max_size=30))
def test_shares_of_any_parts_are_one(parts: list[Decimal]) -> None:
    assert sum(shares(parts)) == 1


def test_money_goes_where_past_money_worked() -> None:
    strategy = a_strategy()

    by_place = {(line.platform, line.country.code): line.budget for line in strategy.channels}

    assert by_place["Google Ads", "CR"] > by_place["Meta Ads", "MX"] > by_place["Meta Ads", "CR"]
    assert strategy.channels[0].evidence == ("analytics-1",)
    assert "50 sales" in strategy.channels[0].rationale


def test_a_place_is_tilted_between_a_half_and_twice() -> None:
    dear = a_line("Meta Ads", "social", "Costa Rica")
    places = (*PLACES, PLACES[0].model_copy(update={"platform": "TikTok", "spend": Decimal(1_000_000)}))

    assert tilt(dear, PLACES, "sales") == Decimal("0.625")
    assert tilt(a_line("TikTok", "search", "Costa Rica"), places, "sales") == Decimal("0.5")
    assert tilt(a_line("LinkedIn", "social", "Mexico"), PLACES, "sales") == 1


def test_advice_is_told_and_weighs() -> None:
    advice = ChannelAdvice(platform="Meta Ads", channel="social", emphasis="less", reason="A sale cost 40 here.")

    plain, advised = a_strategy(), a_strategy(parts=reports(advice=(advice,)))

    assert advised.channels[-1].budget < plain.channels[-1].budget
    assert "A sale cost 40 here." in advised.channels[-1].rationale


def test_lines_that_cannot_be_are_replaced_by_the_servers_plan() -> None:
    impossible = a_line("TikTok", "email", "Costa Rica")
    elsewhere = a_line("Meta Ads", "social", "Spain")
    server = ServerLine(**a_line("LinkedIn", "social", "Costa Rica").model_dump(), evidence_id="ads-1")

    strategy = a_strategy(an_assignment(countries=(CR,)), reports(lines=(impossible, elsewhere), server=(server,)))

    assert [(line.platform, line.evidence) for line in strategy.channels] == [("LinkedIn", ("ads-1",))]


def test_only_wanted_channels_get_money() -> None:
    strategy = a_strategy(an_assignment(channels=("email",), platforms=("TikTok",)))

    assert {(line.platform, line.channel) for line in strategy.channels} == {
        ("TikTok", "video"),
        ("Mailchimp", "email"),
    }


def test_every_country_gets_money() -> None:
    strategy = a_strategy(parts=reports(lines=(a_line("Google Ads", "search", "Costa Rica"),)))

    assert {line.country.code for line in strategy.channels} == {"CR", "MX"}


def test_targets_stand_beside_the_past_figures() -> None:
    kpis = {kpi.metric: kpi for kpi in a_strategy().kpis}

    assert kpis["sales"].target == "300"
    assert (kpis["spend"].target, kpis["spend"].direction) == ("12000.00", "at_most")
    assert (kpis["cac"].target, kpis["cac"].baseline) == ("40.00", "26.09")
    assert kpis["clicks"].target == "6000"
    assert kpis["impressions"].evidence == ("ads-1",)


def test_a_revenue_goal_is_measured_as_return_on_spend() -> None:
    assignment = an_assignment(goal=Goal(metric="revenue", value=Decimal(48_000)))

    kpis = {kpi.metric: kpi for kpi in a_strategy(assignment).kpis}

    assert (kpis["revenue"].unit, kpis["roas"].target, kpis["roas"].baseline) == ("USD", "4.00", "1.53")


def test_what_is_assumed_is_said() -> None:
    parts = reports(places=(), refusals=("no past results",))

    strategy = a_strategy(an_assignment(audiences=()), parts, audience_was_named=False)
    said = " ".join(strategy.assumptions)

    assert "no past results of Café Volcán in Costa Rica, Mexico" in said
    assert "No audience was named" in said
    assert "A server could not answer: no past results" in said
    assert "playbook engine" in said


def test_the_strategy_says_in_spanish_what_it_says_to_spanish_readers() -> None:
    strategy = a_strategy(an_assignment(language="es", countries=(CR, MX)))

    assert any("persona revisora" in text for text in strategy.assumptions)
    assert any(task.title.startswith("Revisar") for task in strategy.calendar)


def test_a_model_that_wrote_the_words_is_named_as_their_author() -> None:
    strategy = a_strategy(parts=reports(engine="llm"))

    assert strategy.engine == "llm"
    assert {message.engine for message in strategy.messages} == {"llm"}
    assert not any("playbook" in text for text in strategy.assumptions)


def test_money_travels_as_strings_with_two_decimals() -> None:
    body = a_strategy().model_dump(mode="json")

    assert body["budget"] == {"amount": "12000.00", "currency": "USD"}
    assert all(
        line["budget"].split(".")[1].isdigit() and len(line["budget"].split(".")[1]) == 2 for line in body["channels"]
    )
    assert Strategy.model_validate(body) == a_strategy()


def test_a_strategy_that_does_not_add_up_cannot_exist() -> None:
    body = a_strategy().model_dump(mode="json")
    body["channels"][0]["budget"] = "1.00"

    with pytest.raises(ValidationError, match="the channels add up to"):
        Strategy.model_validate(body)


def test_evidence_that_is_not_there_cannot_be_cited() -> None:
    body = a_strategy().model_dump(mode="json")
    body["channels"][0]["evidence"] = ["analytics-99"]

    with pytest.raises(ValidationError, match="cites evidence"):
        Strategy.model_validate(body)
