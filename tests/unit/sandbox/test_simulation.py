"""Properties of simulated delivery that hold for every campaign."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from sandbox.domain import Campaign, LineItem, LineKey, Terms
from sandbox.market import COUNTRY_COST, MARKET
from sandbox.simulation import Insight, deliver, spend_by_line

LAUNCH = datetime(2026, 11, 2, 9, tzinfo=UTC)
PLACEMENTS = sorted(MARKET)
cents = st.integers(min_value=1, max_value=5_000_000).map(lambda value: Decimal(value) / 100)


@st.composite
def line_items(draw: st.DrawFn) -> tuple[LineItem, ...]:
    keys = draw(
        st.lists(
            st.tuples(
                st.sampled_from(PLACEMENTS),
                st.sampled_from([*COUNTRY_COST, "Japan"]),
                st.sampled_from(["", "Jalisco", "Madrid"]),
            ),
            min_size=1,
            max_size=4,
            unique=True,
        )
    )
    return tuple(
        LineItem(platform, channel, country, region, "coffee lovers", draw(cents))
        for (platform, channel), country, region in keys
    )


@st.composite
def campaigns(draw: st.DrawFn) -> Campaign:
    start = draw(st.dates(date(2026, 1, 1), date(2026, 12, 31)))
    return Campaign(
        id=f"ad_{draw(st.integers(0, 10**9))}",
        name="Geisha Roast",
        objective="sales",
        start=start,
        end=start + timedelta(days=draw(st.integers(0, 60))),
        currency=draw(st.sampled_from(["USD", "COP", "EUR"])),
        external_ref="cmp_1",
        launched_at=LAUNCH,
        seconds_per_day=2,
        history=(Terms(0, paused=False, line_items=draw(line_items())),),
    )


@st.composite
def changed_campaigns(draw: st.DrawFn) -> Campaign:
    """A campaign after a few pauses, resumptions and budget changes, each on a later day."""
    campaign = draw(campaigns())
    at = LAUNCH
    for _ in range(draw(st.integers(0, 4))):
        at += timedelta(seconds=draw(st.integers(0, 30)))
        if campaign.status(at) == "ended":
            break
        match draw(st.sampled_from(["pause", "resume", "budget"])):
            case "pause":
                campaign = campaign.paused(at)
            case "resume":
                campaign = campaign.resumed(at)
            case _:
                spent = spend_by_line(campaign, campaign.days_reported(at))
                gone = sum(spent.values(), Decimal(0))
                campaign = campaign.rebudgeted(at, gone + draw(cents), None, spent)
    return campaign


@given(changed_campaigns())
def test_delivery_is_the_same_every_time(campaign: Campaign) -> None:
    assert deliver(campaign, campaign.flight_days) == deliver(campaign, campaign.flight_days)


@given(campaigns())
def test_a_flight_without_changes_spends_exactly_its_budget(campaign: Campaign) -> None:
    assert spend_by_line(campaign, campaign.flight_days) == {
        line.key: line.budget for line in campaign.terms.line_items
    }


@given(changed_campaigns(), st.data())
def test_spend_never_exceeds_the_budget_in_force(campaign: Campaign, data: st.DataObject) -> None:
    days = data.draw(st.integers(1, campaign.flight_days))
    spent = spend_by_line(campaign, days)
    budgets = {line.key: line.budget for line in campaign.terms_on(days - 1).line_items}
    assert all(amount <= budgets[key] for key, amount in spent.items())
    assert all(amount == amount.quantize(Decimal("0.01")) for amount in spent.values())


@given(changed_campaigns())
def test_counts_are_consistent(campaign: Campaign) -> None:
    for row in deliver(campaign, campaign.flight_days):
        assert 0 <= row.conversions <= row.clicks <= row.impressions
        assert 0 < row.reach <= row.impressions
        assert row.spend > 0


@given(changed_campaigns(), st.integers(0, 200))
def test_a_change_never_alters_a_reported_day(campaign: Campaign, seconds: int) -> None:
    at = LAUNCH + timedelta(seconds=seconds)
    assume(campaign.status(at) != "ended")
    assume(campaign.terms.from_day <= campaign.days_reported(at))
    reported = campaign.days_reported(at)
    spent = spend_by_line(campaign, reported)
    changed = campaign.paused(at).rebudgeted(at, sum(spent.values(), Decimal(1)), None, spent)
    assert deliver(changed, reported) == deliver(campaign, reported)


@given(campaigns(), st.integers(0, 20), st.integers(0, 20))
def test_paused_days_deliver_nothing(campaign: Campaign, first: int, length: int) -> None:
    pause = LAUNCH + timedelta(seconds=2 * first)
    resume = pause + timedelta(seconds=2 * length)
    assume(campaign.status(resume) != "ended")
    changed = campaign.paused(pause).resumed(resume)
    off = {campaign.start + timedelta(days=day) for day in range(first + 1, first + length + 1)}
    dates = {row.date for row in deliver(changed, changed.flight_days)}
    assert not dates & off


@given(campaigns())
def test_a_day_with_twice_the_pace_is_the_limit_after_a_pause(campaign: Campaign) -> None:
    assume(campaign.flight_days >= 20)
    changed = campaign.paused(LAUNCH).resumed(LAUNCH + timedelta(seconds=2 * 15))
    even = _by_line(deliver(campaign, campaign.flight_days), max)
    late = _by_line(deliver(changed, changed.flight_days), max)
    assert all(late[key] <= 3 * even[key] + Decimal("0.20") for key in late)


def test_rates_have_realistic_magnitudes() -> None:
    line = LineItem("Meta Ads", "social", "Mexico", "Jalisco", "coffee lovers", Decimal(30_000))
    terms = Terms(0, paused=False, line_items=(line,))
    start = date(2026, 11, 2)
    campaign = Campaign(
        "ad_1", "x", "sales", start, start + timedelta(days=29), "USD", "cmp_1", LAUNCH, 2, history=(terms,)
    )
    rows = deliver(campaign, 30)
    impressions = sum(row.impressions for row in rows)
    clicks = sum(row.clicks for row in rows)
    assert 4 < 30_000 / impressions * 1000 < 12
    assert 0.007 < clicks / impressions < 0.021
    assert 0.01 < sum(row.conversions for row in rows) / clicks < 0.045
    pesos = replace(
        campaign, currency="MXN", history=(replace(terms, line_items=(replace(line, budget=Decimal(540_000)),)),)
    )
    assert abs(sum(row.impressions for row in deliver(pesos, 30)) - impressions) < impressions * 0.001


def test_weekend_spend_differs_by_channel() -> None:
    start = date(2026, 11, 2)  # a Monday
    lines = (
        LineItem("LinkedIn", "video", "Spain", "", "home owners", Decimal(700)),
        LineItem("Mailchimp", "email", "Spain", "", "home owners", Decimal(700)),
    )
    campaign = Campaign(
        "ad_1",
        "x",
        "leads",
        start,
        start + timedelta(days=6),
        "USD",
        "cmp_1",
        LAUNCH,
        2,
        history=(Terms(0, paused=False, line_items=lines),),
    )
    spend = {(row.channel, row.date.weekday()): row.spend for row in deliver(campaign, 7)}
    assert spend["video", 5] > spend["video", 0]
    assert spend["email", 5] < spend["email", 0]


def _by_line(rows: list[Insight], pick: Callable[[list[Decimal]], Decimal]) -> dict[LineKey, Decimal]:
    amounts: defaultdict[LineKey, list[Decimal]] = defaultdict(list)
    for row in rows:
        amounts[row.platform, row.channel, row.country, row.region, row.audience].append(row.spend)
    return {key: pick(values) for key, values in amounts.items()}
