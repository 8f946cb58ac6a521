"""What the REST API shows. Money travels as decimal strings, times as ISO 8601 in UTC."""

from datetime import datetime
from typing import Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, Field

from approvals.differences import changes
from approvals.domain import AuditEntry, Decision, Revision, Status, Vote, count_approvals
from approvals.policy import Policy
from approvals.service import Listed, Record

ItemT = TypeVar("ItemT")


class DecisionView(BaseModel):
    reviewer: str
    decision: Vote
    revision: int
    digest: str
    reason: str | None
    decided_at: datetime

    @classmethod
    def of(cls, decision: Decision) -> Self:
        return cls(
            reviewer=decision.reviewer,
            decision=decision.decision,
            revision=decision.revision,
            digest=decision.digest,
            reason=decision.reason,
            decided_at=decision.decided_at,
        )


class ActionView(BaseModel):
    """An action as lists and decisions show it. `args` is decoded from the bytes that would be executed."""

    id: str
    server: str
    tool: str
    args: dict[str, Any]
    status: Status
    revision: int
    digest: str
    summary: str
    exposure: dict[str, Any]
    reversible: bool
    evidence: list[dict[str, Any]]
    proposer: str
    actors: list[str] = Field(description="Who acted for the proposer, outermost first.")
    required_approvals: int
    approvals: int = Field(description="Approvals of the present digest that count.")
    decisions: list[DecisionView]
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    finished_at: datetime | None
    url: str
    receipt: dict[str, Any] | None
    reason: str | None
    client: str | None
    campaign_id: str | None

    @classmethod
    def of(cls, listed: Listed, base_url: str) -> Self:
        return cls.model_validate(_view(listed, base_url))


class ChangeView(BaseModel):
    path: str = Field(description="JSON pointer into the action.")
    kind: Literal["added", "removed", "changed"]
    before: Any
    after: Any


class RevisionView(BaseModel):
    revision: int
    digest: str
    summary: str
    exposure: dict[str, Any]
    args: dict[str, Any]
    editor: str | None = Field(description="Null for what was proposed.")
    reason: str | None
    created_at: datetime
    diff: list[ChangeView] = Field(description="What changed since the revision before.")


class HistoryEntry(BaseModel):
    seq: int
    at: datetime
    event: str
    actor: str
    revision: int
    digest: str
    detail: dict[str, Any]

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        return cls.model_validate(entry, from_attributes=True)


class ActionDetail(ActionView):
    payload: dict[str, Any] = Field(description="The canonical action, decoded: exactly what is approved.")
    revisions: list[RevisionView]
    diff: list[ChangeView] = Field(description="What changed between what was proposed and the current revision.")
    history: list[HistoryEntry]

    @classmethod
    def of_record(cls, record: Record, base_url: str) -> Self:
        revisions = record.revisions
        earlier: list[Revision | None] = [None, *revisions[:-1]]
        return cls.model_validate(
            _view(Listed(record.action, record.decisions), base_url)
            | {
                "payload": record.action.document,
                "revisions": [_revision(one, before) for one, before in zip(revisions, earlier, strict=True)],
                "diff": _changes(revisions[0], revisions[-1]),
                "history": [HistoryEntry.of(entry) for entry in record.history],
            }
        )


class AuditView(HistoryEntry):
    action_id: str
    previous_hash: str
    hash: str

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        return cls(
            seq=entry.seq,
            at=entry.at,
            event=entry.event,
            actor=entry.actor,
            revision=entry.revision,
            digest=entry.digest,
            detail=entry.detail,
            action_id=entry.action_id,
            previous_hash=entry.previous_hash.hex(),
            hash=entry.hash.hex(),
        )


class PolicyView(BaseModel):
    name: str
    version: str
    required_approvals: int
    expiry_seconds: int
    four_eyes: bool

    @classmethod
    def of(cls, policy: Policy) -> Self:
        return cls.model_validate(policy, from_attributes=True)


class Page(BaseModel, Generic[ItemT]):
    items: list[ItemT]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last.")


class AuditPageView(Page[AuditView]):
    intact: bool = Field(description="Every entry of this page hashes to what it says and links to the one before.")
    broken: list[int] = Field(description="Sequence numbers of entries that do not.")


def _view(listed: Listed, base_url: str) -> dict[str, Any]:
    action = listed.action
    return {
        "id": action.id,
        "server": action.server,
        "tool": action.tool,
        "args": action.document["args"],
        "status": action.status,
        "revision": action.revision,
        "digest": action.digest,
        "summary": action.summary,
        "exposure": action.exposure,
        "reversible": action.reversible,
        "evidence": action.evidence,
        "proposer": action.proposer,
        "actors": action.actors,
        "required_approvals": action.required_approvals,
        "approvals": count_approvals(action, listed.decisions),
        "decisions": [DecisionView.of(decision) for decision in listed.decisions],
        "created_at": action.created_at,
        "expires_at": action.expires_at,
        "decided_at": action.decided_at,
        "finished_at": action.finished_at,
        "url": f"{base_url}/v1/actions/{action.id}",
        "receipt": action.receipt,
        "reason": action.reason,
        "client": action.exposure.get("client"),
        "campaign_id": action.exposure.get("campaign_id"),
    }


def _revision(revision: Revision, before: Revision | None) -> RevisionView:
    return RevisionView(
        revision=revision.revision,
        digest=revision.digest,
        summary=revision.summary,
        exposure=revision.exposure,
        args=revision.shown["args"],
        editor=revision.editor,
        reason=revision.reason,
        created_at=revision.created_at,
        diff=_changes(before, revision) if before else [],
    )


def _changes(before: Revision, after: Revision) -> list[ChangeView]:
    return [ChangeView.model_validate(change, from_attributes=True) for change in changes(before.shown, after.shown)]
