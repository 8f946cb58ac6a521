"""What an action is, which way it can go, and who may release it. Values in, decisions out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast, get_args

from approvals.errors import FourEyes, PayloadTooLarge
from kernel.canonical import canonical_bytes

State = Literal[
    "PENDING",
    "APPROVED",
    "REJECTED",
    "EXPIRED",
    "CANCELLED",
    "EXECUTING",
    "SUCCEEDED",
    "FAILED",
    "FAILED_PARTIAL",
    "UNKNOWN",
]
Status = Literal[
    "pending",
    "approved",
    "rejected",
    "expired",
    "cancelled",
    "executing",
    "succeeded",
    "failed",
    "failed_partial",
    "unknown",
]
Vote = Literal["approve", "reject", "break_glass"]
STATES: tuple[State, ...] = get_args(State)
TRANSITIONS: Mapping[State, frozenset[State]] = {
    "PENDING": frozenset({"APPROVED", "REJECTED", "EXPIRED", "CANCELLED"}),
    "APPROVED": frozenset({"EXECUTING", "EXPIRED", "CANCELLED"}),
    "EXECUTING": frozenset({"EXECUTING", "PENDING", "SUCCEEDED", "FAILED", "FAILED_PARTIAL", "UNKNOWN"}),
    "UNKNOWN": frozenset({"SUCCEEDED", "FAILED", "FAILED_PARTIAL"}),
    "REJECTED": frozenset(),
    "EXPIRED": frozenset(),
    "CANCELLED": frozenset(),
    "SUCCEEDED": frozenset(),
    "FAILED": frozenset(),
    "FAILED_PARTIAL": frozenset(),
}
MAX_CANONICAL_BYTES = 256 * 1024
_VERSION = 2


@dataclass(frozen=True, slots=True)
class Payload:
    """What an approval is an approval of."""

    tenant: str
    server: str
    tool: str
    tool_schema_hash: str
    args: Mapping[str, Any]
    target_account: str
    target_state_digest: str
    target: Mapping[str, Any]
    exposure: Mapping[str, Any]
    summary: str
    reversible: bool
    evidence: Sequence[Mapping[str, Any]]
    provenance: Mapping[str, Any]
    compensates: str | None
    policy_version: str

    def canonical(self) -> bytes:
        """The bytes that are hashed, stored, shown to reviewers and sent to the server. Raises PayloadTooLarge."""
        encoded = canonical_bytes(
            {
                "v": _VERSION,
                "tenant": self.tenant,
                "server": self.server,
                "tool": self.tool,
                "tool_schema_hash": self.tool_schema_hash,
                "args": self.args,
                "target_account": self.target_account,
                "target_state_digest": self.target_state_digest,
                "target": self.target,
                "exposure": self.exposure,
                "summary": self.summary,
                "reversible": self.reversible,
                "evidence": self.evidence,
                "provenance": self.provenance,
                "compensates": self.compensates,
                "policy_version": self.policy_version,
            }
        )
        if len(encoded) > MAX_CANONICAL_BYTES:
            raise PayloadTooLarge(
                f"The action has {len(encoded)} bytes; {MAX_CANONICAL_BYTES} are possible.",
                field="args",
                fix="Send large content as a reference to an asset.",
            )
        return encoded


@dataclass(frozen=True, slots=True)
class Action:
    """One row of the queue. Times are UTC."""

    tenant: str
    id: str
    server: str
    tool: str
    canonical: bytes
    digest: str
    exposure: dict[str, Any]
    summary: str
    reversible: bool
    evidence: list[dict[str, Any]]
    compensates: str | None
    terms: dict[str, Any]
    proposer: str
    actors: list[str]
    client_id: str
    revision: int
    state: State
    required_approvals: int
    policy_version: str
    expires_at: datetime
    dispatch_after: datetime | None
    broke_glass: bool
    lease_until: datetime | None
    fence: int
    attempts: int
    receipt: dict[str, Any] | None
    reason: str | None
    changed_by: str
    created_at: datetime
    decided_at: datetime | None
    finished_at: datetime | None

    @property
    def status(self) -> Status:
        return cast("Status", self.state.lower())

    @property
    def document(self) -> dict[str, Any]:
        """The canonical bytes decoded: the only thing a reviewer is shown as the action."""
        return decode(self.canonical)


@dataclass(frozen=True, slots=True)
class Revision:
    revision: int
    canonical: bytes
    digest: str
    exposure: dict[str, Any]
    summary: str
    policy_version: str
    editor: str | None
    reason: str | None
    created_at: datetime

    @property
    def shown(self) -> dict[str, Any]:
        """What a reviewer compares between two revisions."""
        return decode(self.canonical)


@dataclass(frozen=True, slots=True)
class Decision:
    action_id: str
    revision: int
    digest: str
    decision: Vote
    reviewer: str
    roles: list[str]
    on_behalf_of: str | None
    automatic: dict[str, Any] | None
    """What a rule of the policy found; None for a person's vote."""
    reason: str | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    seq: int
    at: datetime
    event: str
    action_id: str
    revision: int
    digest: str
    actor: str
    detail: dict[str, Any]
    previous_hash: bytes
    hash: bytes


def decode(canonical: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(canonical))


def count_approvals(action: Action, decisions: Sequence[Decision]) -> int:
    """Approvals that count: of the present digest, in a role of the tier, by distinct people who stand for distinct
    authorities, none of them the proposer."""
    roles = set(action.terms.get("approver_roles", ()))
    counted = [
        vote
        for vote in decisions
        if vote.decision == "approve"
        and (vote.revision, vote.digest) == (action.revision, action.digest)
        and action.proposer not in (vote.reviewer, vote.on_behalf_of)
        and (vote.automatic is not None or roles.intersection(vote.roles))
    ]
    people = {vote.reviewer for vote in counted}
    return min(len(people), len({vote.on_behalf_of or vote.reviewer for vote in counted}))


def check_may_approve(action: Action, editor: str | None, reviewer: str) -> None:
    """Four eyes. Raises FourEyes for the proposer, and for the editor where one approval would be enough.

    Where more approvals are needed the editor's counts, because at most one person edited a revision.
    """
    if reviewer == action.proposer:
        raise FourEyes(f"{reviewer} proposed this action.", fix="Somebody else has to approve it.")
    if reviewer == editor and action.required_approvals == 1:
        raise FourEyes(
            f"{reviewer} wrote revision {action.revision} and cannot be its only approver.",
            fix="Somebody else has to approve it.",
        )
