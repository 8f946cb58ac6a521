"""`approvals …`: look at what waits for a decision, and decide."""

import asyncio
from typing import Annotated, Literal

import typer

from cli.commands.options import AsJson, AsRole

app = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Look at actions that wait for a person, and decide them."
)


Status = Literal[
    "pending",
    "approved",
    "executing",
    "succeeded",
    "failed",
    "failed_partial",
    "unknown",
    "rejected",
    "expired",
    "cancelled",
    "any",
]
ActionId = Annotated[str, typer.Argument(metavar="ID", help="The action's id, such as act_01….")]
Revision = Annotated[
    int | None, typer.Option(min=1, help="The revision you looked at; without it, the one that is current now.")
]
Reason = Annotated[str | None, typer.Option(help="Why, for the record.")]
NeededReason = Annotated[str, typer.Option(help="Why, for the record.")]


@app.command("list")
def list_actions(
    status: Annotated[Status, typer.Option(help="Only these.")] = "pending",
    client: Annotated[str | None, typer.Option(help="Only this client's.")] = None,
    as_json: AsJson = False,
    role: AsRole = "reviewer",
) -> None:
    """List actions, newest first; those that wait for a decision unless told otherwise."""
    from cli import actions

    wanted = None if status == "any" else status
    asyncio.run(actions.list_actions(role, status=wanted, client=client, as_json=as_json))


@app.command()
def show(action: ActionId, as_json: AsJson = False, role: AsRole = "reviewer") -> None:
    """Show one action: what exactly would happen, what it can cost, why, and its history."""
    from cli import actions

    asyncio.run(actions.show_action(role, action, as_json=as_json))


@app.command()
def approve(
    action: ActionId,
    revision: Revision = None,
    reason: Reason = None,
    on_behalf_of: Annotated[str | None, typer.Option(help="Somebody absent who delegated to you.")] = None,
    as_json: AsJson = False,
    role: AsRole = "reviewer",
) -> None:
    """Approve a revision of an action. It is executed when enough people other than its proposer have."""
    from cli import actions

    asyncio.run(
        actions.decide(
            role, action, "approve", revision=revision, reason=reason, as_json=as_json, on_behalf_of=on_behalf_of
        )
    )


@app.command()
def reject(
    action: ActionId,
    reason: NeededReason,
    revision: Revision = None,
    as_json: AsJson = False,
    role: AsRole = "reviewer",
) -> None:
    """Refuse an action for good."""
    from cli import actions

    asyncio.run(actions.decide(role, action, "reject", revision=revision, reason=reason, as_json=as_json))


@app.command()
def edit(
    action: ActionId,
    reason: NeededReason,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Give one argument another value (JSON, else text)."),
    ] = None,
    args: Annotated[str | None, typer.Option("--args", help="All arguments, as a JSON object.")] = None,
    revision: Revision = None,
    as_json: AsJson = False,
    role: AsRole = "reviewer",
) -> None:
    """Change an action's arguments. Its server validates them again, and votes begin anew."""
    from cli import actions

    if (args is None) == (not change):
        raise typer.BadParameter("give either --set (once or more) or --args")
    asyncio.run(
        actions.edit(role, action, revision=revision, changes=change or [], args=args, reason=reason, as_json=as_json)
    )


@app.command()
def cancel(
    action: ActionId,
    revision: Revision = None,
    reason: Reason = None,
    as_json: AsJson = False,
    role: AsRole = "marketer",
) -> None:
    """Withdraw an action that you proposed or approved, before it is executed."""
    from cli import actions

    asyncio.run(actions.decide(role, action, "cancel", revision=revision, reason=reason, as_json=as_json))
