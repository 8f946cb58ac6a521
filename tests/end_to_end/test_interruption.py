"""kill -9 of the orchestrator in the middle of a turn: going on repeats no proposal."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.end_to_end.conversation import Chunk, Person, person, turn_of
from tests.end_to_end.system import System, eventually

BRIEF = "Launch Cold Brew Kit in Mexico from December 1 to 31, 2026 with {budget} USD, goal: 90 sales"
MOMENTS: dict[str, tuple[str, Callable[[Chunk], bool]]] = {
    "while planning": ("1111.11", lambda chunk: _progress(chunk) == ("tool", "ads", "started")),
    "after composing": ("2222.22", lambda chunk: chunk["type"] == "data-strategy"),
    "while proposing": ("3333.33", lambda chunk: chunk["type"] == "data-approval"),
}


def _progress(chunk: Chunk) -> tuple[str, str, str] | None:
    data = chunk.get("data", {})
    return (data["step"], data["specialist"], data["status"]) if chunk["type"] == "data-progress" else None


async def _kill_when(
    system: System, marketer: Person, thread: str, budget: str, moment: Callable[[Chunk], bool]
) -> int:
    """Send the brief and kill the process at a chunk of its stream; the id it had."""
    killed = 0
    try:
        async for chunk in marketer.stream(thread, BRIEF.format(budget=budget)):
            if not killed and moment(chunk):
                killed = system.kill("orchestrator")
    except httpx2.HTTPError:
        pass  # the stream breaks off with the process
    assert killed, "the moment never came"
    return killed


@pytest.mark.parametrize("moment", MOMENTS)
async def test_an_interrupted_turn_goes_on_and_proposes_one_launch(moment: str, system: System) -> None:
    budget, when = MOMENTS[moment]
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        marketer = await person(system, http)
        thread = await marketer.thread()
        await system.recovered("orchestrator", await _kill_when(system, marketer, thread, budget, when))
        assert (await marketer.get(f"/v1/threads/{thread}")).json()["status"] == "interrupted"

        resumed = await marketer.post(f"/v1/threads/{thread}/resume")
        assert resumed.status_code == 202, resumed.text
        chunks = await marketer.follow(thread, resumed.json()["turn_id"])
        assert chunks is not None
        turn = turn_of(chunks)

        assert (turn["status"], turn["strategy"]["version"]) == ("strategy", 1)
        assert len(await _launches(system, budget)) == 1
        assert len([item for item in turn["approvals"] if item["tool"] == "launch_campaign"]) == 1
        assert (await marketer.get(f"/v1/threads/{thread}")).json()["status"] == "idle"


async def test_the_next_message_finishes_an_interrupted_turn_first(system: System) -> None:
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        marketer = await person(system, http)
        thread = await marketer.thread()
        killed = await _kill_when(system, marketer, thread, "4444.44", MOMENTS["after composing"][1])
        await system.recovered("orchestrator", killed)

        turn = await marketer.say(thread, "set the budget to 4555.55 USD")

        assert (turn["status"], turn["strategy"]["version"]) == ("strategy", 2)

        async def superseded() -> bool:
            (first,) = await _launches(system, "4444.44")
            return bool(first["status"] == "cancelled")

        await eventually(superseded)
        assert [action["status"] for action in await _launches(system, "4555.55")] == ["pending"]


async def test_a_server_that_does_not_answer_is_told_and_the_turn_goes_on_when_it_does(system: System) -> None:
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        marketer = await person(system, http)
        thread = await marketer.thread()
        await marketer.say(thread, "hello")
        killed = system.kill("ads")

        failed = await marketer.say(thread, BRIEF.format(budget="5555.55"))

        assert (failed["status"], failed["error"]["code"]) == ("error", "server_unavailable")
        assert failed["error"]["fix"]
        await system.recovered("ads", killed)
        resumed = await marketer.post(f"/v1/threads/{thread}/resume")
        chunks = await marketer.follow(thread, resumed.json()["turn_id"])
        assert chunks is not None
        assert turn_of(chunks)["status"] == "strategy"
        assert len(await _launches(system, "5555.55")) == 1


async def test_a_server_that_was_restarted_between_two_turns_is_reached_again(system: System) -> None:
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        marketer = await person(system, http)
        thread = await marketer.thread()
        question = "How many sales did we close last month?"
        assert (await marketer.say(thread, question))["status"] == "answer"

        await system.recovered("analytics", system.kill("analytics"))

        assert (await marketer.say(thread, question))["status"] == "answer"


async def _launches(system: System, budget: str) -> list[dict[str, Any]]:
    """Every launch ever proposed with this budget, which one test alone uses."""
    found = await system.rest("reviewer", "approvals", "GET", "/v1/actions?server=ads&limit=200")
    return [
        action
        for action in found.json()["items"]
        if action["tool"] == "launch_campaign" and action["exposure"]["amount"] == budget
    ]
