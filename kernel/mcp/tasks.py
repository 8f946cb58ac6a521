"""The Tasks extension (SEP-2663): a tool's call may be answered with a task to ask about later, instead of a result.

It knows the protocol and no tool: what a task is, and where it stands, its sources say, each time anew.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, cast

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import MCP_NAME_HEADER, decode_header_value
from mcp_types import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolRequestParams,
    CallToolResult,
    ErrorData,
    RequestParams,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from starlette.requests import Request

from kernel.errors import PromptSalesError
from kernel.mcp.advice import protocol_error

TASKS = "io.modelcontextprotocol/tasks"
POLL_MILLISECONDS = 2000
TaskStatus = Literal["working", "input_required", "completed", "failed", "cancelled"]
Call = ServerRequestContext[Any, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it stands. `result` belongs to completed, `error` to failed, `questions` to input_required."""

    id: str
    status: TaskStatus
    created_at: datetime
    updated_at: datetime
    message: str | None = None
    result: CallToolResult | None = None
    error: ErrorData | None = None
    questions: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the client is asked, by key, as it goes over the wire."""

    def handle(self) -> dict[str, Any]:
        """The answer to the call that began it."""
        return {"resultType": "task", **self._common()}

    def detailed(self) -> dict[str, Any]:
        """All there is to know of it: the answer to `tasks/get`, and what a notification of it says."""
        document = self._common()
        if self.status == "completed" and self.result is not None:
            document["result"] = self.result.model_dump(mode="json", by_alias=True, exclude_none=True)
        elif self.status == "failed" and self.error is not None:
            document["error"] = self.error.model_dump(mode="json", by_alias=True, exclude_none=True)
        elif self.status == "input_required":
            document["inputRequests"] = dict(self.questions)
        return document

    def _common(self) -> dict[str, Any]:
        return {
            "taskId": self.id,
            "status": self.status,
            **({"statusMessage": self.message} if self.message else {}),
            "createdAt": self.created_at.isoformat(),
            "lastUpdatedAt": self.updated_at.isoformat(),
            "ttlMs": None,
            "pollIntervalMs": POLL_MILLISECONDS,
        }


class TaskSource(Protocol):
    """Something whose work outlasts a call. It checks who calls; what is not the caller's to see does not exist."""

    async def begun(self, tool: str, result: CallToolResult) -> Task | None:
        """The task behind what a tool answered; None when the answer is the result."""
        ...

    async def find(self, task_id: str) -> Task | None: ...

    async def update(self, task_id: str, responses: Mapping[str, Any]) -> None:
        """Take the client's answers to what it was asked; answers to anything else are ignored."""
        ...

    async def cancel(self, task_id: str) -> None:
        """Stop the work if it can be stopped; what has ended stays as it is."""
        ...


class TaskParams(RequestParams):
    task_id: str


class TaskUpdateParams(TaskParams):
    input_responses: dict[str, Any]


class Tasks(Extension):
    """Serves `tasks/get`, `tasks/update` and `tasks/cancel` over its sources, to clients that declare the extension."""

    identifier = TASKS

    def __init__(self) -> None:
        self.sources: list[TaskSource] = []
        self.required: set[str] = set()
        """Tools that answer with nothing but a task."""

    def methods(self) -> Sequence[MethodBinding]:
        bound: tuple[tuple[str, type[TaskParams], Callable[[TaskSource, Task, Any], Awaitable[HandlerResult]]], ...] = (
            ("tasks/get", TaskParams, _get),
            ("tasks/update", TaskUpdateParams, _update),
            ("tasks/cancel", TaskParams, _cancel),
        )
        versions = frozenset(MODERN_PROTOCOL_VERSIONS)
        return [MethodBinding(method, params, self._on_task(act), versions) for method, params, act in bound]

    async def intercept_tool_call(self, params: CallToolRequestParams, ctx: Call, call_next: CallNext) -> HandlerResult:
        declared = declares_tasks(ctx)
        if params.name in self.required and not declared:
            raise missing_tasks()
        result = await call_next(ctx)
        if not declared or not isinstance(result, CallToolResult) or result.is_error:
            return result
        for source in self.sources:
            task = await _translated(source.begun(params.name, result))
            if task is not None:
                return task.handle()
        return result

    def _on_task(
        self, act: Callable[[TaskSource, Task, Any], Awaitable[HandlerResult]]
    ) -> Callable[[Call, TaskParams], Awaitable[HandlerResult]]:
        async def handler(ctx: Call, params: TaskParams) -> HandlerResult:
            if not declares_tasks(ctx):
                raise missing_tasks()
            _require_name(ctx, params.task_id)
            for source in self.sources:
                task = await _translated(source.find(params.task_id))
                if task is not None:
                    return await _translated(act(source, task, params))
            raise MCPError(INVALID_PARAMS, "There is no such task.")

        return handler


def declares_tasks(ctx: Call) -> bool:
    """Whether this request's client takes tasks; handshake versions have no such extension, whatever they declare."""
    capabilities = ctx.session.client_capabilities
    extensions = capabilities.extensions if capabilities else None
    return ctx.protocol_version in MODERN_PROTOCOL_VERSIONS and TASKS in (extensions or {})


def missing_tasks() -> MCPError:
    """What a client that did not declare the extension is told."""
    return MCPError(
        MISSING_REQUIRED_CLIENT_CAPABILITY,
        f"This needs the extension {TASKS}.",
        {"requiredCapabilities": {"extensions": {TASKS: {}}}},
    )


async def _get(_source: TaskSource, task: Task, _params: TaskParams) -> HandlerResult:
    return task.detailed()


async def _update(source: TaskSource, task: Task, params: TaskUpdateParams) -> HandlerResult:
    await source.update(task.id, params.input_responses)
    return {}


async def _cancel(source: TaskSource, task: Task, _params: TaskParams) -> HandlerResult:
    await source.cancel(task.id)
    return {}


async def _translated(answer: Awaitable[Any]) -> Any:
    try:
        return await answer
    except PromptSalesError as error:
        raise protocol_error(error) from error


def _require_name(ctx: Call, task_id: str) -> None:
    """Over HTTP the header says which task it is; the SDK compares only the methods it knows."""
    request: object = ctx.request
    if not isinstance(request, Request):
        return
    headers = cast("Request[Any]", request).headers
    if decode_header_value(headers.get(MCP_NAME_HEADER)) != task_id:
        raise MCPError(HEADER_MISMATCH, "The header Mcp-Name does not match the request body's taskId.")
