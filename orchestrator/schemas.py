"""The conversation API's bodies. Times are ISO 8601 in UTC; money travels as decimal strings."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from orchestrator.domain.changes import Changes
from orchestrator.domain.conversation import MAX_MESSAGE, StrategyRecord, Thread, TurnRecord
from orchestrator.domain.strategy import ApprovalRef, Strategy
from orchestrator.errors import InvalidMessage


class MessageRequest(BaseModel):
    model_config = ConfigDict(extra="ignore")

    text: str = Field(description=f"1 to {MAX_MESSAGE} characters, in English or Spanish")

    def checked(self) -> str:
        """The text, or InvalidMessage that says what is wrong with it."""
        if not self.text.strip():
            raise InvalidMessage("The message is empty.", field="text", fix="Write what you want to achieve.")
        if len(self.text) > MAX_MESSAGE:
            raise InvalidMessage(
                f"The message has {len(self.text)} characters; {MAX_MESSAGE} at most.",
                field="text",
                fix="Shorten it, or split it into several messages.",
            )
        return self.text


class ThreadView(BaseModel):
    id: str
    thread_id: str
    title: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, thread: Thread) -> Self:
        return cls(
            id=thread.thread_id,
            thread_id=thread.thread_id,
            title=thread.title,
            created_at=thread.created_at,
            updated_at=thread.updated_at,
        )


class MessageView(BaseModel):
    """A message of the history. An assistant's carries the whole result of its turn."""

    id: str
    role: Literal["user", "assistant"]
    text: str
    created_at: datetime
    turn: dict[str, Any] | None = None


class HistoryView(ThreadView):
    status: Literal["idle", "running", "interrupted", "failed"]
    messages: list[MessageView]

    @classmethod
    def of_turns(cls, thread: Thread, turns: list[TurnRecord], *, interrupted: bool) -> Self:
        last = turns[-1].status if turns else "done"
        status = "interrupted" if interrupted else {"done": "idle"}.get(last, last)
        return cls.model_validate(
            {
                **ThreadView.of(thread).model_dump(),
                "status": status,
                "messages": [message for turn in turns for message in _messages(turn)],
            }
        )


class VersionView(BaseModel):
    version: int
    turn_id: str
    created_at: datetime
    changes: Changes | None
    strategy: Strategy

    @classmethod
    def of(cls, record: StrategyRecord) -> Self:
        return cls(
            version=record.version,
            turn_id=record.turn_id,
            created_at=record.created_at,
            changes=record.changes,
            strategy=record.strategy,
        )


class StrategyView(BaseModel):
    """The latest version, with the present status of its proposals, and all versions, the newest first."""

    thread_id: str
    strategy: Strategy
    approvals: list[ApprovalRef]
    versions: list[VersionView]


class ResumeView(BaseModel):
    thread_id: str
    turn_id: str
    stream: str = Field(description="Where to follow the turn")


def _messages(turn: TurnRecord) -> list[MessageView]:
    asked = MessageView(id=f"{turn.turn_id}-user", role="user", text=turn.text, created_at=turn.created_at)
    if turn.result is None:
        return [asked]
    answered = MessageView(
        id=turn.turn_id,
        role="assistant",
        text=str(turn.result["message"]),
        created_at=turn.finished_at or turn.created_at,
        turn=turn.result,
    )
    return [asked, answered]
