"""A message of the greatest length is read in linear time, whatever it repeats."""

import time

import pytest

from orchestrator.domain.turn import Situation
from orchestrator.understanding.playbook import read
from tests.unit.orchestrator.conftest import TODAY

UNITS = [
    "a", "1 ", "1.000,", "uno dos tres ", "para los ", "campaña de ", "Producto De ", "presupuesto ", "del 1 al ",
    "-", "$", "· ", "\n", "y ", "Cold Brew ", "12 mil ", "2026-11-01 ", "“", "público ", "de ", "\u202e", "😀", "ñ́",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_repetition_is_read_in_time(unit: str, situation: Situation) -> None:
    text = (unit * 16_000)[:16_000]

    began = time.perf_counter()
    read(text, situation, TODAY)

    assert time.perf_counter() - began < 3
