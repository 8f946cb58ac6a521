"""The LLM path over the wire: a scripted OpenAI-compatible endpoint, the real graph, servers and gate."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from orchestrator.server import open_app
from tests.end_to_end.conversation import Person, person
from tests.end_to_end.scripted_llm import ScriptedLlm, served
from tests.end_to_end.system import System

BRIEF = (
    "Lanza Geisha Roast de Cafe Alta en Costa Rica y México del 1 al 31 de diciembre de 2026 con 6000 USD, "
    "público jóvenes profesionales, meta 150 ventas"
)
READING: dict[str, Any] = {
    "route": "strategy",
    "language": "es",
    "client": "Cafe Alta",
    "products": ["Geisha Roast"],
    "countries": ["Costa Rica", "México"],
    "budget_amount": "6000",
    "budget_currency": "USD",
    "start": "2026-12-01",
    "end": "2026-12-31",
    "audiences": ["jóvenes profesionales"],
    "goal_metric": "sales",
    "goal_value": "150",
}


@asynccontextmanager
async def talking(system: System, llm: ScriptedLlm) -> AsyncGenerator[Person]:
    """A person before an orchestrator of this process, with the model configured and the system's own servers."""
    model = {"llm_base_url": llm.base_url, "llm_model": "scripted", "llm_api_key": "secret-key"}
    settings = system.settings.model_copy(update=model)
    async with open_app(settings) as app:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, timeout=60) as http:
            yield await person(system, http)


@pytest.fixture
async def llm() -> AsyncGenerator[ScriptedLlm]:
    async with served(ScriptedLlm(reading=READING)) as serving:
        yield serving


async def test_a_brief_takes_at_most_four_model_calls_one_after_another(system: System, llm: ScriptedLlm) -> None:
    llm.together = frozenset({"analytics", "ads", "content", "crm"})  # answered only when all four have asked
    async with talking(system, llm) as marketer:
        turn = await marketer.say(await marketer.thread(), BRIEF)

    assert turn["status"] == "strategy", turn["message"]
    calls = Counter(item.who for item in llm.asked)
    assert calls["supervisor"] + max(calls[who] for who in llm.together) <= 4
    assert turn["usage"]["sequential_model_calls"] == 3
    assert turn["usage"]["model_calls"] == len(llm.asked) == 9
    assert turn["usage"]["tokens"] == 9 * 150


async def test_the_models_plan_is_priced_and_proven_by_code(system: System, llm: ScriptedLlm) -> None:
    async with talking(system, llm) as marketer:
        turn = await marketer.say(await marketer.thread(), BRIEF)
    strategy = turn["strategy"]

    assert (turn["engine"], strategy["engine"], strategy["objective"]) == ("llm", "llm", "Scripted objective.")
    assert sum(Decimal(line["budget"]) for line in strategy["channels"]) == Decimal("6000.00")
    assert {line["platform"] for line in strategy["channels"]} == {"Meta Ads"}
    assert {message["engine"] for message in strategy["messages"]} == {"llm"}
    assert any(item["source"] == "analytics.query_metrics" for item in strategy["evidence"])
    assert any(item["source"] == "ads.generate_campaign" for item in strategy["evidence"])
    assert {item["tool"] for item in turn["approvals"]} == {"launch_campaign", "publish_asset"}
    assert {item["status"] for item in turn["approvals"]} == {"pending_approval"}


async def test_the_model_is_never_offered_a_gated_tool_nor_the_callers_token(system: System, llm: ScriptedLlm) -> None:
    async with talking(system, llm) as marketer:
        token = marketer.http.headers["Authorization"].removeprefix("Bearer ")
        await marketer.say(await marketer.thread(), BRIEF)

    offered = frozenset[str]().union(*(item.tools for item in llm.asked))
    assert not offered & {"launch_campaign", "pause_campaign", "change_budget", "publish_asset", "send_message"}
    assert all(token not in str(item.body) for item in llm.asked)


async def test_what_the_model_invents_is_asked_for(system: System, llm: ScriptedLlm) -> None:
    async with talking(system, llm) as marketer:
        turn = await marketer.say(await marketer.thread(), "Quiero lanzar Geisha Roast")

    assert turn["status"] == "question"
    assert all(words in turn["question"] for words in ("la meta", "el país", "el presupuesto", "las fechas"))
    assert turn["usage"]["model_calls"] == 1


async def test_the_playbook_serves_and_says_so_when_the_model_fails(system: System, llm: ScriptedLlm) -> None:
    llm.failing = True
    async with talking(system, llm) as marketer:
        turn = await marketer.say(await marketer.thread(), BRIEF)

    assert (turn["status"], turn["engine"]) == ("strategy", "playbook")
    assert "playbook" in turn["message"]
    assert turn["approvals"]
