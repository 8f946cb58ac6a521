"""`import` and `pipeline …`."""

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.commands.options import AsJson, AsRole

pipeline = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Bring what changed in the sub-companies into the hub."
)


Kind = Literal["ads-metrics", "leads", "sales", "currency-rates"]


def register(app: typer.Typer) -> None:
    app.command("import")(import_file)
    app.add_typer(pipeline, name="pipeline")


def import_file(
    kind: Annotated[Kind, typer.Argument(help="What the file holds.")],
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The file; - is standard input.")],
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Load the good rows of a file that has bad ones.")
    ] = False,
    as_json: AsJson = False,
    role: AsRole = "marketer",
) -> None:
    """Load a CSV file into the context that owns its data. Loading it again changes nothing."""
    from cli.imports import import_file as load

    asyncio.run(load(role, kind, file, skip_bad_rows=skip_bad_rows, as_json=as_json))


@pipeline.command("run")
def pipeline_run(
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Read all of every source, and remove what no source has.")
    ] = False,
    as_json: AsJson = False,
    role: AsRole = "marketer",
) -> None:
    """Bring what changed since the last run into the hub."""
    from cli.imports import run_pipeline

    asyncio.run(run_pipeline(role, from_beginning=from_beginning, as_json=as_json))


@pipeline.command("runs")
def pipeline_runs(as_json: AsJson = False, role: AsRole = "marketer") -> None:
    """List the last runs, newest first."""
    from cli.imports import list_runs

    asyncio.run(list_runs(role, as_json=as_json))


@pipeline.command("reconcile")
def pipeline_reconcile(as_json: AsJson = False, role: AsRole = "marketer") -> None:
    """Compare everything in the hub with the sources, by month; nothing is changed. Exits with 1 when they differ."""
    from cli.imports import reconcile

    if not asyncio.run(reconcile(role, as_json=as_json)):
        raise typer.Exit(1)
