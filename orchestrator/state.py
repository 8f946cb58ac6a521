"""What a run of the graph carries: JSON in the checkpoint, and beside it what must never be stored.

Checkpoints hold no message text, no token and no person's data: those come with the run, from the caller's request.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypedDict

from agents.desk import Desk
from kernel.auth import Principal
from orchestrator.chunks import Stream
from orchestrator.clients.approvals import Approvals
from orchestrator.clients.hub import Hub
from orchestrator.engines import Engines
from orchestrator.repository import Conversations

Json = dict[str, Any]


def merged(left: Json, right: Json) -> Json:
    """Parallel nodes each write under their own key."""
    return {**left, **right}


class TurnState(TypedDict, total=False):
    """One turn. Every value is JSON: typed again by the node that reads it."""

    turn: Json
    """`Turn`, as understood."""
    conversation: Json
    """`Conversation`, as it will be after this turn."""
    assignment: Json
    replan: list[str]
    """Specialists whose part is planned in this turn; the others' parts come from the version before."""
    reports: Annotated[Json, merged]
    strategy: Json
    changes: Json | None
    withdraw: list[str]
    """Approvals of the version before that this one supersedes."""
    outcomes: Annotated[Json, merged]
    """`ApprovalRef` by item."""
    refusals: Annotated[Json, merged]
    """Why an item could not be proposed."""
    reply: Json
    """`Reply`: what the turn answers, for the routes that make no strategy."""
    usage: Json
    """`Usage` of understanding."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the process opened, shared by all runs."""

    conversations: Conversations
    hub: Hub
    approvals: Approvals
    engines: Engines


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What one run works with. Never checkpointed."""

    services: Services
    principal: Principal
    desk: Desk
    stream: Stream
    thread_id: str
    turn_id: str
    text: str
    today: date
