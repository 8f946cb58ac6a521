"""The suite's questions and made-up ones, read here and answered from the files: fast, and without a database."""

from collections.abc import Mapping
from typing import Any

import pytest

from evals.analytics.arranging import first
from evals.analytics.judging import differing
from evals.analytics.paraphrases import paraphrases
from evals.analytics.questions import Question, load_questions
from evals.analytics.recompute import spec_of
from evals.analytics.worlds import WORLDS, WorldName
from mcp_servers.analytics.domain.reading import Lexicon
from tests.unit.analytics.generated import SEED, Reader, market_of, reader_of

QUESTIONS = load_questions()
MADE = 60


@pytest.fixture(scope="module")
def readers(lexicon: Lexicon) -> Mapping[WorldName, Reader]:
    return {name: reader_of(name, lexicon) for name in WORLDS}


def fault(question: Question, reader: Reader) -> str | None:
    """Why an answer is not the right one; several currencies and namesakes are refused by the database's own look."""
    answer: Mapping[str, Any] = reader.answer(question.text)
    if answer["status"] != "answered":
        refused = question.gold is None or reader.market.is_refused(question.gold)
        return None if refused else f"declined: {answer['reason']}"
    spec = spec_of(answer["query"])
    if reader.market.is_refused(spec):
        rightly = question.gold is None or reader.market.is_refused(question.gold)
        return None if rightly else "declined: several currencies, or places of one name"
    if question.gold is None:
        return f"wrong: answered {answer['query']}"
    difference = differing(first(reader.market.rows(spec), spec), reader.market.rows(question.gold), question.gold)
    return f"wrong: {difference}" if difference else None


@pytest.mark.parametrize("world", WORLDS)
def test_every_question_of_the_suite_is_read_right_or_rightly_declined(
    world: WorldName, readers: Mapping[WorldName, Reader]
) -> None:
    asked = [question for question in QUESTIONS if question.world == world]

    faults = {question.text: found for question in asked if (found := fault(question, readers[world]))}

    assert faults == {}


@pytest.mark.parametrize("world", WORLDS)
def test_questions_made_by_a_grammar_are_read_as_what_they_were_made_from(
    world: WorldName, readers: Mapping[WorldName, Reader]
) -> None:
    made = paraphrases(WORLDS[world], market_of(world), SEED, MADE)

    faults = {question.text: found for question in made if (found := fault(question, readers[world]))}

    assert faults == {}


def test_the_suite_is_as_large_and_as_bilingual_as_it_claims() -> None:
    spanish = sum(question.language == "es" for question in QUESTIONS)
    declined = sum(question.gold is None for question in QUESTIONS)

    assert len(QUESTIONS) >= 200
    assert spanish >= 0.4 * len(QUESTIONS)
    assert declined >= 45
    assert len({(question.world, question.text) for question in QUESTIONS}) == len(QUESTIONS)
