"""What there is to know of an action before and after it is decided, as a document and as text."""

from datetime import datetime
from typing import Any

from mcp.server.lowlevel.helper_types import ReadResourceContents

from kernel.gate.models import ActionOutcome, Evidence, outcome
from kernel.gate.queue import ActionCard

SCHEME = "approval://"
TEMPLATE = "approval://{approval_id}"


class ApprovalCard(ActionOutcome):
    """An action's outcome so far with what a reviewer looks at."""

    server: str
    tool: str
    args: dict[str, Any]
    reversible: bool
    evidence: list[Evidence]
    proposer: str
    revision: int
    digest: str
    approvals: int
    required_approvals: int
    created_at: datetime
    decided_at: datetime | None
    finished_at: datetime | None


def card_of(card: ActionCard) -> ApprovalCard:
    told = outcome(card)
    shown = card.model_dump(include=set(ApprovalCard.model_fields) - set(ActionOutcome.model_fields))
    return ApprovalCard.model_validate({**told.model_dump(), **shown})


def as_text(document: str) -> ReadResourceContents:
    """The same card for clients that show text."""
    card = ApprovalCard.model_validate_json(document)
    return ReadResourceContents(content="\n".join(_lines(card)), mime_type="text/plain")


def _lines(card: ApprovalCard) -> list[str]:
    exposure = card.exposure
    facts = {
        "Status": card.status,
        "Where": f"{card.server}, {card.tool}",
        "Client": exposure.client,
        "Campaign": exposure.campaign_id,
        "Cost at most": exposure.amount and f"{exposure.amount} {exposure.currency}",
        "From": exposure.period_start,
        "Until": exposure.period_end,
        "Countries": ", ".join(exposure.countries),
        "Reach": exposure.reach,
        "Recipients": exposure.recipients,
        "Reversible": "yes" if card.reversible else "no",
        "Proposed by": f"{card.proposer}, {card.created_at:%Y-%m-%d %H:%M} UTC",
        "Approvals": f"{card.approvals} of {card.required_approvals}, for revision {card.revision}",
        "Lapses": f"{card.expires_at:%Y-%m-%d %H:%M} UTC",
        "Reason": card.reason,
        "Differences": card.receipt and ", ".join(difference.field for difference in card.receipt.differences),
        "Next": card.next,
        "Decided at": card.approval_url,
    }
    shown = [f"{name}: {value}" for name, value in facts.items() if value not in {None, ""}]
    return [card.summary, *shown, *(f"Evidence: {one.title}: {one.detail}" for one in card.evidence)]


def approval_id_of(uri: str) -> str | None:
    """Which action a URI names; None when it names something else."""
    return uri.removeprefix(SCHEME) if uri.startswith(SCHEME) and "/" not in uri.removeprefix(SCHEME) else None
