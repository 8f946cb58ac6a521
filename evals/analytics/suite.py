"""The suite run: a system of its own, the generated files through import and pipeline, the questions through MCP."""

import asyncio
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evals.analytics.dataset import write_files
from evals.analytics.gold import Market
from evals.analytics.judging import Answer, Fault, faults_of
from evals.analytics.questions import Question
from evals.analytics.worlds import WORLDS, World
from evals.mcp_wire import tool_call_json
from evals.system import command, environment, running_system
from kernel.auth import TokenClient
from kernel.settings import Settings
from kernel.tls import service_http

IMPORTS = ("ads-metrics", "leads", "sales")
_UNSCHEDULED = {"PROMPTSALES_PIPELINE_SECONDS": "86400"}
_SAMPLE_EVERY = 80


class CommandFailed(Exception):
    """A `promptsales` command ended with an error; the message ends with what it said."""


@dataclass(frozen=True, slots=True)
class Result:
    question: Question
    answer: Answer
    faults: list[Fault]


@dataclass(slots=True)
class Outcome:
    """What a run found. `loading` says what went wrong outside the questions; empty when nothing did."""

    results: list[Result] = field(default_factory=list[Result])
    loading: list[str] = field(default_factory=list[str])
    rows: int = 0


def run_suite(questions: Sequence[Question], seed: int) -> Outcome:
    """Every question asked of the world it belongs to. Starts and stops one system a world."""
    outcome = Outcome()
    for world in WORLDS.values():
        own = [question for question in questions if question.world == world.name]
        if not own:
            continue
        with TemporaryDirectory() as folder, running_system(seed=False, pace=_UNSCHEDULED) as (settings, _):
            write_files(world, seed, Path(folder))
            market = Market.read(Path(folder))
            outcome.rows += _load(settings, Path(folder), outcome)
            asyncio.run(_ask(settings, world, market, own, outcome))
            _ask_by_command(settings, world, own, outcome)
    return outcome


def _load(settings: Settings, folder: Path, outcome: Outcome) -> int:
    """Import and bring everything, then again; how many rows the files have."""
    read = 0
    for kind in IMPORTS:
        report = _run(settings, "import", kind, str(folder / f"{kind}.csv"), "--json")
        read += report["rows_read"]
        if report["inserted"] != report["rows_read"]:
            outcome.loading.append(f"{kind}: {report['inserted']} of {report['rows_read']} rows were inserted")
    _run(settings, "pipeline", "run", "--json")
    for kind in IMPORTS:
        report = _run(settings, "import", kind, str(folder / f"{kind}.csv"), "--json")
        if report["inserted"] or report["updated"]:
            outcome.loading.append(f"{kind} changed {report} when loaded again")
    again = _run(settings, "pipeline", "run", "--json")
    if again["rows_read"]:
        outcome.loading.append(f"the pipeline brought {again['rows_read']} rows again")
    return read


async def _ask(
    settings: Settings, world: World, market: Market, questions: Sequence[Question], outcome: Outcome
) -> None:
    async with service_http(settings, timeout=60) as http, TokenClient(settings, "cli") as tokens:
        for question in questions:
            token = await tokens.assertion("marketer", "analytics")
            arguments = {"question": question.text, "as_of": world.as_of.isoformat()}
            answer = await tool_call_json(http, settings.audience("analytics"), token, "ask", arguments)
            outcome.results.append(Result(question, answer, faults_of(answer, question.gold, market)))


def _ask_by_command(settings: Settings, world: World, questions: Sequence[Question], outcome: Outcome) -> None:
    """Every so often the same question by `promptsales ask`: the same answer."""
    known = {r.question.text: r.answer for r in outcome.results if r.question.world == world.name}
    for question in questions[::_SAMPLE_EVERY]:
        answer = _run(settings, "ask", question.text, "--json", "--as-of", world.as_of.isoformat())
        different = [
            name for name in ("status", "answer", "rows", "query") if answer[name] != known[question.text][name]
        ]
        if different:
            outcome.loading.append(f"promptsales ask {question.text!r} differs in {', '.join(different)}")


def _run(settings: Settings, *arguments: str) -> Any:
    done = subprocess.run(
        command(*arguments), env=environment(settings), capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        raise CommandFailed(f"promptsales {' '.join(arguments)}: {(done.stderr or done.stdout)[-1000:]}")
    return json.loads(done.stdout)
