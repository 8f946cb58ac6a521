"""`keys …`: the keys that sign tokens, where they lie: in this system's key directory."""

import asyncio
from typing import Annotated

import typer

from cli.commands.options import AsJson

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Rotate the keys that sign tokens.")


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List the signing keys: which one signs, which are published."""
    from cli import signing

    asyncio.run(signing.list_keys(as_json=as_json))


@app.command()
def rotate(
    now: Annotated[
        bool,
        typer.Option("--now", help="After a compromise: replace every key at once. All tokens become void."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Publish a new signing key. It signs eleven minutes later, when every service knows it; nobody notices."""
    from cli import signing

    asyncio.run(signing.rotate(at_once=now, as_json=as_json))
