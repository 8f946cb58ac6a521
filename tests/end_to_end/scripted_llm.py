"""An OpenAI-compatible endpoint that answers by script: what the LLM path says on the wire, without an LLM.

It plays an obedient model. The supervisor's one request gets the reading it was given; each specialist's first request
gets tool calls for its assignment, its second the typed report. Everything it was asked is kept.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse

_MEETING_SECONDS = 60.0
Json = dict[str, Any]
Calls = list[tuple[str, Json]]


@dataclass(frozen=True)
class Asked:
    """One request: who it was for, and the tools it offered."""

    who: str
    tools: frozenset[str]
    body: Json


@dataclass
class ScriptedLlm:
    reading: Json = field(default_factory=dict[str, Any])
    """What the supervisor's request is answered with."""
    calls: dict[str, Callable[[Json], Calls]] = field(default_factory=lambda: dict(CALLS))
    """Tool calls of a specialist's first request, by specialist."""
    reports: dict[str, Callable[[Json], Json]] = field(default_factory=lambda: dict(REPORTS))
    failing: bool = False
    """Answer every request with a 500."""
    together: frozenset[str] = frozenset()
    """Specialists whose first requests are answered only when all of theirs are there, or refused after a while."""
    asked: list[Asked] = field(default_factory=list[Asked])
    base_url: str = ""
    _came: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/v1/chat/completions")
        async def complete(request: Request) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
            body = cast("Json", await request.json())
            tools = frozenset(str(tool["function"]["name"]) for tool in body.get("tools", []))
            who = _who(body, tools)
            self.asked.append(Asked(who, tools, body))
            if self.failing or not await self._all_there(who):
                return JSONResponse({"error": {"message": "scripted failure", "type": "server_error"}}, 500)
            return JSONResponse(_completion(body["model"], self._answer(who, tools, body)))

        return app

    def _answer(self, who: str, tools: frozenset[str], body: Json) -> Calls:
        if who == "supervisor":
            return [("Reading", self.reading)]
        assignment = _assignment(body)
        first = not any(message["role"] == "tool" for message in body["messages"])
        calls = [call for call in self.calls[who](assignment) if call[0] in tools]
        return calls if first and calls else [("report", self.reports[who](assignment))]

    async def _all_there(self, who: str) -> bool:
        """Hold a specialist's first request until those of the others who belong `together` have come too."""
        if who not in self.together:
            return True
        self._came.setdefault(who, asyncio.Event()).set()
        try:
            async with asyncio.timeout(_MEETING_SECONDS):
                for other in self.together:
                    await self._came.setdefault(other, asyncio.Event()).wait()
        except TimeoutError:
            return False
        return True


@asynccontextmanager
async def served(llm: ScriptedLlm) -> AsyncGenerator[ScriptedLlm]:
    """Serve it on a free loopback port; `base_url` says where."""
    server = _Server(uvicorn.Config(llm.app(), port=0, lifespan="off", log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            serving.result()
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    llm.base_url = f"http://127.0.0.1:{port}/v1"
    try:
        yield llm
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals stay the test runner's."""
        yield


def _who(body: Json, tools: frozenset[str]) -> str:
    if "Reading" in tools:
        return "supervisor"
    system = str(body["messages"][0]["content"]).lower()
    names = {"ads": ("ads specialist", "anuncios"), "content": ("content specialist", "en contenido")}
    names |= {"crm": ("crm specialist", "en crm"), "analytics": ("analytics specialist", "en analítica")}
    return next((name for name, words in names.items() if any(word in system for word in words)), "assistant")


def _assignment(body: Json) -> Json:
    return cast("Json", json.loads(next(item["content"] for item in body["messages"] if item["role"] == "user")))


def _completion(model: str, calls: Calls) -> Json:
    tool_calls = [
        {"id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for index, (name, arguments) in enumerate(calls)
    ]
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {
                "index": 0,
                "finish_reason": "tool_calls",
                "message": {"role": "assistant", "content": None, "tool_calls": tool_calls},
            }
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
    }


def _analytics(assignment: Json) -> Calls:
    filters = [{"dimension": "client", "values": [assignment["client"]]}]
    dimensions = ["platform", "channel", "country", "currency"]
    metrics = ["spend", "clicks", "conversions", "leads", "sales", "revenue", "cac", "cpl", "cpc", "roas"]
    return [
        ("query_metrics", {"metrics": metrics, "dimensions": dimensions, "filters": filters, "limit": 500}),
        ("data_freshness", {}),
    ]


def _ads(assignment: Json) -> Calls:
    countries = [country["name"] for country in assignment["countries"]]
    money = {"budget": assignment["budget"]["amount"], "currency": assignment["budget"]["currency"]}
    return [
        ("estimate_reach", {"client": assignment["client"], "countries": countries, **money}),
        ("list_campaigns", {"client": assignment["client"]}),
    ]


def _content(assignment: Json) -> Calls:
    return [("list_assets", {"client": assignment["client"]})]


def _crm(assignment: Json) -> Calls:
    return [("list_leads", {"client": assignment["client"], "limit": 100})]


def _ads_report(assignment: Json) -> Json:
    return {
        "objective": "Scripted objective.",
        "intents": [{"stage": "conversion", "statement": "Sell."}],
        "audiences": [{"name": "young professionals", "rationale": "Named."}],
        "lines": [
            {
                "platform": "Meta Ads",
                "channel": "social",
                "country": country["name"],
                "weight": "2",
                "rationale": "Scripted.",
            }
            for country in assignment["countries"]
        ],
    }


def _content_report(assignment: Json) -> Json:
    return {
        "theme": "Scripted theme.",
        "messages": [
            {
                "country": country["name"],
                "language": "es",
                "platform": "Meta Ads",
                "channel": "social",
                "headline": "Un café que se gana",
                "body": "Texto escrito por el modelo.",
                "call_to_action": "Pruébalo",
            }
            for country in assignment["countries"]
        ],
    }


CALLS: dict[str, Callable[[Json], Calls]] = {"analytics": _analytics, "ads": _ads, "content": _content, "crm": _crm}
REPORTS: dict[str, Callable[[Json], Json]] = {
    "analytics": lambda _assignment: {"summary": "Scripted summary.", "advice": []},
    "ads": _ads_report,
    "content": _content_report,
    "crm": lambda _assignment: {"summary": "Scripted summary.", "follow_up": ["Call them."]},
}
