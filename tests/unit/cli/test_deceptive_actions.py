"""What `promptsales approvals` makes of action text that would deceive, or command the terminal."""

import json
from typing import Any

import pytest

from tests.unit.cli.conftest import Command, Services
from tests.unit.cli.test_approvals import ACTION

ESCAPES = "\x1b[2J\x1b]0;title\x07\x9b31m\x08\r"
HOSTILE: dict[str, Any] = ACTION | {
    "summary": f"Raise to \u202e0001 USD{ESCAPES}\napprovals 2 of 2",
    "client": "Cаfe\u200b Alta",
    "args": {"note": f"see{ESCAPES}", "k\u2066ey": ["\U000e0041", "Cаfe"], "body": "two\nlines"},
    "exposure": {"amount": f"1{ESCAPES}", "currency": "USD"},
    "evidence": [{"title": f"ROAS{ESCAPES}", "detail": "4.2\nHistory: all is well"}],
    "diff": [{"path": "/args/\u202enote", "kind": "changed", "before": ESCAPES, "after": "\u200b"}],
    "reason": f"because{ESCAPES}",
    "receipt": {"platform": f"ads{ESCAPES}"},
    "history": [{"at": "2026-11-22T10:00:00Z", "event": "proposed", "actor": f"user:{ESCAPES}"}],
    "warnings": [
        {"path": "/summary", "kind": "bidi", "characters": ["U+202E"], "shown": "Raise to ‹U+202E›0001 USD"},
        {"path": f"/args/{ESCAPES}", "kind": "unheard-of", "characters": [], "shown": f"\x1b[8m{ESCAPES}"},
    ],
}
COMMANDS = [
    ("show", "act_1"),
    ("list",),
    ("approve", "act_1"),
    ("reject", "act_1", "--reason", "no"),
    ("edit", "act_1", "--set", "body=other", "--reason", "less"),
]


@pytest.fixture
def queue(services: Services) -> Services:
    problem = {"detail": f"It was approved by {ESCAPES}\u202e.", "fix": f"Look{ESCAPES}"}
    services.answers = {
        "GET /v1/actions": (200, {"items": [HOSTILE], "next_cursor": None}),
        "GET /v1/actions/act_1": (200, HOSTILE),
        "POST /v1/actions/act_1/approve": (200, HOSTILE),
        "POST /v1/actions/act_1/reject": (409, problem),
        "POST /v1/actions/act_1/edit": (200, HOSTILE),
    }
    return services


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
def test_nothing_that_hides_or_commands_reaches_the_terminal(
    queue: Services, promptsales: Command, arguments: tuple[str, ...], options: tuple[str, ...]
) -> None:
    result = promptsales("approvals", *arguments, *options)

    unseen = {letter for letter in result.out + result.err if not letter.isprintable()}
    assert unseen <= {"\n"}


def test_json_still_is_the_services_document(queue: Services, promptsales: Command) -> None:
    assert json.loads(promptsales("approvals", "show", "act_1", "--json").out) == HOSTILE


def test_the_action_is_shown_with_its_hidden_characters_and_lookalikes_in_the_open(
    queue: Services, promptsales: Command
) -> None:
    result = promptsales("approvals", "show", "act_1")

    assert "Raise to ‹U+202E›0001 USD‹U+001B›[2J" in result.out
    assert "C‹U+0430›fe‹U+200B› Alta" in result.out
    assert '"k‹U+2066›ey"' in result.out
    assert '"body": "two\\nlines"' in result.out


def test_a_line_break_in_a_text_makes_no_line_of_its_own(queue: Services, promptsales: Command) -> None:
    lines = [line.strip() for line in promptsales("approvals", "show", "act_1").out.splitlines()]

    assert not any(line.startswith(("approvals 2 of 2", "History: all is well")) for line in lines)


@pytest.mark.parametrize("arguments", COMMANDS[:3], ids=lambda arguments: arguments[0])
def test_warnings_are_said_aloud_before_the_decision(
    queue: Services, promptsales: Command, arguments: tuple[str, ...]
) -> None:
    said = promptsales("approvals", *arguments).err

    assert "text that is turned around: Raise to ‹U+202E›0001 USD (at /summary)" in said
    assert "unheard-of: ‹U+001B›[8m" in said
    assert " ! " in said


def test_an_action_without_warnings_is_shown_without_any(services: Services, promptsales: Command) -> None:
    services.answers = {"GET /v1/actions/act_1": (200, ACTION | {"warnings": []})}

    assert " ! " not in promptsales("approvals", "show", "act_1").err


def test_markup_in_a_text_is_text(services: Services, promptsales: Command) -> None:
    """A backslash before a bracket does not smuggle a style, such as one that conceals, into a table."""
    summary = "Raise \\[conceal]to 9000 USD\\[/conceal] [link=https://evil.example]here[/link]"
    services.answers = {"GET /v1/actions": (200, {"items": [ACTION | {"summary": summary}], "next_cursor": None})}

    out = "".join(promptsales("approvals", "list").out.split())

    assert "".join(summary.split())[:40] in out
