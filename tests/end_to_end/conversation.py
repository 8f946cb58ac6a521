"""Speaking with the conversation API as a portal does: messages that stream."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, cast

import httpx2

from kernel.auth import Role
from tests.end_to_end.system import System

Chunk = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """One person's side of the API."""

    http: httpx2.AsyncClient
    base_url: str

    async def thread(self) -> str:
        response = await self.http.post(f"{self.base_url}/v1/threads")
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    async def say(self, thread: str, text: str) -> dict[str, Any]:
        """Send a message; the turn it led to."""
        return turn_of([chunk async for chunk in self.stream(thread, text)])

    async def stream(self, thread: str, text: str) -> AsyncGenerator[Chunk]:
        """Send a message; its chunks as they come."""
        url = f"{self.base_url}/v1/threads/{thread}/messages"
        async with self.http.stream("POST", url, json={"text": text}) as response:
            assert response.status_code == 200, (await response.aread()).decode()
            assert response.headers["x-vercel-ai-ui-message-stream"] == "v1"
            assert "no-transform" in response.headers["cache-control"]
            async for chunk in _chunks(response):
                yield chunk

    async def follow(self, thread: str, turn: str | None = None) -> list[Chunk] | None:
        """The stream of a turn from its beginning; None when there is none to follow."""
        query = f"?turn={turn}" if turn else ""
        async with self.http.stream("GET", f"{self.base_url}/v1/threads/{thread}/stream{query}") as response:
            if response.status_code == 204:
                return None
            assert response.status_code == 200
            return [chunk async for chunk in _chunks(response)]

    async def get(self, path: str) -> httpx2.Response:
        return await self.http.get(f"{self.base_url}{path}")

    async def post(self, path: str, body: object = None) -> httpx2.Response:
        return await self.http.post(f"{self.base_url}{path}", json=body)


async def person(system: System, http: httpx2.AsyncClient, role: Role = "marketer") -> Person:
    http.headers["Authorization"] = f"Bearer {await system.token(role, 'orchestrator')}"
    return Person(http, system.settings.url("orchestrator"))


def turn_of(chunks: list[Chunk]) -> dict[str, Any]:
    return cast("dict[str, Any]", next(chunk["data"] for chunk in chunks if chunk["type"] == "data-turn"))


async def _chunks(response: httpx2.Response) -> AsyncGenerator[Chunk]:
    async for line in response.aiter_lines():
        if line.startswith("data: ") and line != "data: [DONE]":
            yield cast("Chunk", json.loads(line.removeprefix("data: ")))
