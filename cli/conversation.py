"""`promptsales chat`: turns of a conversation, streamed from the orchestrator."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from typing import Any, cast

import httpx2

from cli.errors import Refused, WrongUsage
from cli.output import complain, emit, say, show_piece
from cli.session import Api, api, document, unreachable
from cli.strategy import show_turn
from kernel.auth import Role

_READ_SECONDS = 120.0
_STEPS = {
    "understand": "Reading the message…",
    "plan": "Asking the {specialist} specialist…",
    "compose": "Putting the strategy together…",
    "propose": "Proposing to {specialist} what needs an approval…",
}
Turn = dict[str, Any]
Chunk = dict[str, Any]


async def say_once(brief: str, role: Role, *, thread: str | None, as_json: bool = False) -> str:
    """One message, one turn; the conversation's id. Raises Refused when the turn failed."""
    async with api("orchestrator", role) as orchestrator:
        thread = thread or await open_thread(orchestrator)
        turn = await take_turn(orchestrator, thread, brief, aloud=not as_json)
    if as_json:
        emit(turn)
    else:
        show_turn(turn)
    if turn["status"] == "error":
        raise Refused(str(turn.get("message") or "The turn failed."))
    return thread


def converse(role: Role, *, thread: str | None) -> None:
    """A conversation on the terminal, until end-of-file or Ctrl-C."""
    if not sys.stdin.isatty():
        raise WrongUsage(
            "There is no brief, and no terminal to ask on.", field="brief", fix='Write: promptsales chat "…"'
        )
    say("Write what you want to achieve. Ctrl-D ends the conversation.")
    while (text := _typed()) is not None:
        try:
            if text:
                thread = asyncio.run(say_once(text, role, thread=thread))
        except Refused as error:
            complain(error.message, error.fix)
    if thread:
        say(f"Go on with: promptsales chat --thread {thread}")


def _typed() -> str | None:
    try:
        return input("> ").strip()
    except EOFError:
        return None


async def open_thread(orchestrator: Api) -> str:
    """A new conversation's id."""
    opened: dict[str, Any] = await orchestrator.post("/v1/threads")
    return str(opened["id"])


async def take_turn(orchestrator: Api, thread: str, text: str, *, aloud: bool) -> Turn:
    """Send a message and wait for what it leads to, saying what goes on meanwhile.

    `aloud` prints the reply's text as it arrives. Raises Refused when the stream ends before the turn does.
    """
    turn: Turn | None = None
    async for chunk in _stream(orchestrator, f"/v1/threads/{thread}/messages", {"text": text}):
        match chunk["type"]:
            case "text-delta" if aloud:
                show_piece(str(chunk["delta"]))
            case "text-end" if aloud:
                show_piece("\n")
            case "data-progress":
                _tell(chunk["data"])
            case "data-turn":
                turn = chunk["data"]
            case "error":
                raise Refused(str(chunk.get("errorText") or "The turn failed."), fix=f"Thread: {thread}")
            case _:
                pass
    if turn is None:
        raise Refused("The answer broke off.", fix=f'Look at it with: promptsales chat --thread {thread} "…"')
    return turn


async def _stream(orchestrator: Api, path: str, body: object) -> AsyncGenerator[Chunk]:
    """The chunks of a server-sent event stream (AI SDK UI message stream)."""
    timeout = httpx2.Timeout(_READ_SECONDS, connect=3)
    try:
        async with orchestrator.http.stream(
            "POST", f"{orchestrator.base_url}{path}", json=body, timeout=timeout
        ) as response:
            if response.status_code >= 400:
                await response.aread()
                document(response)
            async for line in response.aiter_lines():
                data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
                if data and data != "[DONE]":
                    yield cast("Chunk", json.loads(data))
    except httpx2.HTTPError as error:
        raise unreachable(orchestrator.base_url, error) from error


def _tell(progress: dict[str, Any]) -> None:
    """A line for a step that begins, and for a tool call that was refused."""
    specialist, tool, status = progress.get("specialist"), progress.get("tool"), progress.get("status")
    if tool and status in {"started", "refused"}:
        say(f"  {specialist}: {tool}{' – refused' if status == 'refused' else ''}")
    elif status == "started":
        say(_STEPS.get(str(progress.get("step")), "{step}…").format(**progress))
