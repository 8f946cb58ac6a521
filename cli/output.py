"""Where words go: answers on standard output, progress and errors on standard error, JSON as one line.

Whatever others wrote comes out with its hidden characters visible: nothing in it commands the terminal.
"""

import json
from functools import cache
from typing import Any

import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from kernel.visible import tame, visible

_PIPE_WIDTH = 160
_NEVER_WRAPPED = {"id", "run"}


@cache
def _answers() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:  # a file or a pipe has no width of its own
        console.width = _PIPE_WIDTH
    return console


@cache
def _progress() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """A line of progress."""
    _progress().print(visible(line), style="dim", markup=False)


def complain(message: str, fix: str | None = None) -> None:
    """An error, and what to do about it."""
    _progress().print(f"Error: {visible(message)}", style="red", markup=False)
    if fix:
        _progress().print(visible(fix), markup=False)


def warn(message: str) -> None:
    """A loud line: what a person must see before they decide."""
    _progress().print(f" ! {visible(message)} ", style="bold white on red", markup=False)


def show(answer: RenderableType) -> None:
    """A part of the answer."""
    _answers().print(answer)


def show_text(text: str, *, style: str | None = None) -> None:
    """A line of the answer."""
    _answers().print(visible(text), style=style, markup=False, soft_wrap=True)


def show_piece(text: str) -> None:
    """Text that arrives bit by bit."""
    typer.echo(tame(text), nl=False)


def emit(document: object) -> None:
    """The answer as one line of JSON; what cannot be seen is escaped."""
    line = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str)
    typer.echo(line if line.isprintable() else "".join(map(_escaped, line)))


def table(*columns: str, title: str | None = None) -> Table:
    """An empty table in the house style."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold", no_wrap=column in _NEVER_WRAPPED)
    return made


def add_row(to: Table, *cells: Any) -> None:
    """A row of plain text, each cell in one line; None is a dash."""
    to.add_row(*(Text("–" if cell is None else visible(str(cell), one_line=True)) for cell in cells))


def _escaped(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]
