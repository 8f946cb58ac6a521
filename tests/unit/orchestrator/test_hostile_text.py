"""Reading a long message takes work in proportion to its length, whatever it repeats."""

import sys
from types import FrameType

import pytest

from orchestrator.domain.turn import Situation
from orchestrator.understanding.playbook import read
from tests.unit.orchestrator.conftest import TODAY

UNITS = [
    "a", "1 ", "1.000,", "uno dos tres ", "para los ", "campaña de ", "Producto De ", "presupuesto ", "del 1 al ",
    "-", "$", "· ", "\n", "y ", "Cold Brew ", "12 mil ", "2026-11-01 ", "“", "público ", "de ", "\u202e", "😀", "ñ́",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_reading_takes_steps_in_proportion_to_the_message(unit: str, situation: Situation) -> None:
    short, long = (unit * 2_000)[:2_000], (unit * 8_000)[:8_000]

    assert _steps(long, situation) < 8 * _steps(short, situation)


def _steps(text: str, situation: Situation) -> int:
    """Calls made while reading: a measure of work that no other process can disturb."""
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        read(text, situation, TODAY)
    finally:
        sys.setprofile(None)
    return counted
