from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money
from mcp_servers.ads.domain import CHANNELS, PLATFORMS, Totals
from mcp_servers.ads.planning import Place, PlaceResult, allocate, estimate, places_for

ALL_PLACES = [
    Place(platform, channel, country)
    for platform in PLATFORMS
    for channel in CHANNELS[platform]
    for country in ("Costa Rica", "Mexico")
]
any_totals = st.builds(
    Totals,
    spend=st.decimals(min_value=1, max_value=10**6, places=2),
    impressions=st.integers(1, 10**8),
    reach=st.integers(0, 10**7),
    clicks=st.integers(0, 10**6),
    conversions=st.integers(0, 10**5),
)
histories = st.dictionaries(st.sampled_from(ALL_PLACES), any_totals).map(
    lambda found: [PlaceResult(place.platform, place.channel, place.country, sums) for place, sums in found.items()]
)


def result(place: Place, *, spend: int, conversions: int) -> PlaceResult:
    return PlaceResult(
        place.platform,
        place.channel,
        place.country,
        Totals(Decimal(spend), spend * 100, spend * 50, spend, conversions),
    )


@given(
    st.decimals(min_value=1, max_value=10**7, places=2),
    st.lists(st.sampled_from(ALL_PLACES), min_size=1, unique=True),
    histories,
)
def test_a_plan_spends_exactly_the_budget_on_distinct_places(
    budget: Decimal, places: list[Place], history: list[PlaceResult]
) -> None:
    plan = allocate(Money(budget, "USD"), "coffee lovers", places, history)

    assert sum(line.line_item.budget for line in plan) == budget
    assert len({line.place for line in plan}) == len(plan)
    assert all(line.line_item.budget > 0 for line in plan)


def test_money_follows_the_place_that_converts_better() -> None:
    search, video = Place("Google Ads", "search", "Mexico"), Place("TikTok", "video", "Mexico")
    history = [result(search, spend=5000, conversions=400), result(video, spend=5000, conversions=100)]

    plan = allocate(Money(Decimal(1000), "USD"), "coffee lovers", [search, video], history)

    assert plan[0].line_item.budget > 2 * plan[1].line_item.budget


def test_a_lucky_place_with_little_spend_does_not_take_the_budget() -> None:
    proven, lucky = Place("Google Ads", "search", "Mexico"), Place("TikTok", "video", "Mexico")
    history = [result(proven, spend=10_000, conversions=500), result(lucky, spend=10, conversions=5)]

    plan = allocate(Money(Decimal(1000), "USD"), "coffee lovers", [proven, lucky], history)

    assert all(line.share < Decimal("0.6") for line in plan)


def test_without_history_the_budget_is_split_evenly() -> None:
    places = places_for(["Mexico"], ["Google Ads", "Meta Ads"], [])

    plan = allocate(Money(Decimal(1000), "USD"), "coffee lovers", places, [])

    assert [line.line_item.budget for line in plan] == [500, 500]
    assert all(line.history is None for line in plan)


def test_a_country_without_results_still_gets_its_places() -> None:
    known = result(Place("Google Ads", "search", "Mexico"), spend=100, conversions=1)

    places = places_for(["Mexico", "Spain"], ["Google Ads"], [known])

    assert {place.country for place in places} == {"Mexico", "Spain"}


def test_no_estimate_is_made_from_nothing() -> None:
    assert estimate(Decimal(100), []) is None


@given(histories.filter(bool), st.decimals(min_value=0, max_value=10**6, places=2))
def test_an_estimate_lies_within_its_own_range(history: list[PlaceResult], spend: Decimal) -> None:
    found = estimate(spend, history)

    assert found is not None
    assert found.impressions_low - 1 <= found.impressions <= found.impressions_high + 1
