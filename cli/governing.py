"""`promptsales approvals …` and `promptsales policies …`: emergencies, absences, what is committed, and the rules."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from cli.actions import show_actions
from cli.errors import WrongUsage
from cli.output import add_row, emit, say, show, show_text, table
from cli.session import api
from kernel.auth import Role

Finding = Literal["look_up", "succeeded", "failed"]


async def break_glass(role: Role, action_id: str, *, reason: str, as_json: bool) -> None:
    """Release the current revision in an emergency, as one of two administrators."""
    async with api("approvals", role) as queue:
        current = await queue.get(f"/v1/actions/{action_id}")
        say(f"Revision {current['revision']}: {current['summary']}")
        body = {"revision": current["revision"], "digest": current["digest"], "reason": reason}
        action = await queue.post(f"/v1/actions/{action_id}/break-glass", body)
    _report(action, as_json=as_json)
    if not as_json:
        released = "Released. Somebody else has to review it afterwards: promptsales approvals reviews"
        show_text(released if action["broke_glass"] else "Recorded. A second administrator has to do the same.")


async def bulk(
    role: Role, decision: Literal["approve", "reject"], ids: list[str], *, reason: str | None, as_json: bool
) -> None:
    """Decide the current revisions of several actions of one tool."""
    async with api("approvals", role) as queue:
        found = [await queue.get(f"/v1/actions/{action_id}") for action_id in ids]
        items = [{name: one[name] for name in ("id", "revision", "digest")} for one in found]
        answer = await queue.post("/v1/actions/bulk-decision", {"decision": decision, "items": items, "reason": reason})
    if as_json:
        emit(answer)
        return
    rows = table("id", "result")
    for one in answer["results"]:
        add_row(rows, one["id"], one["refusal"]["detail"] if one["refusal"] else one["action"]["status"])
    show(rows)


async def compensate(role: Role, action_id: str, *, as_json: bool) -> None:
    """Propose the action that takes an executed one back."""
    async with api("approvals", role) as queue:
        action = await queue.post(f"/v1/actions/{action_id}/compensate")
    _report(action, as_json=as_json)


async def reconcile(role: Role, action_id: str, *, finding: Finding, reason: str, as_json: bool) -> None:
    """Settle an action of which nobody knows whether it happened."""
    async with api("approvals", role) as queue:
        action = await queue.post(f"/v1/actions/{action_id}/reconcile", {"finding": finding, "reason": reason})
    _report(action, as_json=as_json)


async def exposures(role: Role, subject: str | None, *, as_json: bool) -> None:
    """What is committed, and under which caps."""
    async with api("approvals", role) as queue:
        page = await queue.get("/v1/exposures", {"subject": subject} if subject else {})
    names = ("scope", "subject", "period", "unit", "committed", "pending", "approved", "executed", "cap")
    _list(page, names, "Nothing is committed.", as_json=as_json)


async def delegate(
    role: Role, to: str, *, starts_at: datetime | None, ends_at: datetime, reason: str, as_json: bool
) -> None:
    """Let somebody decide in one's place until a time."""
    begin = starts_at or datetime.now().astimezone()
    body = {
        "delegate": to,
        "starts_at": begin.astimezone().isoformat(),
        "ends_at": ends_at.astimezone().isoformat(),
        "reason": reason,
    }
    async with api("approvals", role) as queue:
        made = await queue.post("/v1/delegations", body)
    _list({"items": [made]}, _DELEGATION, "", as_json=as_json)


async def delegations(role: Role, *, as_json: bool) -> None:
    """Who stands in for whom, now or later."""
    async with api("approvals", role) as queue:
        page = await queue.get("/v1/delegations")
    _list(page, _DELEGATION, "Nobody stands in for anybody.", as_json=as_json)


async def revoke(role: Role, delegation_id: str, *, as_json: bool) -> None:
    """End a delegation."""
    async with api("approvals", role) as queue:
        ended = await queue.post(f"/v1/delegations/{delegation_id}/revoke")
    _list({"items": [ended]}, _DELEGATION, "", as_json=as_json)


async def reviews(role: Role, *, as_json: bool) -> None:
    """Actions that were released by breaking the glass."""
    async with api("approvals", role) as queue:
        page = await queue.get("/v1/post-reviews")
    names = ("action_id", "opened_at", "closed_at", "closed_by", "finding")
    _list(page, names, "The glass has not been broken.", as_json=as_json)


async def review(role: Role, action_id: str, *, finding: str, as_json: bool) -> None:
    """Write down what a review found."""
    async with api("approvals", role) as queue:
        closed = await queue.post(f"/v1/post-reviews/{action_id}/close", {"finding": finding})
    emit(closed) if as_json else show_text("Reviewed.")


async def policies(role: Role, *, as_json: bool) -> None:
    """The policies in force: whole as JSON, else their tiers."""
    async with api("approvals", role) as queue:
        page = await queue.get("/v1/policies")
    if as_json:
        emit(page)
        return
    rows = table("policy", "for", "tier", "up to", "approvals", "by", "withdrawable", "expires")
    for policy in page["items"]:
        for tier in policy["document"]["tiers"]:
            bounds: dict[str, str] = tier["limits"] or {}
            limits = ", ".join(f"{value} {unit}" for unit, value in bounds.items()) or "any"
            applies = ", ".join(policy["document"]["applies_to"])
            hours = f"{tier['expires_after_seconds'] / 3600:g} h"
            people = ", ".join(tier["approver_roles"])
            undo = f"{tier['undo_seconds']} s"
            add_row(
                rows, policy["version"], applies, tier["name"], limits, tier["required_approvals"], people, undo, hours
            )
    show(rows)


async def put_policy(role: Role, name: str, document: object, *, as_json: bool) -> None:
    """Put the next version of a policy in force."""
    async with api("approvals", role) as queue:
        policy = await queue.put(f"/v1/policies/{name}", document)
    emit(policy) if as_json else show_text(f"{policy['version']} is in force.")


def read_policy(file: Path) -> object:
    """The policy that a JSON file holds: the `document` of `policies list --json`, changed. Raises WrongUsage."""
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise WrongUsage(f"{file} holds no JSON: {error}.", field="file") from error


_DELEGATION = ("id", "delegator", "delegate", "starts_at", "ends_at", "reason", "revoked_at")


def _list(page: dict[str, Any], names: tuple[str, ...], nothing: str, *, as_json: bool) -> None:
    if as_json:
        emit(page)
    elif not page["items"]:
        show_text(nothing)
    else:
        rows = table(*names)
        for one in page["items"]:
            add_row(rows, *(one[name] for name in names))
        show(rows)


def _report(action: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit(action)
    else:
        show_actions([action])
