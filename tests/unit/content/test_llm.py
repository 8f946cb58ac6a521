"""Copy from a language model, against a scripted OpenAI-compatible endpoint."""

import json
from collections.abc import Sequence
from typing import Any

import httpx2
import pytest

from kernel.language_model import LanguageModel, LanguageModelUnavailable
from kernel.settings import NotConfigured, Settings
from mcp_servers.content.errors import UnusableCopy
from mcp_servers.content.generation.llm import LanguageModelEngine
from mcp_servers.content.generation.playbook import PlaybookEngine
from mcp_servers.content.server import copy_engine
from mcp_servers.content.service import brief_of
from mcp_servers.content.settings import ContentSettings

GOOD = {
    "headline": "Taste Geisha Roast",
    "body": "Floral, bright and roasted in small batches. Learn more.",
    "call_to_action": "Learn more",
    "framework": "benefit-led",
}
BRIEF = brief_of(
    client="Cafe Alta",
    product="Geisha Roast",
    audience="coffee lovers",
    platform="Google Ads",
    channel="search",
    language="en",
    count=1,
)


class Endpoint:
    """Answers in turn with what it is given: a variant list, raw text, a status, or an exception."""

    def __init__(self, *answers: object) -> None:
        self._answers = list(answers)
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self._answers.pop(0)
        match answer:
            case Exception():
                raise answer
            case int():
                return httpx2.Response(answer, json={"error": {"message": "no"}})
            case str():
                return httpx2.Response(200, json=_completion(answer))
            case _:
                return httpx2.Response(200, json=_completion(json.dumps({"variants": answer})))

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests]


def _completion(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}]}


def engine(endpoint: Endpoint) -> LanguageModelEngine:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(endpoint))
    model = LanguageModel(http, base_url="http://llm.test/v1/", model="small", api_key="s3cret", timeout_seconds=1)
    return LanguageModelEngine(model)


async def test_the_models_copy_is_returned_and_says_who_wrote_it() -> None:
    endpoint = Endpoint([GOOD])

    copy = await engine(endpoint).write(BRIEF)

    assert copy.engine == "llm"
    assert [variant.headline for variant in copy.variants] == ["Taste Geisha Roast"]


async def test_the_request_is_a_chat_completion_with_a_strict_schema() -> None:
    endpoint = Endpoint([GOOD])

    await engine(endpoint).write(BRIEF)

    request, body = endpoint.requests[0], endpoint.bodies[0]
    assert str(request.url) == "http://llm.test/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer s3cret"
    assert (body["model"], body["temperature"]) == ("small", 0)
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["response_format"]["json_schema"]["schema"]["additionalProperties"] is False
    assert "at most 30 characters" in body["messages"][0]["content"]
    assert json.loads(body["messages"][1]["content"])["product"] == "Geisha Roast"


async def test_the_same_brief_is_asked_with_the_same_seed() -> None:
    endpoint = Endpoint([GOOD], [GOOD])

    await engine(endpoint).write(BRIEF)
    await engine(endpoint).write(BRIEF)

    assert endpoint.bodies[0] == endpoint.bodies[1]


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ([{**GOOD, "headline": "h" * 31}], "headline has 31 characters, at most 30 fit"),
        ([{**GOOD, "body": "b" * 91}], "body has 91 characters, at most 90 fit"),
        ([{**GOOD, "headline": None}], "headline is missing"),
        ([{**GOOD, "body": "Now 20 percent less. Learn more."}], "figure 20 is not in the brief"),
        ([{**GOOD, "body": "Free delivery. Learn more."}], "claim 'free' is not in the brief"),
        ([{**GOOD, "body": "Roasted\u202e daily. Learn more."}], "invisible characters"),
        ([GOOD, GOOD], "there are 2 variants, 1 are asked for"),
        ("Sure! Here is your copy:", "answer"),
        ("", "answer"),
    ],
)
async def test_a_broken_rule_is_named_to_the_model_which_may_correct_it_once(bad: object, named: str) -> None:
    endpoint = Endpoint(bad, [GOOD])

    copy = await engine(endpoint).write(BRIEF)

    assert len(copy.variants) == 1
    correction = endpoint.bodies[1]["messages"][-1]["content"]
    assert named in correction


async def test_copy_that_breaks_the_rules_twice_is_an_error_not_a_fallback() -> None:
    too_long = [{**GOOD, "body": "b" * 91}]
    endpoint = Endpoint(too_long, too_long)

    with pytest.raises(UnusableCopy, match="at most 90 fit"):
        await engine(endpoint).write(BRIEF)

    assert len(endpoint.requests) == 2


async def test_a_figure_or_offer_that_the_key_message_states_may_be_said() -> None:
    asked = brief_of(
        client="Cafe Alta",
        product="Geisha Roast",
        audience="coffee lovers",
        platform="Google Ads",
        channel="search",
        language="en",
        key_message="Free delivery over $25",
        count=1,
    )
    endpoint = Endpoint([{**GOOD, "body": "Free delivery over $25. Learn more."}])

    copy = await engine(endpoint).write(asked)

    assert "Free delivery" in copy.variants[0].body


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (httpx2.ConnectError("refused"), "ConnectError"),
        (httpx2.ReadTimeout("slow"), "ReadTimeout"),
        (503, "Try again"),
        (429, "Try again"),
        (401, "PROMPTSALES_LLM_BASE_URL"),
    ],
)
async def test_a_model_that_does_not_answer_is_an_error_that_says_what_to_do(answer: object, advice: str) -> None:
    with pytest.raises(LanguageModelUnavailable, match=advice):
        await engine(Endpoint(answer)).write(BRIEF)


async def test_an_endpoint_that_speaks_something_else_is_an_error() -> None:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: httpx2.Response(200, json={"hello": 1})))
    model = LanguageModel(http, base_url="http://llm.test", model="m", api_key=None, timeout_seconds=1)
    unfit = LanguageModelEngine(model)

    with pytest.raises(LanguageModelUnavailable, match="chat completion"):
        await unfit.write(BRIEF)


def engines() -> Sequence[tuple[Settings, type[object]]]:
    return (
        (Settings(llm_base_url=None), PlaybookEngine),
        (Settings(llm_base_url="http://llm.test", llm_model="small"), LanguageModelEngine),
    )


async def test_the_model_writes_where_one_is_configured_and_else_the_playbook() -> None:
    async with httpx2.AsyncClient() as http:
        for configured, kind in engines():
            assert isinstance(copy_engine(configured, ContentSettings(), http), kind)
        with pytest.raises(NotConfigured, match="PROMPTSALES_LLM_MODEL"):
            copy_engine(Settings(llm_base_url="http://llm.test", llm_model=None), ContentSettings(), http)
