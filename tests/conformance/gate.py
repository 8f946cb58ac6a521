"""The real gate through the real server, as clients of the protocol see it: an asset is proposed for publication as a
task, which is pending, then approved by a reviewer in the queue, executed, and completed with the receipt.

The SDK's client follows the task itself. The Inspector waits for its end, as its command line does for every task, and
the reviewer approves what it proposed meanwhile.
"""

import asyncio
import json
from typing import Any, cast

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from kernel.auth import TokenClient
from kernel.settings import Service, Settings
from tests.conformance.inspector import Inspector
from tests.conformance.outcome import Outcome
from tests.support.gated import TakesTasks, ask, start, structured

GROUP = "the gate as a task"
GATE_SERVER: Service = "content"
_ASSET = {
    "client": "Conformance",
    "product": "Roast",
    "title": "A cup",
    "channel": "social",
    "platform": "Meta Ads",
    "language": "en",
    "headline": "Slow",
    "body": "A cup of coffee.",
    "engine": "human",
}
_SECONDS = 60
_PAUSE_SECONDS = 0.2


class Reviewed:
    """A marketer who proposes, and a reviewer who approves."""

    def __init__(self, settings: Settings, http: httpx2.AsyncClient, tokens: TokenClient, inspector: Inspector) -> None:
        self._settings = settings
        self._http = http
        self._tokens = tokens
        self._inspector = inspector

    async def check(self) -> list[Outcome]:
        token = await self._tokens.assertion("marketer", GATE_SERVER)
        headers = {"Authorization": f"Bearer {token}"}
        url = self._settings.audience(GATE_SERVER)
        async with (
            asyncio.timeout(2 * _SECONDS),
            httpx2.AsyncClient(headers=headers, timeout=30, trust_env=False) as http,
            Client(streamable_http_client(url, http_client=http), extensions=[TakesTasks()]) as client,
        ):
            followed = await self._follow(client)
            waited = await self._wait(await self._asset(client), token)
        return [*followed, *waited]

    async def _follow(self, client: Client) -> list[Outcome]:
        handle = await start(client, "publish_asset", asset_id=await self._asset(client), version=1)
        pending = await ask(client, "tasks/get", handle["taskId"])
        await self._approve(handle["taskId"])
        task = pending
        while task["status"] == "working":
            await asyncio.sleep(_PAUSE_SECONDS)
            task = await ask(client, "tasks/get", handle["taskId"])
        receipt = structured(task)["receipt"] if task["status"] == "completed" else None
        return [
            _outcome("SDK: the task is pending", pending["status"] == "working", pending),
            _outcome("SDK: it completes with the receipt", bool(receipt and not receipt["differences"]), task),
        ]

    async def _wait(self, asset_id: str, token: str) -> list[Outcome]:
        before = await self._pending()
        arguments = json.dumps({"asset_id": asset_id, "version": 1})
        calling = asyncio.create_task(self._inspector.call("publish_asset", arguments, token))
        proposed: set[str] = set()
        while not proposed and not calling.done():
            await asyncio.sleep(_PAUSE_SECONDS)
            proposed = await self._pending() - before
        waits = bool(proposed) and not calling.done()
        for action_id in proposed:
            await self._approve(action_id)
        done = await calling
        result = cast("dict[str, Any]", json.loads(done.output)["result"]) if done.status == 0 else {}
        executed = result.get("structuredContent", {}).get("status") == "executed"
        return [
            _outcome("Inspector: the call waits while the task is pending", waits, done.complaint),
            _outcome("Inspector: it ends with the executed action", executed, result or done.complaint),
        ]

    async def _asset(self, client: Client) -> str:
        result = await client.call_tool("create_asset", _ASSET)
        assert result.structured_content is not None, result.content
        return str(result.structured_content["id"])

    async def _pending(self) -> set[str]:
        answer = await self._queue("GET", f"?status=pending&server={GATE_SERVER}")
        return {str(item["id"]) for item in answer["items"]}

    async def _approve(self, action_id: str) -> None:
        action = await self._queue("GET", f"/{action_id}")
        await self._queue("POST", f"/{action_id}/approve", {"revision": action["revision"], "digest": action["digest"]})

    async def _queue(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        token = await self._tokens.assertion("reviewer", "approvals")
        url = f"{self._settings.url('approvals')}/v1/actions{path}"
        answer = await self._http.request(method, url, json=body, headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        return cast("dict[str, Any]", answer.json())


def _outcome(name: str, well: bool, found: object) -> Outcome:
    return Outcome(GROUP, name, "passed" if well else "failed", "" if well else str(found)[:300])
