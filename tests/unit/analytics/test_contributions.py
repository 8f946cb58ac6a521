"""Contributions to a change: they sum to it exactly, whatever the figures."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from mcp_servers.analytics.domain.contributions import decompose
from mcp_servers.analytics.domain.shapes import Shape

RATIO = Shape({"spend": Fraction(1)}, {"leads": Fraction(1)})
RETURN = Shape({"revenue": Fraction(1), "spend": Fraction(-1)}, {"spend": Fraction(1)})
SUM = Shape({"leads": Fraction(1)}, None)
amounts = st.integers(0, 10_000).map(lambda cents: Fraction(cents, 100))
measures = st.fixed_dictionaries({"spend": amounts, "leads": amounts, "revenue": amounts})
groups = st.dictionaries(st.sampled_from(["Google Ads", "Meta Ads", "TikTok", None]), measures, max_size=4)


@given(groups, groups, st.sampled_from([RATIO, RETURN, SUM]))
def test_contributions_sum_to_the_change_exactly(
    before: dict[str | None, dict[str, Fraction]], after: dict[str | None, dict[str, Fraction]], made: Shape
) -> None:
    change = decompose(made, before, after)

    if change.difference is None:
        assert change.parts == ()
        return
    assert sum((part.contribution for part in change.parts), Fraction(0)) == change.difference
    for part in change.parts:
        if part.rate is not None and part.mix is not None:
            assert part.rate + part.mix == part.contribution


def figures(spend: int, leads: int) -> dict[str, Fraction]:
    return {"spend": Fraction(spend), "leads": Fraction(leads)}


def test_more_of_the_dear_channel_is_mix_and_not_rate() -> None:
    before = {"cheap": figures(100, 100), "dear": figures(100, 10)}
    after = {"cheap": figures(50, 50), "dear": figures(600, 60)}

    change = decompose(RATIO, before, after)

    assert all(part.rate == 0 for part in change.parts)
    assert change.difference == sum((part.mix or Fraction(0) for part in change.parts), Fraction(0)) > 0


def test_a_dearer_channel_of_the_same_weight_is_rate_and_not_mix() -> None:
    before = {"one": figures(100, 50), "other": figures(100, 50)}
    after = {"one": figures(150, 50), "other": figures(100, 50)}

    change = decompose(RATIO, before, after)

    largest = change.parts[0]
    assert (largest.key, largest.rate, largest.mix) == ("one", Fraction(1, 2), 0)
    assert change.parts[1].contribution == 0


def test_growth_of_all_alike_changes_no_ratio() -> None:
    before = {"one": figures(100, 50), "other": figures(300, 20)}
    after = {key: {name: 3 * value for name, value in one.items()} for key, one in before.items()}

    assert all(part.contribution == 0 for part in decompose(RATIO, before, after).parts)


def test_what_only_one_period_has_is_mix() -> None:
    change = decompose(RATIO, {"old": figures(100, 50)}, {"old": figures(100, 50), "new": figures(400, 50)})

    new = next(part for part in change.parts if part.key == "new")
    assert (new.before, new.after, new.rate) == (None, 8, 0)
    assert new.mix == new.contribution


def test_a_period_that_would_divide_by_zero_has_no_change() -> None:
    change = decompose(RATIO, {"one": figures(100, 0)}, {"one": figures(100, 50)})

    assert (change.before, change.after, change.difference, change.parts) == (None, 2, None, ())
