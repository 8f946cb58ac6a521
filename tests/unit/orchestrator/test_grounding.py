"""A model's reading is only believed where the message says it."""

from typing import Any

import pytest

from agents.report import Usage
from orchestrator.domain.turn import Situation
from orchestrator.understanding.llm import ModelReader, ReadingFailed, grounded
from orchestrator.understanding.reading import Reading
from orchestrator.understanding.validation import interpret
from tests.unit.orchestrator.conftest import TODAY

TEXT = "Launch Cold Brew in Costa Rica from December 1 to 31, 2026 with $12,000, goal 300 sales"
READ = Reading(
    route="strategy",
    language="en",
    client="Café Volcán",
    products=["Cold Brew"],
    countries=["Costa Rica"],
    budget_amount="12000",
    budget_currency="USD",
    start="2026-12-01",
    end="2026-12-31",
    goal_metric="sales",
    goal_value="300",
)


def test_what_the_message_says_is_kept() -> None:
    found = grounded(READ, TEXT, TODAY)

    assert found == READ.model_copy(update={"client": None})


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("Launch Cold Brew in Costa Rica", {"budget_amount", "goal_value", "start", "end"}),
        ("Launch something in Costa Rica in December with $12,000 for 300 sales", {"products"}),
        ("Launch Cold Brew in December with $12,000 for 300 sales", {"countries"}),
    ],
)
def test_what_the_message_does_not_say_is_taken_out(text: str, lost: set[str]) -> None:
    found = grounded(READ, text, TODAY).model_dump()

    empty = {name for name, value in READ.model_dump().items() if value and not found[name]}
    assert empty == lost | {"client"}


def test_an_invented_essential_is_asked_for(situation: Situation) -> None:
    reading = grounded(READ, "I want to launch Cold Brew", TODAY)

    turn = interpret(reading, situation, "llm")

    assert turn.brief.missing() == ("goal", "country", "budget", "period")
    assert turn.engine == "llm"


def test_a_country_the_world_does_not_have_is_a_problem_not_a_country(situation: Situation) -> None:
    reading = READ.model_copy(update={"countries": ["Wakanda"], "client": None})

    (problem,) = interpret(grounded(reading, TEXT, TODAY), situation, "llm").problems

    assert (problem.field, problem.said) == ("country", "Wakanda")


class StandIn:
    """Takes the place of the chat model behind `with_structured_output`."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.seen: list[Any] = []

    def with_structured_output(self, *_: Any, **__: Any) -> "StandIn":
        return self

    async def ainvoke(self, messages: Any) -> Any:
        self.seen.append(messages)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def test_a_reading_costs_one_call_and_tells_the_model_what_is_known(situation: Situation) -> None:
    class Raw:
        usage_metadata = {"total_tokens": 321}  # noqa: RUF012

    model: Any = StandIn({"parsed": READ, "raw": Raw()})

    reading, usage = await ModelReader(model).read(TEXT, situation, TODAY)

    ((system, user),) = model.seen
    assert reading.products == ["Cold Brew"]
    assert usage == Usage(model_calls=1, sequential_model_calls=1, tokens=321)
    assert "Café Volcán: Cold Brew, Café Tarrazú Premium" in system[1]
    assert user == ("user", TEXT)


@pytest.mark.parametrize("answer", [ConnectionError("refused"), {"parsed": None, "raw": None}])
async def test_a_model_that_fails_gives_no_reading(answer: Any, situation: Situation) -> None:
    model: Any = StandIn(answer)

    with pytest.raises(ReadingFailed):
        await ModelReader(model).read(TEXT, situation, TODAY)
