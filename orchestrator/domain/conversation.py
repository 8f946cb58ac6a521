"""A conversation: what carries over from one message to the next, and what a message led to."""

from datetime import datetime
from typing import Any, Literal

from agents.assignment import Engine, Frozen, Language
from agents.report import Usage
from orchestrator.domain.brief import Brief, Essential
from orchestrator.domain.changes import Changes
from orchestrator.domain.strategy import ApprovalRef, Strategy

MAX_MESSAGE = 16_000
ResultStatus = Literal["strategy", "question", "answer", "pending", "action", "help", "error"]
TurnStatus = Literal["running", "done", "failed"]


class Conversation(Frozen):
    """The memory of a thread between messages."""

    language: Language = "en"
    brief: Brief = Brief()
    awaiting: tuple[Essential, ...] = ()
    changing: bool = False


class Reply(Frozen):
    """What a turn answers when it makes no strategy."""

    status: ResultStatus
    message: str
    engine: Engine | None = None
    """Where another engine than the reader's gave the answer."""
    question: str | None = None
    answer: dict[str, Any] | None = None
    approvals: tuple[ApprovalRef, ...] = ()


class TurnResult(Frozen):
    """What one message led to: the last thing a stream says, and what the history keeps."""

    thread_id: str
    turn_id: str
    status: ResultStatus
    language: Language
    engine: Engine
    message: str
    question: str | None = None
    strategy: Strategy | None = None
    changes: Changes | None = None
    approvals: tuple[ApprovalRef, ...] = ()
    answer: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    usage: Usage = Usage()


class Thread(Frozen):
    thread_id: str
    title: str
    conversation: Conversation
    created_at: datetime
    updated_at: datetime


class TurnRecord(Frozen):
    turn_id: str
    thread_id: str
    seq: int
    status: TurnStatus
    text: str
    result: dict[str, Any] | None
    created_at: datetime
    finished_at: datetime | None


class StrategyRecord(Frozen):
    """A version with what it was made from, so that a change re-plans only what it affects."""

    version: int
    turn_id: str
    body: dict[str, Any]
    brief: Brief
    reports: dict[str, dict[str, Any]]
    approvals: tuple[ApprovalRef, ...] = ()
    changes: Changes | None = None
    created_at: datetime

    @property
    def strategy(self) -> Strategy:
        return Strategy.model_validate(self.body).model_copy(update={"approvals": self.approvals})
