"""Commands around the queue: emergencies, absences, what is committed, and `policies …`."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.commands.approvals import ActionId, NeededReason, Reason, app
from cli.commands.options import AsJson, AsRole

policies_app = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="See and set what releasing an action takes."
)
ActionIds = Annotated[list[str], typer.Argument(metavar="ID…", help="Actions of one tool.")]
Findings = Literal["look_up", "succeeded", "failed"]


@app.command("break-glass")
def break_glass(action: ActionId, reason: NeededReason, as_json: AsJson = False, role: AsRole = "admin") -> None:
    """Release an action at once in an emergency; it takes two administrators, and a review afterwards."""
    from cli import governing

    asyncio.run(governing.break_glass(role, action, reason=reason, as_json=as_json))


@app.command()
def bulk(
    decision: Annotated[Literal["approve", "reject"], typer.Argument(help="What to decide.")],
    actions: ActionIds,
    reason: Reason = None,
    as_json: AsJson = False,
    role: AsRole = "reviewer",
) -> None:
    """Decide several actions of one tool together, as far as they stay under the cap; each has its own result."""
    from cli import governing

    asyncio.run(governing.bulk(role, decision, actions, reason=reason, as_json=as_json))


@app.command()
def compensate(action: ActionId, as_json: AsJson = False, role: AsRole = "marketer") -> None:
    """Propose the action that takes an executed one back. It waits for approval like any other."""
    from cli import governing

    asyncio.run(governing.compensate(role, action, as_json=as_json))


@app.command()
def reconcile(
    action: ActionId,
    finding: Annotated[Findings, typer.Option(help="Have its server look, or what the platform itself shows.")],
    reason: NeededReason,
    as_json: AsJson = False,
    role: AsRole = "reviewer",
) -> None:
    """Settle an action of which nobody knows whether it happened. It is never carried out again."""
    from cli import governing

    asyncio.run(governing.reconcile(role, action, finding=finding, reason=reason, as_json=as_json))


@app.command()
def exposures(
    subject: Annotated[str | None, typer.Option(help="Only this client's or campaign's.")] = None,
    as_json: AsJson = False,
    role: AsRole = "reviewer",
) -> None:
    """Show what is committed for each client, campaign and period, and the caps on it."""
    from cli import governing

    asyncio.run(governing.exposures(role, subject, as_json=as_json))


@app.command()
def delegate(
    to: Annotated[str, typer.Argument(metavar="SUBJECT", help="Who decides meanwhile, such as user:reviewer.")],
    until: Annotated[datetime, typer.Option(help="When it ends, in this machine's time.")],
    reason: NeededReason,
    since: Annotated[datetime | None, typer.Option(help="When it starts; now if not given.")] = None,
    as_json: AsJson = False,
    role: AsRole = "reviewer",
) -> None:
    """Let somebody decide in your place, in your roles, while you are away."""
    from cli import governing

    asyncio.run(governing.delegate(role, to, starts_at=since, ends_at=until, reason=reason, as_json=as_json))


@app.command()
def delegations(as_json: AsJson = False, role: AsRole = "reviewer") -> None:
    """Show who stands in for whom, now or later."""
    from cli import governing

    asyncio.run(governing.delegations(role, as_json=as_json))


@app.command()
def revoke(
    delegation: Annotated[str, typer.Argument(metavar="ID", help="The delegation's id, such as dlg_01….")],
    as_json: AsJson = False,
    role: AsRole = "reviewer",
) -> None:
    """End a delegation that you made."""
    from cli import governing

    asyncio.run(governing.revoke(role, delegation, as_json=as_json))


@app.command()
def reviews(as_json: AsJson = False, role: AsRole = "reviewer") -> None:
    """Show what was released by breaking the glass, and whether it has been reviewed."""
    from cli import governing

    asyncio.run(governing.reviews(role, as_json=as_json))


@app.command()
def review(
    action: ActionId,
    finding: Annotated[str, typer.Option(help="What you found.")],
    as_json: AsJson = False,
    role: AsRole = "reviewer",
) -> None:
    """Close the review of an action that was released by breaking the glass."""
    from cli import governing

    asyncio.run(governing.review(role, action, finding=finding, as_json=as_json))


@policies_app.command("list")
def list_policies(as_json: AsJson = False, role: AsRole = "reviewer") -> None:
    """Show the policies in force; whole with --json."""
    from cli import governing

    asyncio.run(governing.policies(role, as_json=as_json))


@policies_app.command("put")
def put_policy(
    name: Annotated[str, typer.Argument(help="The policy's name, such as default.")],
    file: Annotated[Path, typer.Argument(help="A JSON file: the document of a policy, as `list --json` shows it.")],
    as_json: AsJson = False,
    role: AsRole = "admin",
) -> None:
    """Put the next version of a policy in force."""
    from cli import governing

    asyncio.run(governing.put_policy(role, name, governing.read_policy(file), as_json=as_json))
