"""A gated server in memory, over a queue that the test decides in, and a client that takes tasks."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal, cast

from mcp.client import Client
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp_types import CallToolResult, Request, Result
from pydantic import BaseModel, ConfigDict

from kernel.auth import Principal
from kernel.database import Connection, Database
from kernel.gate import ActionOutcome, Applied, Execution, Exposure, Gate, GatedTool, Preparation
from kernel.gate.grants import GrantVerifier
from kernel.mcp import ContextServer
from kernel.mcp.approval import gated_server
from kernel.mcp.identity import StdioIdentity
from kernel.mcp.tasks import TASKS
from tests.support.gate import RecordingQueue
from tests.support.identity import FixedIdentity, caller


class PaintArgs(BaseModel):
    model_config = ConfigDict(extra="forbid")

    wall: str


class Paint(GatedTool[PaintArgs]):
    """Would paint a wall; never gets to it in these tests."""

    name = "paint"
    args = PaintArgs
    scopes = ("ads:write",)

    @property
    def retry_safe(self) -> bool:
        return True

    async def prepare(self, tenant: str, args: PaintArgs) -> Preparation:
        exposure = Exposure(amount="12.50", currency="USD", countries=["Costa Rica"], reach=9, client="Cafe Alta")
        return Preparation("wall-account", {"wall": args.wall}, f"Paint {args.wall}.", exposure, reversible=False)

    async def effect(self, execution: Execution, args: PaintArgs) -> Applied:
        raise AssertionError("nothing is executed here")

    async def record(self, connection: Connection, execution: Execution, args: PaintArgs, applied: Applied) -> None:
        raise AssertionError("nothing is executed here")

    async def look_up(self, execution: Execution, args: PaintArgs) -> Applied | None:
        raise AssertionError("nothing is executed here")


class GatedServer:
    """The server, its queue, and clients for whoever is named."""

    def __init__(self, *, watch_seconds: float = 0.01) -> None:
        self.queue = RecordingQueue()
        gate = Gate(
            "ads",
            [Paint()],
            database=cast("Database", None),  # looked at only when something is executed
            queue=self.queue,
            grants=cast("GrantVerifier", None),
        )
        self.server: ContextServer = gated_server(
            gate, self.queue, instructions="", version="0", state_key=b"k" * 32, watch_seconds=watch_seconds
        )

        @self.server.expose("ads:write", effect="gated", title="Paint")
        async def paint(wall: str) -> ActionOutcome:
            """Propose to paint a wall."""
            return await gate.propose(await self.server.caller(), "paint", PaintArgs(wall=wall))

        @self.server.expose("ads:read", effect="read", title="Look")
        async def look() -> str:
            """Look at the wall."""
            return "grey"

    @asynccontextmanager
    async def client(self, principal: Principal | None = None, **options: Any) -> AsyncGenerator[Client]:
        """A client in memory whose calls come from this principal; `options` are the SDK client's."""
        self.server.stdio = cast("StdioIdentity", FixedIdentity(principal or caller()))
        async with Client(self.server, **options) as client:
            yield client


class CreatedTask(Result):
    """What a call is answered when it became a task."""

    model_config = ConfigDict(extra="allow")
    result_type: Literal["task"] = "task"


class AnyResult(Result):
    model_config = ConfigDict(extra="allow")


class TakesTasks(ClientExtension):
    """Declares the extension; its calls are answered with tasks, which the test follows itself."""

    identifier = TASKS

    def claims(self) -> Sequence[ResultClaim[Any]]:
        return [ResultClaim(result_type="task", model=CreatedTask, resolve=self._never)]

    async def _never(self, _task: CreatedTask, _context: ClaimContext) -> CallToolResult:
        raise AssertionError("tests call with allow_claimed")


class TaskRequest(Request[dict[str, Any], str]):
    name_param = "taskId"
    method: str
    params: dict[str, Any]


async def start(client: Client, tool: str, _state: str | None = None, **arguments: Any) -> dict[str, Any]:
    """Call a tool whose answer is a task: the handle, as it came over the wire."""
    result = await client.session.call_tool(tool, arguments, request_state=_state, allow_claimed=True)
    assert isinstance(result, CreatedTask), result
    return _wire(result)


async def ask(client: Client, method: str, task_id: str, **params: Any) -> dict[str, Any]:
    """One of the extension's methods."""
    request = TaskRequest(method=method, params={"taskId": task_id, **params})
    return _wire(await client.session.send_request(cast("Any", request), AnyResult))


async def proposed(gated: GatedServer, principal: Principal | None = None) -> str:
    """The id of an action that waits."""
    async with gated.client(principal) as client:
        result = await client.call_tool("paint", {"wall": "north"})
    assert result.structured_content is not None
    return str(result.structured_content["approval_id"])


def structured(result: Mapping[str, Any]) -> dict[str, Any]:
    """A completed task's outcome."""
    return cast("dict[str, Any]", result["result"]["structuredContent"])


def _wire(result: Result) -> dict[str, Any]:
    return result.model_dump(mode="json", by_alias=True, exclude={"meta"})
