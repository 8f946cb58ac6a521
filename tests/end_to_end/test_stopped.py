"""A part that stops, is overtaken, and goes on where it was (SIGSTOP, SIGCONT): never a second effect, nothing lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest

from tests.end_to_end.system import ROOT, System, eventually
from tests.end_to_end.test_crash import approve
from tests.end_to_end.test_decisions import proposed

Kind = Literal["honouring", "slow", "lying", "forgetful"]
Part = Literal["executor", "ads"]
ENDS: dict[Kind, set[tuple[str, int]]] = {
    "honouring": {("succeeded", 1)},
    "slow": {("succeeded", 1)},
    "lying": {("failed_partial", 1)},
    "forgetful": {("succeeded", 1), ("unknown", 0), ("unknown", 1)},
}
"""How an action may end, with how many effects, on a platform of this kind."""


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system whose ad platform ignores idempotency keys, and which knows it."""
    unsafe = {
        "PROMPTSALES_ADS_PLATFORM_HONOURS_IDEMPOTENCY": "false",
        "PROMPTSALES_SANDBOX_KINDS": "ads:forgetful",
    }
    running = System(tmp_path_factory.mktemp("forgetful"), environment=unsafe)
    running.start("--no-brief")
    yield running
    assert running.stop() == 0


@contextmanager
def stopped(pid: int) -> Generator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def another_executor(system: System) -> Generator[None]:
    """A second executor, which takes over what the first one holds when its lease has run out."""
    with (system.data_dir / "second-executor.log").open("ab") as log:
        second = subprocess.Popen(
            [sys.executable, "-m", "approvals.executor"], cwd=ROOT, env=system.env, stdout=log, stderr=log
        )
    try:
        yield
    finally:
        second.send_signal(signal.SIGTERM)
        second.wait(30)


async def effects(system: System, approval: str) -> int:
    found = await system.sandbox("GET", "/control/effects")
    return sum(one["key"] == approval for one in found["effects"])


async def claims(system: System, approval: str) -> int:
    history: list[dict[str, Any]] = (await system.action(approval))["history"]
    return sum(entry["event"] == "claimed" for entry in history)


async def another_launch_succeeds(system: System, kind: Kind) -> None:
    """Everything runs again, the part that had stopped included."""
    _, approval = await proposed(system, f"After a stop on a {kind} platform")
    await approve(system, approval)
    assert (await system.settled(approval, seconds=60))["status"] == "succeeded"


@pytest.mark.parametrize("kind", ["honouring", "slow", "lying", "forgetful"])
@pytest.mark.parametrize("part", ["executor", "ads"])
async def test_a_part_that_stops_in_mid_effect_and_goes_on_has_no_second_effect(
    request: pytest.FixtureRequest, kind: Kind, part: Part
) -> None:
    system: System = request.getfixturevalue("forgetful" if kind == "forgetful" else "system")
    _, approval = await proposed(system, f"{part} stops in mid-effect on a {kind} platform")
    late = {
        "service": "ads",
        "kind": "lie" if kind == "lying" else "timeout_after_effect",
        "count": 1,
        "method": "POST",
    }
    await system.sandbox("PUT", "/control/faults", late)
    if kind == "slow":
        await system.sandbox("PUT", "/control/kinds", {"service": "ads", "kind": "slow"})

    await approve(system, approval)
    await eventually(lambda: effects(system, approval))
    with another_executor(system):
        with stopped(system.processes()[part]):
            if part == "executor":
                await system.settled(approval, seconds=60)
            elif kind != "lying":
                await eventually(lambda: _claimed_again(system, approval), seconds=60)
        ended = await system.settled(approval, seconds=60)

    if kind == "slow":
        await system.sandbox("PUT", "/control/kinds", {"service": "ads", "kind": None})
    await another_launch_succeeds(system, kind)
    assert (ended["status"], await effects(system, approval)) in ENDS[kind], ended
    assert (await system.action(approval))["status"] == ended["status"]


@pytest.mark.parametrize("kind", ["honouring", "forgetful"])
async def test_an_executor_that_stops_with_a_claim_is_overtaken(request: pytest.FixtureRequest, kind: Kind) -> None:
    system: System = request.getfixturevalue("forgetful" if kind == "forgetful" else "system")
    _, approval = await proposed(system, f"Claimed and stopped on a {kind} platform")
    with stopped(system.processes()["ads"]):
        await approve(system, approval)
        await eventually(lambda: claims(system, approval))
        with stopped(system.processes()["executor"]), another_executor(system):
            await eventually(lambda: _claimed_again(system, approval), seconds=60)

    ended = await system.settled(approval, seconds=60)
    await another_launch_succeeds(system, kind)
    assert (ended["status"], await effects(system, approval)) in ENDS[kind], ended


async def _claimed_again(system: System, approval: str) -> bool:
    return await claims(system, approval) > 1
