"""What a specialist's policy decides: which tools to call for an assignment, and what to conclude from the answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from agents.assignment import Assignment, Frozen
from agents.report import ToolResult

OutputT = TypeVar("OutputT", bound=BaseModel)


class ToolCall(Frozen):
    tool: str
    args: dict[str, Any] = Field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Policy(Generic[OutputT]):
    """Pure functions. `calls` are independent of one another: they are made in parallel."""

    calls: Callable[[Assignment], Sequence[ToolCall]]
    conclude: Callable[[Assignment, Sequence[ToolResult]], OutputT]


def answers(results: Sequence[ToolResult], tool: str) -> list[ToolResult]:
    """The results of one tool that are answers, not refusals."""
    return [result for result in results if result.tool == tool and result.error is None]
