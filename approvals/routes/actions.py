"""Propose and look: `/v1/actions`."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Query, Response

from approvals.domain import Action, State, Status
from approvals.errors import BadCursor, IdempotencyKeysDiffer
from approvals.repository import Filters
from approvals.routes.dependencies import Anyone, Injected, Key, Proposer, Reader, Reviewer
from approvals.schemas import ProposeRequest, ReconcileRequest
from approvals.servers import Prepared
from approvals.views import ActionDetail, ActionView, Page

router = APIRouter(prefix="/v1/actions", tags=["actions"])


@router.post("", status_code=201)
async def propose(
    body: ProposeRequest,
    caller: Proposer,
    injected: Injected,
    response: Response,
    key: Key = None,
) -> ActionView:
    """Queue an action. 201 for a new one; 200 for the one that this idempotency key has queued before."""
    chosen = _one_key(body.idempotency_key, key)
    prepared = Prepared.model_validate(body.model_dump(exclude={"server", "idempotency_key"}))
    listed, created = await injected.service.propose(caller, body.server, prepared, chosen)
    if not created:
        response.status_code = 200
        response.headers["Idempotent-Replay"] = "true"
    return ActionView.of(listed, injected.base_url)


@router.get("")
async def newest(
    caller: Reader,
    injected: Injected,
    *,
    status: Status | None = None,
    client: str | None = None,
    server: str | None = None,
    tool: str | None = None,
    proposer: str | None = None,
    campaign_id: str | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[ActionView]:
    """The tenant's actions, newest first."""
    filters = Filters(
        status=cast("State", status.upper()) if status else None,
        client=client,
        server=server,
        tool=tool,
        proposer=proposer,
        campaign_id=campaign_id,
        after=_decoded(cursor) if cursor else None,
    )
    found = await injected.service.newest(caller, filters, limit + 1)
    page = found[:limit]
    return Page(
        items=[ActionView.of(listed, injected.base_url) for listed in page],
        next_cursor=_encoded(page[-1].action) if len(found) > limit else None,
    )


@router.get("/{action_id}")
async def show(action_id: str, caller: Anyone, injected: Injected) -> ActionDetail:
    """One action with its payload, revisions, decisions and history: its proposer, or a reader of approvals."""
    return ActionDetail.of_record(await injected.service.record(caller, action_id), injected.base_url)


@router.post("/{action_id}/compensate", status_code=201)
async def compensate(
    action_id: str, caller: Proposer, injected: Injected, response: Response, key: Key = None
) -> ActionView:
    """Propose the action that takes an executed one back, as its server works it out. It waits for approval like any
    other. 200 for the one that was proposed before."""
    listed, created = await injected.recovery.compensate(caller, action_id, key)
    if not created:
        response.status_code = 200
        response.headers["Idempotent-Replay"] = "true"
    return ActionView.of(listed, injected.base_url)


@router.post("/{action_id}/reconcile")
async def reconcile(action_id: str, body: ReconcileRequest, caller: Reviewer, injected: Injected) -> ActionView:
    """Settle an action of unknown outcome: by a look-up, or as a person found it. It is never carried out again."""
    listed = await injected.recovery.reconcile(caller, action_id, finding=body.finding, reason=body.reason)
    return ActionView.of(listed, injected.base_url)


def _one_key(in_body: str | None, in_header: str | None) -> str | None:
    if in_body and in_header and in_body != in_header:
        raise IdempotencyKeysDiffer(
            "The Idempotency-Key header and the body's idempotency_key differ.",
            field="idempotency_key",
            fix="Send one of them.",
        )
    return in_body or in_header


def _encoded(action: Action) -> str:
    return base64.urlsafe_b64encode(f"{action.created_at.isoformat()}|{action.id}".encode()).decode()


def _decoded(cursor: str) -> tuple[datetime, str]:
    try:
        created_at, separator, action_id = base64.urlsafe_b64decode(cursor).decode().partition("|")
        instant = datetime.fromisoformat(created_at)
    except (binascii.Error, ValueError) as error:
        raise _bad_cursor() from error
    if not separator or instant.tzinfo is None:
        raise _bad_cursor()
    return instant, action_id


def _bad_cursor() -> BadCursor:
    return BadCursor("This is no cursor of this list.", field="cursor", fix="Send next_cursor of the page before.")
