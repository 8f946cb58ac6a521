"""What the REST API shows. Money travels as decimal strings, times as ISO 8601 in UTC."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from approvals.deception import Kind, findings
from approvals.differences import changes
from approvals.domain import Action, AuditEntry, Decision, Revision, Status, Vote, count_approvals
from approvals.governance import Policy
from approvals.policy import PolicyDocument
from approvals.service import Listed, Record

ItemT = TypeVar("ItemT")


class DecisionView(BaseModel):
    reviewer: str
    decision: Vote
    revision: int
    digest: str
    on_behalf_of: str | None = Field(description="Somebody absent for whom it was given.")
    automatic: dict[str, Any] | None = Field(description="The rule that approved, and the bound it came nearest to.")
    reason: str | None
    decided_at: datetime

    @classmethod
    def of(cls, decision: Decision) -> Self:
        return cls.model_validate(decision, from_attributes=True)


class WarningView(BaseModel):
    """Text of the action that could deceive who reads it."""

    path: str = Field(description="JSON pointer into the action.")
    kind: Kind
    characters: list[str] = Field(description="What gives it away, such as U+202E.")
    shown: str = Field(description="The text, with these characters written as ‹U+202E›.")


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
    provenance: dict[str, Any] = Field(description="Who asked, through whom; what was cached or came from outside.")
    compensates: str | None = Field(description="The executed action that this one takes back.")
    policy_version: str
    tier: str | None
    approver_roles: list[str]
    automatic: dict[str, Any] | None = Field(description="Why a rule approved it, or the first bound that was crossed.")
    required_approvals: int
    approvals: int = Field(description="Approvals of the present digest that count.")
    decisions: list[DecisionView]
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    dispatch_after: datetime | None = Field(description="Until then an approved action can be withdrawn.")
    broke_glass: bool
    finished_at: datetime | None
    url: str
    receipt: dict[str, Any] | None
    reason: str | None
    client: str | None
    campaign_id: str | None
    warnings: list[WarningView] = Field(description="What in the action's text could deceive; empty for most.")

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
    document: PolicyDocument
    author: str
    created_at: datetime
    four_eyes: bool = Field(default=True, description="Always: neither proposer nor only editor releases an action.")

    @classmethod
    def of(cls, policy: Policy) -> Self:
        document = PolicyDocument.model_validate(policy.document)
        return cls(
            name=policy.name,
            version=policy.label,
            document=document,
            author=policy.author,
            created_at=policy.created_at,
        )


class ExposureView(BaseModel):
    scope: str
    subject: str = Field(description="The client or campaign; empty for the whole organisation.")
    period: str = Field(description="The day or month, in the policy's time zone; empty for a campaign.")
    unit: str = Field(description="A currency, recipients, reach, or actions.")
    committed: Decimal
    pending: Decimal
    approved: Decimal
    executed: Decimal
    cap: Decimal | None


class DelegationView(BaseModel):
    id: str
    delegator: str
    roles: list[str]
    delegate: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    revoked_at: datetime | None


class PostReviewView(BaseModel):
    action_id: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    finding: str | None


class Refusal(BaseModel):
    """Problem details (RFC 9457) of one item."""

    model_config = ConfigDict(extra="allow")

    status: int
    code: str
    detail: str


class BulkResult(BaseModel):
    id: str
    action: ActionView | None = Field(description="The action after the vote; null when the vote was refused.")
    refusal: Refusal | None


class BulkView(BaseModel):
    results: list[BulkResult]


class Page(BaseModel, Generic[ItemT]):
    items: list[ItemT]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last.")


class AuditPageView(Page[AuditView]):
    intact: bool = Field(description="Every entry of this page hashes to what it says and links to the one before.")
    broken: list[int] = Field(description="Sequence numbers of entries that do not.")


def _view(listed: Listed, base_url: str) -> dict[str, Any]:
    action = listed.action
    document = action.document
    return {
        "id": action.id,
        "server": action.server,
        "tool": action.tool,
        "args": document["args"],
        "status": action.status,
        "revision": action.revision,
        "digest": action.digest,
        "summary": document.get("summary", action.summary),
        "exposure": document.get("exposure", action.exposure),
        "reversible": document.get("reversible", action.reversible),
        "evidence": document.get("evidence", action.evidence),
        "proposer": action.proposer,
        "actors": action.actors,
        "provenance": document.get("provenance", {}),
        "compensates": action.compensates,
        "policy_version": action.policy_version,
        "tier": action.terms.get("tier"),
        "approver_roles": action.terms.get("approver_roles", []),
        "automatic": action.terms.get("automatic"),
        "required_approvals": action.required_approvals,
        "approvals": count_approvals(action, listed.decisions),
        "decisions": [DecisionView.of(decision) for decision in listed.decisions],
        "created_at": action.created_at,
        "expires_at": action.expires_at,
        "decided_at": action.decided_at,
        "dispatch_after": action.dispatch_after,
        "broke_glass": action.broke_glass,
        "finished_at": action.finished_at,
        "url": f"{base_url}/v1/actions/{action.id}",
        "receipt": action.receipt,
        "reason": action.reason,
        "client": action.exposure.get("client"),
        "campaign_id": action.exposure.get("campaign_id"),
        "warnings": _warnings(action),
    }


def _warnings(action: Action) -> list[WarningView]:
    beside = {"summary": action.summary, "exposure": action.exposure, "evidence": action.evidence}
    return [WarningView.model_validate(one, from_attributes=True) for one in findings(action.document | beside)]


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
