from typing import Any

import pytest

from orchestrator.domain.brief import Brief, BriefField, Problem, ProblemCode
from orchestrator.domain.catalogue import Catalogue
from orchestrator.domain.questions import question
from orchestrator.domain.turn import Situation
from orchestrator.understanding.playbook import read
from orchestrator.understanding.validation import interpret
from tests.unit.orchestrator.conftest import TODAY


def asked(text: str, situation: Situation) -> str:
    turn = interpret(read(text, situation, TODAY), situation, "playbook")
    return question(turn.problems, turn.brief.missing(), turn.brief, situation.catalogue, turn.language)


def test_several_missing_parts_are_asked_in_one_question_that_names_each(situation: Situation) -> None:
    spanish = asked("Quiero lanzar Cold Brew", situation)
    english = asked("I want to launch Cold Brew", situation)

    assert all(word in spanish for word in ("la meta", "el país", "el presupuesto", "las fechas"))
    assert all(word in english for word in ("the goal", "the country", "the budget", "the dates"))
    assert "product" not in english


def test_the_known_products_are_offered(situation: Situation) -> None:
    assert "Cold Brew, Café Tarrazú Premium, Taza Térmica, Eco Bottle" in asked("I need a campaign", situation)
    assert "«Mega Taza»" in asked("lanza el producto Mega Taza en Perú", situation)


def test_a_problem_is_told_once_with_its_fix_and_the_rest_is_asked(situation: Situation) -> None:
    text = asked("Launch Cold Brew in Spain with -500 USD", situation)

    assert text.startswith("The budget has to be above zero, not -500.")
    assert text.count("budget") == 1
    assert "the goal" in text


def test_only_the_missing_end_of_a_period_is_asked(situation: Situation) -> None:
    text = asked("Launch Cold Brew in Spain with 500 USD, 30 sales, from December 1", situation)

    assert text == "To plan this I still need the last day of the campaign."


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_problem_has_words_in_both_languages(language: Any, catalogue: Catalogue) -> None:
    known: list[tuple[BriefField, ProblemCode]] = [
        ("product", "unknown"), ("product", "ambiguous"), ("client", "unknown"), ("client", "ambiguous"),
        ("country", "unknown"), ("budget", "not_positive"), ("budget", "currency_missing"), ("budget", "several"),
        ("budget", "too_precise"), ("goal", "not_positive"), ("goal", "metric_missing"), ("period", "invalid_date"),
        ("period", "reversed"),
    ]  # fmt: skip
    for field, code in known:
        problem = Problem(field=field, code=code, said="X", options=("A", "B"))
        assert question([problem], (), Brief(), catalogue, language)
