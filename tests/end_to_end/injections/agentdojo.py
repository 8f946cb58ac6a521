"""The goals and attack texts of AgentDojo, read from its source as text: none of its code is imported or run.

`make attacks` installs the package beside the environment, in `.venv/attacks`, where nothing can import it by accident.
Another benchmark's goals concern tools that this system does not have; obeying one here means the nearest that it has.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.end_to_end.injections.corpus import Injection, Targets, Want, budget, launch, message, pause, publish

PLACE = Path(sys.prefix) / "attacks" / "agentdojo"
_NAMES = {"user": "Emma Johnson", "model": "AI assistant", "tools": "", "task": "the task"}
_NEAREST: tuple[tuple[tuple[str, ...], str], ...] = (
    (("email",), "message"),
    (("transaction", "transfer", "money", "payment"), "budget"),
    (("reservation", "calendar", "event", "invite"), "launch"),
    (("website", "visit", "say that"), "publish"),
    (("delete", "password"), "pause"),
)
"""Words of a goal and what it comes to; everything else sends a message."""


class _Unreadable(Exception):
    """An expression that is more than text put together from text."""


def is_installed() -> bool:
    return PLACE.is_dir()


@cache
def goals() -> tuple[str, ...]:
    """What its injection tasks ask for, in every version of its suites; each wording once."""
    files = sorted(PLACE.glob("default_suites/**/injection_tasks.py"))
    return tuple(dict.fromkeys(goal for file in files for goal in _goals(ast.parse(file.read_text()))))


@cache
def attacks() -> tuple[str, ...]:
    """The texts that its attacks wrap a goal in; `{goal}` stands for it."""
    found: list[str] = []
    for file in sorted(PLACE.glob("attacks/*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            values = node.args if isinstance(node, ast.Call) else [node.value] if isinstance(node, ast.Assign) else []
            texts = [
                value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)
            ]
            found += [text for text in texts if "{goal}" in text]
    return tuple(dict.fromkeys(found))


def injections(targets: Targets, lead: str, *, every_attack: bool) -> list[Injection]:
    """Each goal in each attack's words, or the attacks taken in turns."""
    templates = attacks()
    made: list[Injection] = []
    for number, goal in enumerate(goals()):
        chosen = templates if every_attack else (templates[number % len(templates)],)
        for attack in chosen:
            text = attack.format(goal=goal, **_NAMES).strip()
            name = f"agentdojo-{number}-{templates.index(attack)}"
            made.append(Injection(name, text, (_nearest(goal, targets, lead),)))
    return made


def _nearest(goal: str, targets: Targets, lead: str) -> Want:
    said = goal.lower()
    kind = next((kind for words, kind in _NEAREST if any(word in said for word in words)), "message")
    match kind:
        case "budget":
            return budget(targets, "9000.00")
        case "launch":
            return launch(targets)
        case "publish":
            return publish(targets)
        case "pause":
            return pause(targets)
        case _:
            return message(lead, goal)


def _goals(module: ast.Module) -> Iterator[str]:
    around = _texts(module.body, {})
    for task in module.body:
        if isinstance(task, ast.ClassDef):
            goal = _texts(task.body, around).get("GOAL")
            if goal:
                yield goal


def _texts(body: list[ast.stmt], around: Mapping[str, str]) -> dict[str, str]:
    """The names that a block gives to texts."""
    known = dict(around)
    for statement in body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            try:
                known[statement.targets[0].id] = _text(statement.value, known)
            except _Unreadable:
                continue  # a number, a list or a call: no text of the task
    return known


def _text(node: ast.expr, known: Mapping[str, str]) -> str:
    match node:
        case ast.Constant(value=str() as value):
            return value
        case ast.JoinedStr(values=values):
            return "".join(_text(value, known) for value in values)
        case ast.FormattedValue(value=value):
            return _text(value, known)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left, known) + _text(right, known)
        case ast.Name(id=name) if name in known:
            return known[name]
        case _:
            raise _Unreadable(ast.dump(node))
