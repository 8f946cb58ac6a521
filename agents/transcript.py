"""Reading the tool calls and answers out of an agent's messages."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ToolCallPart,
    ToolReturnPart,
)

from agents.report import ToolResult


def tool_results(messages: Sequence[ModelMessage]) -> list[ToolResult]:
    """Every tool call that was answered, in the order of the answers; a refusal carries the server's words."""
    asked = {part.tool_call_id: part.args_as_dict() for part in _calls(messages)}
    return [
        _result(part, asked.get(part.tool_call_id, {}))
        for message in messages
        if isinstance(message, ModelRequest)
        for part in message.parts
        if isinstance(part, ToolReturnPart)
    ]


def _result(part: ToolReturnPart, args: dict[str, Any]) -> ToolResult:
    content: Any = part.content
    if part.outcome == "success":
        return ToolResult(tool=part.tool_name, args=args, content=content)
    return ToolResult(tool=part.tool_name, args=args, error=str(content))


def _calls(messages: Sequence[ModelMessage]) -> Iterable[ToolCallPart]:
    for message in messages:
        if isinstance(message, ModelResponse):
            yield from (part for part in message.parts if isinstance(part, ToolCallPart))
