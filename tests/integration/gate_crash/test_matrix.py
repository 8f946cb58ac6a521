"""An attempt that dies, or is stopped and comes back, at each step and each kind of platform: never two effects."""

import asyncio
from itertools import product

import pytest

from kernel.gate.errors import StaleFence
from kernel.gate.models import Receipt
from mcp_servers.crm.errors import PlatformUnavailable
from sandbox.kinds import Kind
from tests.integration.gate_crash.conftest import SEEN
from tests.integration.gate_crash.interruption import STEPS, Interruption, Manner, Step
from tests.integration.gate_crash.scenes import End, Scene, Tool, World, killed, scene

SCENES: tuple[tuple[Tool, Kind], ...] = (
    ("send_message", "honouring"),
    ("send_message", "slow"),
    ("send_message", "lying"),
    ("send_message", "forgetful"),
    ("publish_asset", "honouring"),
    ("publish_asset", "lying"),
    ("publish_asset", "forgetful"),
    ("launch_campaign", "honouring"),
    ("launch_campaign", "lying"),
    ("launch_campaign", "forgetful"),
)
CASES = [(tool, kind, step) for (tool, kind), step in product(SCENES, STEPS)]
IN_DOUBT: frozenset[Step] = frozenset({"before effect", "in effect", "before receipt"})
"""Between the entry of an attempt and its receipt: only the platform knows."""


def expected(kind: Kind, step: Step) -> End:
    if kind == "lying":
        return "differs"
    return "unknown" if kind == "forgetful" and step in IN_DOUBT else "succeeded"


def effects_expected(tool: Tool, kind: Kind, step: Step, manner: Manner) -> int:
    """One, but where the platform lies about having done anything, or nobody got as far as asking it."""
    if kind == "lying" and tool != "launch_campaign":  # a launch is booked with another budget
        return 0
    never_asked = kind == "forgetful" and step == "before effect" and manner == "killed"
    return 0 if never_asked else 1


def returning(kind: Kind, step: Step) -> type[object]:
    """What an overtaken attempt ends with: it has its receipt, or stores none."""
    if step == "after receipt":
        return Receipt
    return PlatformUnavailable if (kind, step) == ("slow", "in effect") else StaleFence


async def looked_up(play: Scene) -> Receipt | None:
    return await play.process().look_up(play.tenant, play.action_id, play.canonical)


async def check(play: Scene, end: End, tool: Tool, kind: Kind, step: Step, manner: Manner) -> None:
    effects = await play.effects()
    assert (end, effects) == (expected(kind, step), effects_expected(tool, kind, step, manner))
    words = f"{end}, {effects} effect{'' if effects == 1 else 's'}"
    if end != "unknown":
        SEEN[step, manner, kind].add(words)
        return
    found = await looked_up(play)
    assert (found is not None) == (effects == 1)
    assert found is None or found.differences == []
    assert await play.effects() == effects
    SEEN[step, manner, kind].add(f"{words}, {'found' if found else 'nothing found'} by a look-up")


@pytest.mark.parametrize(("tool", "kind", "step"), CASES)
async def test_an_action_whose_attempt_was_killed_happens_at_most_once(
    world: World, tool: Tool, kind: Kind, step: Step
) -> None:
    play = await scene(world, tool, kind)
    interruption = Interruption(step, "killed")

    attempt, fence = await play.interrupted(play.process(interruption), interruption)
    await killed(attempt)
    end = await play.finish(play.process(), fence + 1)

    await check(play, end, tool, kind, step, "killed")


@pytest.mark.parametrize(("tool", "kind", "step"), CASES)
async def test_an_attempt_that_comes_back_after_it_was_overtaken_changes_nothing(
    world: World, tool: Tool, kind: Kind, step: Step
) -> None:
    play = await scene(world, tool, kind)
    interruption = Interruption(step, "stopped")

    attempt, fence = await play.interrupted(play.process(interruption), interruption)
    overtaking = play.process()
    end = await play.finish(overtaking, fence + 1)
    interruption.resume()
    [returned] = await asyncio.gather(attempt, return_exceptions=True)
    again = await play.finish(overtaking, fence + 10)

    assert isinstance(returned, returning(kind, step)), returned
    assert again == end
    await check(play, end, tool, kind, step, "stopped")
