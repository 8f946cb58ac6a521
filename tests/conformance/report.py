"""The table: a row for each check, a column for each server."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from kernel.settings import Service
from tests.conformance.outcome import Outcome, Verdict

_COLOURS: dict[Verdict, str] = {"passed": "green", "expected": "yellow", "vacuous": "dim", "failed": "bold red"}


def show(results: Mapping[Service, Sequence[Outcome]], console: Console) -> int:
    """Print the table, what failed, why failures are expected, and the sums; returns how many failed."""
    everything = [outcome for outcomes in results.values() for outcome in outcomes]
    for group in dict.fromkeys(outcome.group for outcome in everything):
        console.print(_table(group, results))
    for reason in dict.fromkeys(outcome.detail for outcome in everything if outcome.verdict == "expected"):
        console.print(f"expected: {escape(reason)}", style="dim")
    for server, outcomes in results.items():
        for outcome in outcomes:
            if outcome.verdict == "failed":
                console.print(f"{server}, {outcome.group}, {outcome.name}: {escape(outcome.detail)}", style="red")
    counts = Counter(outcome.verdict for outcome in everything)
    console.print(f"{counts['expected']} failed as expected, {counts['vacuous']} tested nothing")
    console.print(f"{counts['passed']} passed, {counts['failed']} failed")
    return counts["failed"]


def _table(group: str, results: Mapping[Service, Sequence[Outcome]]) -> Table:
    columns = [server for server, outcomes in results.items() if any(outcome.group == group for outcome in outcomes)]
    table = Table(Column("check", no_wrap=True), *columns, title=group, title_justify="left")
    cells = {
        (server, outcome.name): _cell(outcome)
        for server, outcomes in results.items()
        for outcome in outcomes
        if outcome.group == group
    }
    for name in dict.fromkeys(name for _, name in cells):
        table.add_row(name, *(cells.get((server, name), "") for server in columns))
    return table


def _cell(outcome: Outcome) -> str:
    counted = f" ({outcome.detail})" if outcome.verdict == "passed" and outcome.detail else ""
    colour = _COLOURS[outcome.verdict]
    return f"[{colour}]{outcome.verdict}{counted}[/{colour}]"
