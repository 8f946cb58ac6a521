"""`promptsales approvals`: actions of the queue, shown and decided over its REST API."""

import json
from typing import Any, Literal, cast

from cli.errors import WrongUsage
from cli.output import add_row, emit, say, show, show_text, table, warn
from cli.session import Api, api
from kernel.auth import Role
from kernel.visible import visible, visible_document

Verb = Literal["approve", "reject", "cancel"]
Action = dict[str, Any]

_NEXT = {
    "approved": (
        "Approved. The executor takes it up at {dispatch_after}; until then take it back with: promptsales approvals "
        "cancel {id} --role reviewer. See what became of it with: promptsales approvals show {id}"
    ),
    "pending": "Recorded. It still needs {missing} more approval(s).",
    "rejected": "Rejected. It will not happen.",
    "cancelled": "Withdrawn. It will not happen.",
}
_WARNINGS = {
    "bidi": "text that is turned around",
    "tag": "a hidden message",
    "control": "characters that command a terminal",
    "private_use": "characters that every font shows otherwise",
    "invisible": "invisible characters",
    "lookalike": "letters that only look Latin",
    "combining": "marks piled on a letter",
    "host": "a URL that leads elsewhere than it looks",
    "punycode": "a host that hides what it reads as",
    "userinfo": "a URL whose host comes after an @",
    "lookalike_name": "another name than it looks",
}


async def list_actions(role: Role, *, status: str | None, client: str | None, as_json: bool) -> None:
    """The queue, newest first."""
    params = {name: value for name, value in (("status", status), ("client", client)) if value}
    async with api("approvals", role) as queue:
        page: dict[str, Any] = await queue.get("/v1/actions", params)
    if as_json:
        emit(page)
        return
    actions: list[Action] = page["items"]
    if not actions:
        show_text("Nothing waits for a decision." if status == "pending" else "There are no such actions.")
        return
    show_actions(actions)
    if page.get("next_cursor"):
        say("There are more; narrow the list with --status or --client.")


def show_actions(actions: list[Action]) -> None:
    """A table of actions."""
    found = table("id", "rev", "status", "what", "exposure", "expires")
    for action in actions:
        expires = str(action["expires_at"])[:16].replace("T", " ")
        add_row(found, action["id"], action["revision"], action["status"], action["summary"], _cost(action), expires)
    show(found)
    for action in actions:
        _warn(action, f"{action['id']}: ")


async def show_action(role: Role, action_id: str, *, as_json: bool) -> None:
    """One action with its payload and history."""
    async with api("approvals", role) as queue:
        action = await _get(queue, action_id)
    if as_json:
        emit(action)
    else:
        _show(action)


async def decide(
    role: Role,
    action_id: str,
    verb: Verb,
    *,
    revision: int | None,
    reason: str | None,
    as_json: bool,
    on_behalf_of: str | None = None,
) -> None:
    """Approve, reject or withdraw a revision: the one named, else the one that is current now."""
    async with api("approvals", role) as queue:
        body: dict[str, Any] = {"revision": revision, "reason": reason}
        if revision is None:
            current = await _get(queue, action_id)
            body["revision"] = current["revision"]
            say(f"Revision {current['revision']}: {visible(current['summary'], one_line=True)}")
            _warn(current)
            if verb != "cancel":
                body["digest"] = current["digest"]
        if on_behalf_of:
            body["on_behalf_of"] = on_behalf_of
        action = await queue.post(f"/v1/actions/{action_id}/{verb}", body)
    _report(action, as_json=as_json)


async def edit(
    role: Role,
    action_id: str,
    *,
    revision: int | None,
    changes: list[str],
    args: str | None,
    reason: str,
    as_json: bool,
) -> None:
    """Give an action other arguments: all of them, or the present ones with some changed."""
    async with api("approvals", role) as queue:
        current = await _get(queue, action_id)
        body = {
            "revision": revision or current["revision"],
            "args": _object(args) if args is not None else _changed(current["args"], changes),
            "reason": reason,
        }
        action = await queue.post(f"/v1/actions/{action_id}/edit", body)
    _report(action, as_json=as_json)


