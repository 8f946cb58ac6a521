"""How often something may happen."""

from hypothesis import given
from hypothesis import strategies as st

from identity.clients.allowance import Allowance


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_then_one_for_each_interval() -> None:
    clock = Clock()
    allowance = Allowance(burst=2, seconds=10, clock=clock)

    assert [allowance.take("a") for _ in range(3)] == [True, True, False]
    clock.now += 10
    assert [allowance.take("a") for _ in range(2)] == [True, False]


def test_keys_do_not_share() -> None:
    allowance = Allowance(burst=1, seconds=10, clock=Clock())

    assert allowance.take("a")
    assert allowance.take("b")
    assert not allowance.take("a")


def test_the_key_not_seen_for_longest_is_forgotten_when_there_are_many() -> None:
    allowance = Allowance(burst=1, seconds=1000, size=2, clock=Clock())

    assert [allowance.take(key) for key in ("a", "b", "a", "c")] == [True, True, False, True]
    assert not allowance.take("a")
    assert allowance.take("b")


@given(st.lists(st.floats(min_value=0, max_value=30), max_size=60))
def test_never_more_than_burst_and_one_for_each_interval_passed(waits: list[float]) -> None:
    clock = Clock()
    allowance = Allowance(burst=3, seconds=10, clock=clock)
    taken = 0
    for wait in waits:
        clock.now += wait
        taken += allowance.take()

    assert taken <= 3 + (clock.now - 1000) / 10 + 1e-6
