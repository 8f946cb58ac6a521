"""Where words go: answers on standard output, progress and errors on standard error, JSON as one line."""

import json
from functools import cache
from typing import Any

import typer
from rich.console import Console, RenderableType
from rich.table import Table

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
    _progress().print(line, style="dim", markup=False)


def complain(message: str, fix: str | None = None) -> None:
    """An error, and what to do about it."""
    _progress().print(f"Error: {message}", style="red", markup=False)
    if fix:
        _progress().print(fix, markup=False)


def show(answer: RenderableType) -> None:
    """A part of the answer."""
    _answers().print(answer)


def show_text(text: str, *, style: str | None = None) -> None:
    """A line of the answer, exactly as it is."""
    _answers().print(text, style=style, markup=False, soft_wrap=True)


def show_piece(text: str) -> None:
    """Text that arrives bit by bit."""
    typer.echo(text, nl=False)


def emit(document: object) -> None:
    """The answer as one line of JSON."""
    typer.echo(json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str))


def table(*columns: str, title: str | None = None) -> Table:
    """An empty table in the house style."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold", no_wrap=column in _NEVER_WRAPPED)
    return made


def add_row(to: Table, *cells: Any) -> None:
    """A row of plain text; None is a dash."""
    to.add_row(*("–" if cell is None else _escaped(str(cell)) for cell in cells))


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")