async def _get(queue: Api, action_id: str) -> Action:
    return await queue.get(f"/v1/actions/{action_id}")


def _report(action: Action, *, as_json: bool) -> None:
    if as_json:
        emit(action)
        return
    show_actions([action])
    missing = action["required_approvals"] - action["approvals"]
    show_text(_NEXT.get(action["status"], "{status}").format(missing=missing, **action))


def _object(text: str) -> dict[str, Any]:
    try:
        parsed: object = json.loads(text)
    except ValueError as error:
        raise WrongUsage(f"--args is not JSON: {error}.", field="args") from error
    if not isinstance(parsed, dict):
        raise WrongUsage("--args is not a JSON object.", field="args")
    return cast("dict[str, Any]", parsed)


def _changed(args: dict[str, Any], changes: list[str]) -> dict[str, Any]:
    changed = dict(args)
    for change in changes:
        name, separator, value = change.partition("=")
        if not separator or name not in args:
            raise WrongUsage(
                f"--set {change}: this action has no argument {name!r}.",
                field="set",
                fix=f"It has: {', '.join(args)}. Write NAME=VALUE.",
            )
        # Money travels as text: a value keeps the kind that the argument has now.
        changed[name] = value if isinstance(args[name], str) else _value(value)
    return changed


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _cost(action: Action) -> str:
    exposure: dict[str, Any] = action["exposure"]
    parts = [f"{exposure['amount']} {exposure.get('currency', '')}".strip()] if exposure.get("amount") else []
    parts += [f"{exposure['recipients']} people"] if exposure.get("recipients") else []
    return ", ".join(parts) or "–"


def _show(action: Action) -> None:
    show_text(visible(action["summary"], one_line=True), style="bold")
    _warn(action)
    facts = table("", "")
    facts.show_header = False
    for name in (
        "id",
        "status",
        "revision",
        "server",
        "tool",
        "client",
        "proposer",
        "reversible",
        "tier",
        "policy_version",
    ):
        add_row(facts, name, action.get(name))
    for name in ("expires_at", "dispatch_after", "compensates"):
        add_row(facts, name, action.get(name))
    add_row(facts, "acts for them", ", ".join(action["actors"]))
    add_row(facts, "exposure", _cost(action))
    add_row(facts, "approvals", f"{action['approvals']} of {action['required_approvals']}")
    add_row(facts, "digest", action["digest"])
    add_row(facts, "reason", action.get("reason"))
    show(facts)
    show_text("\nExactly what is approved:", style="bold")
    _show_document(action["args"])
    _show_list("Why", [f"{one['title']}: {one['detail']}" for one in action["evidence"]])
    _show_list("Edited", [f"{one['path']}: {one['before']} → {one['after']}" for one in action["diff"]])
    if action.get("receipt"):
        show_text("\nReceipt:", style="bold")
        _show_document(action["receipt"])
    _show_list("History", [f"{one['at'][:19]} {one['event']} by {one['actor']}" for one in action["history"]])


def _show_list(title: str, lines: list[str]) -> None:
    if lines:
        show_text(f"\n{title}:", style="bold")
        for line in lines:
            show_text(f"  {visible(line, one_line=True)}")


def _show_document(document: dict[str, Any]) -> None:
    show_text(json.dumps(visible_document(document), indent=2, ensure_ascii=False))


def _warn(action: Action, about: str = "") -> None:
    """A loud line for each text that could deceive."""
    for one in action.get("warnings", []):
        shown = visible(f"{one['shown']} (at {one['path']})", one_line=True)
        warn(f"{about}{_WARNINGS.get(one['kind'], one['kind'])}: {shown}")
