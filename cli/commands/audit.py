"""`audit …`: what happened in the queue, and whether that is still what was written."""

import asyncio
from typing import Annotated

import typer

from cli.commands.options import AsJson, AsRole

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Read and verify the record of what happened.")


@app.command()
def verify(
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="SEQ:HASH",
            help="An entry noted earlier: shows whether the chain was written anew or cut off since.",
        ),
    ] = None,
    as_json: AsJson = False,
    role: AsRole = "reviewer",
) -> None:
    """Check every entry against its hash and the one before; exit status 1 unless all of it holds."""
    from cli import audit

    if not asyncio.run(audit.verify(role, expect=expect, as_json=as_json)):
        raise typer.Exit(1)


@app.command("list")
def list_entries(
    after: Annotated[int, typer.Option(min=0, help="Only entries after this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100,
    as_json: AsJson = False,
    role: AsRole = "reviewer",
) -> None:
    """List what happened, oldest first."""
    from cli import audit

    asyncio.run(audit.list_entries(role, after=after, limit=limit, as_json=as_json))
