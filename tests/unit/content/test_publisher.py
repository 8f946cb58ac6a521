"""What the sandbox publisher's answers mean."""

import httpx2
import pytest

from kernel.settings import Settings
from mcp_servers.content.errors import PublisherRefused, PublisherUnavailable
from mcp_servers.content.platforms.port import Post
from mcp_servers.content.platforms.sandbox import SandboxPublisher

POST = Post("social", "Meta Ads", "Geisha Roast", "Fresh.", "Taste it", "ast_1@1")
ANSWER = {
    "id": "post_1",
    "channel": "social",
    "title": "Geisha Roast",
    "body": "Fresh.",
    "asset_ref": "ast_1@1",
    "media": {"platform": "Meta Ads", "call_to_action": "Taste it"},
    "url": "https://sandbox/post_1",
    "sandbox": True,
}


def publisher(monkeypatch: pytest.MonkeyPatch, answer: httpx2.Response | Exception) -> SandboxPublisher:
    def respond(_request: httpx2.Request) -> httpx2.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setenv("PROMPTSALES_CLIENT_SECRET_SANDBOX", "key")
    return SandboxPublisher(Settings(), httpx2.AsyncClient(transport=httpx2.MockTransport(respond)))


async def test_a_post_comes_back_in_the_fields_it_was_asked_in(monkeypatch: pytest.MonkeyPatch) -> None:
    live = await publisher(monkeypatch, httpx2.Response(201, json=ANSWER)).publish("acme", "act_1", POST)

    assert live.id == "post_1"
    assert live.fields == {
        "channel": "social",
        "platform": "Meta Ads",
        "title": "Geisha Roast",
        "body": "Fresh.",
        "call_to_action": "Taste it",
        "asset_ref": "ast_1@1",
    }


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_an_answer_that_may_change_is_worth_another_try(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    with pytest.raises(PublisherUnavailable):
        await publisher(monkeypatch, httpx2.Response(status, text="busy")).publish("acme", "act_1", POST)


@pytest.mark.parametrize("failure", [httpx2.ConnectError("refused"), httpx2.ReadTimeout("slow")])
async def test_silence_is_worth_another_try(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    with pytest.raises(PublisherUnavailable):
        await publisher(monkeypatch, failure).publish("acme", "act_1", POST)


@pytest.mark.parametrize("status", [400, 401, 403, 409, 422])
async def test_a_refusal_is_definite_and_carries_the_reason(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    with pytest.raises(PublisherRefused, match="too long"):
        await publisher(monkeypatch, httpx2.Response(status, json={"detail": "too long"})).publish("a", "k", POST)


async def test_a_post_that_is_not_there_reads_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await publisher(monkeypatch, httpx2.Response(404, json={"detail": "no"})).read("acme", "post_1") is None


async def test_an_answer_that_is_no_json_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PublisherUnavailable):
        await publisher(monkeypatch, httpx2.Response(200, text="<html>")).read("acme", "post_1")
