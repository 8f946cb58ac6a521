"""Reading a turn from the orchestrator's event stream."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from cli.conversation import take_turn
from cli.errors import Refused, Unreachable
from cli.session import Api

TURN: dict[str, Any] = {"thread_id": "thr_1", "status": "question", "language": "es", "question": "¿Qué país?"}


def orchestrator(*chunks: object, status: int = 200) -> Api:
    async def body() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield f"data: {chunk if isinstance(chunk, str) else json.dumps(chunk)}\n\n".encode()

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert json.loads(request.content) == {"text": "Vender café"}
        if status != 200:
            return httpx2.Response(status, json=chunks[0])
        return httpx2.Response(200, content=body(), headers={"content-type": "text/event-stream"})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    return Api(http, "http://orchestrator")


async def take(api: Api, *, aloud: bool = True) -> dict[str, Any]:
    async with api.http:
        return await take_turn(api, "thr_1", "Vender café", aloud=aloud)


async def test_turn_is_what_the_last_chunk_says(capsys: pytest.CaptureFixture[str]) -> None:
    api = orchestrator(
        {"type": "start"},
        {
            "type": "data-progress",
            "data": {"step": "understand", "specialist": None, "tool": None, "status": "started"},
        },
        {
            "type": "data-progress",
            "data": {"step": "tool", "specialist": "ads", "tool": "rank_ads", "status": "refused"},
        },
        {"type": "text-start", "id": "1"},
        {"type": "text-delta", "id": "1", "delta": "¿Qué "},
        {"type": "text-delta", "id": "1", "delta": "país?"},
        {"type": "text-end", "id": "1"},
        {"type": "data-turn", "data": TURN},
        "[DONE]",
    )
    assert await take(api) == TURN
    said = capsys.readouterr()
    assert said.out == "¿Qué país?\n"
    assert "Reading the message" in said.err
    assert "ads: rank_ads – refused" in said.err


async def test_nothing_is_printed_when_only_json_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    api = orchestrator({"type": "text-delta", "id": "1", "delta": "Hola"}, {"type": "data-turn", "data": TURN})
    await take(api, aloud=False)
    assert capsys.readouterr().out == ""


async def test_stream_that_breaks_off_is_an_error() -> None:
    with pytest.raises(Refused, match="broke off"):
        await take(orchestrator({"type": "start"}))


async def test_error_chunk_is_an_error() -> None:
    with pytest.raises(Refused, match="The model does not answer"):
        await take(orchestrator({"type": "error", "errorText": "The model does not answer."}))


async def test_refusal_carries_the_service_s_message_and_fix() -> None:
    problem = {"detail": "No such thread.", "fix": "Start a new one.", "status": 404}
    with pytest.raises(Refused, match="No such thread") as refused:
        await take(orchestrator(problem, status=404))
    assert refused.value.fix == "Start a new one."
    assert refused.value.status_code == 404


async def test_a_certificate_that_is_not_trusted_is_not_taken_for_silence() -> None:
    def distrust(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", request=request)

    api = Api(httpx2.AsyncClient(transport=httpx2.MockTransport(distrust)), "https://orchestrator")
    with pytest.raises(Refused, match="https://orchestrator shows a certificate that is not trusted") as refused:
        await take(api)
    assert "PROMPTSALES_TLS_CA" in str(refused.value.fix)


async def test_nobody_listening_is_unreachable() -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    api = Api(httpx2.AsyncClient(transport=httpx2.MockTransport(refuse)), "http://orchestrator")
    with pytest.raises(Unreachable, match="No API at http://orchestrator"):
        await take(api)
