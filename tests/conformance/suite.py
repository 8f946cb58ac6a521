"""The conformance suite of the protocol, run against one server."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from kernel.settings import Service
from tests.conformance.clients import HERE, MODULES, Finished, node, run, version
from tests.conformance.expectations import Check, Expectations
from tests.conformance.outcome import Outcome

_SECONDS = 180
CHECKS = TypeAdapter(list[Check])
_FOLDER = re.compile(r"server-(?P<scenario>.+?)-\d{4}-\d\d-\d\dT.*")


@dataclass(frozen=True, slots=True)
class Suite:
    """A version of the suite, and the protocol revision it speaks."""

    package: str
    revision: str
    scenarios: int
    """How many it has for servers of that revision."""
    generic: frozenset[str]
    """The scenarios that any server has to pass, whatever it offers."""

    @property
    def group(self) -> str:
        return f"{self.revision}, suite {version(self.package)}"


_LISTS = {"tools-list", "resources-list", "prompts-list", "completion-complete", "dns-rebinding-protection"}
_MODERN = frozenset({*_LISTS, "server-stateless", "caching", "http-header-validation", "sep-2164-resource-not-found"})
_LEGACY = frozenset({*_LISTS, "server-initialize", "ping"})

SUITES = (
    Suite("@modelcontextprotocol/conformance", "2026-07-28", 40, _MODERN),
    Suite("@modelcontextprotocol/conformance", "2025-11-25", 33, _LEGACY),
    Suite("conformance-legacy", "2025-11-25", 32, _LEGACY),
)

GATED_SERVERS: tuple[Service, ...] = ("content", "ads", "crm")
"""Those that have the Tasks extension."""
_TASKS = (
    "tasks-lifecycle",
    "tasks-capability-negotiation",
    "tasks-wire-fields",
    "tasks-request-state-removal",
    "tasks-mrtr-input",
    "tasks-request-headers",
    "tasks-dispatch-and-envelope",
    "tasks-status-notifications",
    "tasks-required-task-error",
    "tasks-mrtr-composition",
)
"""The scenarios of the Tasks extension, which belong to no revision and run by name alone."""


async def run_suite(suite: Suite, url: str, expectations: Expectations, results: Path) -> list[Outcome]:
    """Every scenario of a revision against the server behind `url`; `results` is a folder of its own."""
    done = await _run(suite, url, results, "--suite", "all", "--spec-version", suite.revision)
    found = dict(_results(results))
    outcomes = [
        expectations.judge(suite.group, scenario, checks, suite.generic) for scenario, checks in sorted(found.items())
    ]
    if len(found) != suite.scenarios or not suite.generic <= found.keys():
        problem = f"{len(found)} of {suite.scenarios} scenarios were run; {done.complaint}"
        outcomes.append(Outcome(suite.group, "every scenario is run", "failed", problem))
    return outcomes


async def run_tasks(url: str, expectations: Expectations, results: Path) -> list[Outcome]:
    """Every scenario of the Tasks extension, against a server that has it."""
    suite = SUITES[0]
    group = f"Tasks extension, suite {version(suite.package)}"
    said = [(await _run(suite, url, results, "--scenario", scenario)).complaint for scenario in _TASKS]
    found = dict(_results(results))
    outcomes = [expectations.judge(group, scenario, checks, ()) for scenario, checks in sorted(found.items())]
    missing = [f"{name}: {complaint}" for name, complaint in zip(_TASKS, said, strict=True) if name not in found]
    return [*outcomes, Outcome(group, "every scenario is run", "failed", "; ".join(missing))] if missing else outcomes


async def _run(suite: Suite, url: str, results: Path, *options: str) -> Finished:
    program = str(MODULES / suite.package / "dist" / "index.js")
    command = (node(), program, "server", "--url", f"{url}/mcp", "--output-dir", str(results), *options)
    return await run(command, cwd=HERE, env={"PATH": os.environ["PATH"], "HOME": str(results)}, seconds=_SECONDS)


def _results(folder: Path) -> Iterator[tuple[str, list[Check]]]:
    for path in folder.glob("*/checks.json"):
        if match := _FOLDER.fullmatch(path.parent.name):
            yield match["scenario"], CHECKS.validate_python(json.loads(path.read_text()))
