"""The tables of who may call what: drawn from what the code enforces, and read back from the README."""

import os
import re
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import cast

from kernel.settings import Service
from tests.integration.access.estate import CALLERS, Caller

README = Path(__file__).parents[3] / "README.md"
Row = tuple[Service, str]
"""A service, and a tool or a route of it."""
Allowed = Mapping[Row, frozenset[Caller]]
_YES, _NO = "✓", "–"


def read(name: str) -> dict[Row, frozenset[Caller]]:
    """Who may call what, as the README's table of that name says."""
    found: dict[Row, frozenset[Caller]] = {}
    lines = [line.strip().strip("|").split("|") for line in _section(name).splitlines() if line.startswith("|")]
    header = [cell.strip() for cell in lines[0]]
    assert header[2:] == list(CALLERS), header
    for cells in lines[2:]:
        services, entries, *marks = (cell.strip() for cell in cells)
        assert set(marks) <= {_YES, _NO}, cells
        allowed: frozenset[Caller] = frozenset(who for who, mark in zip(CALLERS, marks, strict=True) if mark == _YES)
        named = cast("list[Service]", services.split(", "))
        for row in product(named, re.findall(r"`([^`]+)`", entries)):
            assert row not in found, f"{row} stands there twice"
            found[row] = allowed
    return found


def update(name: str, allowed: Allowed) -> None:
    """With `UPDATE_README=1`, write the table of that name anew."""
    if os.environ.get("UPDATE_README"):
        before, after = README.read_text().split(f"<!-- {name} -->{_section(name)}")
        README.write_text(f"{before}<!-- {name} -->{_drawn(allowed)}{after}")


def _drawn(allowed: Allowed) -> str:
    lines = [_line("", "", CALLERS), _line("---", "---", ["---"] * len(CALLERS))]
    together: dict[tuple[str, frozenset[Caller]], list[str]] = {}
    for (service, entry), who in allowed.items():
        together.setdefault((service, who), []).append(f"`{entry}`")
    alike: dict[tuple[str, frozenset[Caller]], list[str]] = {}
    for (service, who), entries in together.items():
        alike.setdefault((" ".join(entries), who), []).append(service)
    for (entries, who), services in alike.items():
        marks = [_YES if caller in who else _NO for caller in CALLERS]
        lines.append(_line(", ".join(services), entries, marks))
    return "\n" + "\n".join(lines) + "\n"


def _line(service: str, entries: str, marks: Sequence[str]) -> str:
    return f"| {' | '.join([service, entries, *marks])} |"


def _section(name: str) -> str:
    found = re.search(rf"<!-- {name} -->(.*?)<!-- end -->", README.read_text(), re.DOTALL)
    assert found, f"The README has no section {name!r}."
    return found[1]
