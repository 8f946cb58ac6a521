"""What passes between a server, the approval queue and whoever asked. Money travels as decimal strings."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kernel.canonical import canonical_bytes

OutcomeStatus = Literal["pending_approval", "executed", "rejected", "expired", "cancelled", "failed", "unknown"]
ActionStatus = Literal[
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


class Exposure(BaseModel):
    """What an action can cost or touch at most."""

    model_config = ConfigDict(frozen=True)

    amount: str | None = Field(default=None, description="Money at stake, a decimal string such as 1200.00.")
    currency: str | None = Field(default=None, description="ISO 4217 code of amount.")
    period_start: date | None = Field(default=None, description="First day on which money can be spent.")
    period_end: date | None = Field(default=None, description="Last day on which money can be spent.")
    recipients: int | None = Field(default=None, description="People who get a message.")
    reach: int | None = Field(default=None, description="People who may see it, estimated.")
    countries: list[str] = Field(default=[], description="Countries concerned, by English name.")
    client: str | None = Field(default=None, description="The client company it is done for.")
    campaign_id: str | None = None


class Evidence(BaseModel):
    """Something a reviewer can look at before deciding."""

    model_config = ConfigDict(frozen=True)

    title: str
    detail: str
    source: str | None = None


class CachedContent(BaseModel):
    """Something in an action that a cache supplied."""

    model_config = ConfigDict(frozen=True)

    reference: str = Field(description="Which entry of which cache.")
    age_seconds: int = Field(ge=0, description="How old it was when it was used.")
    similarity: float | None = Field(default=None, ge=0, le=1, description="1: the same request; null: nobody told.")


class UntrustedInput(BaseModel):
    """Words of somebody outside that may have shaped an action."""

    model_config = ConfigDict(frozen=True)

    source: str = Field(description="Whose words, for people.")
    reference: str = Field(description="Where they can be read, such as crm://leads/lead_1.")


class Provenance(BaseModel):
    """What an action's content comes from, as far as its server knows. Who asked is known from the token."""

    model_config = ConfigDict(frozen=True)

    engine: str | None = Field(default=None, description="What wrote the content; null: none, or nobody told.")
    cached: list[CachedContent] = []
    untrusted: list[UntrustedInput] = []


class Difference(BaseModel):
    """A field that the platform applied otherwise than was requested."""

    field: str
    requested: Any
    applied: Any


class Receipt(BaseModel):
    """What the platform says it holds after the action, compared with what was asked."""

    platform: str
    platform_id: str
    sandbox: bool = Field(description="True: a simulated platform; nothing left the system.")
    requested: dict[str, Any]
    applied: dict[str, Any]
    differences: list[Difference]
    applied_at: datetime


class ActionOutcome(BaseModel):
    """The answer of every gated tool and of get_approval: what became of the action."""

    status: OutcomeStatus = Field(description="pending_approval until a person decides and the executor has run.")
    approval_id: str
    approval_url: str = Field(description="Where a reviewer sees and decides it.")
    expires_at: datetime = Field(description="When it lapses undecided.")
    summary: str = Field(description="What will happen, in one sentence.")
    exposure: Exposure
    receipt: Receipt | None = Field(default=None, description="Requested against applied; only after execution.")
    reason: str | None = Field(default=None, description="Why it was rejected, cancelled, or failed.")
    next: str = Field(description="What to do now.")


class ActionView(BaseModel):
    """The part of the approval queue's view of an action that a server reads."""

    model_config = ConfigDict(extra="ignore")

    id: str
    status: ActionStatus
    url: str
    expires_at: datetime
    summary: str
    exposure: Exposure
    receipt: Receipt | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Preparation:
    """What a gated tool finds before it proposes: the target as it is, and what acting on it would mean."""

    target_account: str
    target_state: dict[str, Any]
    """The facts about the target that must still hold when the action is released."""
    summary: str
    exposure: Exposure
    reversible: bool
    """Whether the tool's `compensation` has something to offer once it has been done."""
    evidence: list[Evidence] = field(default_factory=list[Evidence])
    provenance: Provenance = field(default_factory=Provenance)
    target: dict[str, Any] | None = None
    """The facts of the target that a reviewer may see, personal data masked; None: the whole state."""

    def visible_target(self) -> dict[str, Any]:
        """What a reviewer sees of the target, as JSON."""
        shown = self.target_state if self.target is None else self.target
        return json.loads(canonical_bytes(shown))


@dataclass(frozen=True, slots=True)
class Execution:
    """An approved action on its way to the platform. `action_id` is the idempotency key outside."""

    action_id: str
    tenant: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What was asked of the platform and what it reads back. Keys are the business fields compared."""

    platform: str
    platform_id: str
    sandbox: bool
    requested: dict[str, Any]
    applied: dict[str, Any]


_OUTCOMES: dict[ActionStatus, OutcomeStatus] = {
    "pending": "pending_approval",
    "approved": "pending_approval",
    "executing": "pending_approval",
    "succeeded": "executed",
    "rejected": "rejected",
    "expired": "expired",
    "cancelled": "cancelled",
    "failed": "failed",
    "failed_partial": "failed",
    "unknown": "unknown",
}
_NEXT: dict[ActionStatus, str] = {
    "pending": "Nothing has happened yet. A reviewer has to approve it; ask get_approval later.",
    "approved": "Approved and waiting for the executor; ask get_approval in a moment.",
    "executing": "Being executed; ask get_approval in a moment.",
    "succeeded": "Done. The receipt compares what was requested with what was applied.",
    "rejected": "It will not happen. Read the reason before proposing something else.",
    "expired": "It lapsed undecided and will not happen. Propose it again if it is still wanted.",
    "cancelled": "It was withdrawn and will not happen.",
    "failed": "It was not applied as requested. Read the reason and the receipt.",
    "failed_partial": (
        "It was applied otherwise than approved. The receipt says how; a person has to put it right, do not propose it "
        "again."
    ),
    "unknown": "The platform gave no clear answer. A person has to reconcile it; do not propose it again.",
}


def outcome(view: ActionView) -> ActionOutcome:
    """The envelope a tool returns for an action of the queue."""
    return ActionOutcome(
        status=_OUTCOMES[view.status],
        approval_id=view.id,
        approval_url=view.url,
        expires_at=view.expires_at,
        summary=view.summary,
        exposure=view.exposure,
        receipt=view.receipt,
        reason=view.reason,
        next=_NEXT[view.status],
    )


def compare(applied: Applied, applied_at: datetime) -> Receipt:
    """A receipt: every requested field against what was read back."""
    differences = [
        Difference(field=name, requested=value, applied=applied.applied.get(name))
        for name, value in applied.requested.items()
        if applied.applied.get(name) != value
    ]
    return Receipt(
        platform=applied.platform,
        platform_id=applied.platform_id,
        sandbox=applied.sandbox,
        requested=applied.requested,
        applied=applied.applied,
        differences=differences,
        applied_at=applied_at,
    )
