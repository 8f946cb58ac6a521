"""`promptsales import` and `promptsales pipeline`: files into the contexts, changes into the hub."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.errors import Refused, WrongUsage
from cli.output import add_row, emit, say, show, show_text, table
from cli.session import api
from kernel.auth import Role
from kernel.settings import Service

_OWNERS: dict[str, Service] = {"ads-metrics": "ads", "leads": "crm", "sales": "crm", "currency-rates": "hub"}
_SHOWN = 20
_CHANGES = ("inserted", "updated", "deleted", "unchanged")


async def import_file(role: Role, kind: str, file: Path, *, skip_bad_rows: bool, as_json: bool) -> None:
    """Load a file in one request and say what became of its rows.

    Raises Refused when it holds rows that cannot be loaded and these were not to be skipped.
    """
    content = _read(file)
    async with api(_OWNERS[kind], role) as owner:
        say(f"Sending {len(content):,} bytes to {owner.base_url}…")
        params = {"skip_bad_rows": str(skip_bad_rows).lower()}
        try:
            report: Mapping[str, Any] = await owner.upload(f"/v1/imports/{kind}", content, params)
        except Refused as error:
            if error.problem.get("rejected"):
                _show(error.problem, as_json=as_json)
                error.fix = "Correct these lines, or load the others with --skip-bad-rows."
            raise
    _show(report, as_json=as_json)


async def run_pipeline(role: Role, *, from_beginning: bool, as_json: bool) -> None:
    """Run the delta pipeline once, over the change or over everything."""
    async with api("hub", role) as hub:
        say("Reading everything…" if from_beginning else "Bringing the changes in…")
        run: dict[str, Any] = await hub.post("/v1/pipeline/runs" + ("?from_beginning=true" if from_beginning else ""))
    if as_json:
        emit(run)
    else:
        _show_runs([run])


async def list_runs(role: Role, *, as_json: bool) -> None:
    """The last runs."""
    async with api("hub", role) as hub:
        found: dict[str, Any] = await hub.get("/v1/pipeline/runs")
    if as_json:
        emit(found)
    else:
        _show_runs(found["runs"])


async def reconcile(role: Role, *, as_json: bool) -> bool:
    """Compare everything in the hub with the sources; whether all is equal or pending."""
    async with api("hub", role) as hub:
        say("Comparing the hub with the sources…")
        found: dict[str, Any] = await hub.post("/v1/pipeline/reconciliations")
    if as_json:
        emit(found)
    else:
        _show_reconciliations(found["sources"])
    return all(source["status"] == "ok" for source in found["sources"])


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise WrongUsage(f"{file} cannot be read: {error.strerror}.", field="file") from error


def _show(report: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit(report)
        return
    counts = (f"{report[name]} {name}" for name in ("inserted", "updated", "unchanged"))
    show_text(f"{report['rows_read']} rows read: {', '.join(counts)}, {report['rows_rejected']} rejected.")
    rejected: list[dict[str, Any]] = report["rejected"]
    if rejected:
        faults = table("line", "column", "reason")
        for fault in rejected[:_SHOWN]:
            add_row(faults, fault["line"], fault["column"], fault["reason"])
        show(faults)
    if len(rejected) > _SHOWN:
        show_text(f"… and more; --json lists {len(rejected)} of them.")


def _show_runs(runs: list[dict[str, Any]]) -> None:
    if not runs:
        show_text("The pipeline has not run yet.")
        return
    found = table("run", "started", "seconds", "rows", "source", "status", *_CHANGES)
    for run in runs:
        about = [
            run["run_id"],
            str(run["started_at"])[:19].replace("T", " "),
            f"{run['seconds']:.2f}",
            run["rows_read"],
        ]
        for source in run["sources"]:
            changes = (source.get(f"rows_{change}", 0) for change in _CHANGES)
            add_row(found, *about, source["source"], source["reason"] or source["status"], *changes)
            about = [""] * 4
    show(found)


def _show_reconciliations(sources: list[dict[str, Any]]) -> None:
    named = ("month", "measure", "source", "hub", "rollup")
    found = table("source", "status", "months", "pending", "month", "measure", "there", "here", "rolled up")
    for source in sources:
        about = [source["source"], source["reason"] or source["status"], source["months"], len(source["pending"])]
        differences: list[dict[str, Any]] = source["differences"]
        for difference in differences or [dict.fromkeys(named, "")]:
            add_row(found, *about, *(difference[name] for name in named))
            about = [""] * 4
    show(found)
