"""Answers kept in Redis: served while the data stays as it is, to their own tenant, and never instead of an answer."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any, cast

import pytest
import redis.asyncio as redis

from kernel.ids import new_id
from kernel.settings import Settings
from mcp_servers.analytics.domain.answer import AnalyticsAnswer
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.repository import AnswerCache, AnswerKey
from mcp_servers.analytics.repository.answers import CacheUnavailable
from tests.integration.analytics.conftest import Analytics
from tests.integration.analytics.world import World
from tests.integration.hub.sources import Sources

QUESTION = "spend in Chile in November 2026"
PARAPHRASE = "how much did we spend in Chile in November 2026?"
AS_OF = date(2026, 11, 22)
DAY = {"date": "2026-11-03", "country": "Chile", "region": "Santiago", "currency": "USD"}


@pytest.fixture
async def stored(migrated: Settings) -> AsyncIterator[Any]:
    client = cast("Any", redis.Redis).from_url(migrated.cache_url())
    try:
        yield client
    finally:
        await client.aclose()


@pytest.fixture
async def small(analytics: Analytics) -> str:
    """A tenant that spent 10.00 in Chile."""
    tenant = new_id("tenant")
    world = World(campaigns=[{}], metrics=[{**DAY, "spend": "10.00"}], leads=[{}], sales=[{}])
    await analytics.fill(tenant, world)
    return tenant


async def ask(analytics: Analytics, tenant: str, question: str = QUESTION, **more: Any) -> dict[str, Any]:
    return await analytics.call(tenant, "ask", question=question, as_of=AS_OF.isoformat(), **more)


async def test_the_same_question_in_other_words_is_answered_from_the_cache(analytics: Analytics, small: str) -> None:
    first = await ask(analytics, small)
    second = await ask(analytics, small, PARAPHRASE)

    assert (first["cached"], second["cached"]) == (False, True)
    assert {**second, "cached": False, "data_as_of": None} == {**first, "data_as_of": None}


async def test_another_language_is_answered_in_that_language(analytics: Analytics, small: str) -> None:
    await ask(analytics, small)
    spanish = await ask(analytics, small, language="es")

    assert not spanish["cached"]
    assert spanish["answer"].startswith("En noviembre")


async def test_another_period_is_another_answer(analytics: Analytics, small: str) -> None:
    await ask(analytics, small)
    october = await ask(analytics, small, "spend in Chile in October 2026")

    assert october["status"] == "unsupported"


async def test_an_answer_is_computed_anew_once_the_pipeline_changed_the_data(analytics: Analytics, small: str) -> None:
    before = await ask(analytics, small)
    await Sources(analytics.admin, small).add("ads.metrics", {**DAY, "date": "2026-11-04", "spend": "5.00"})
    await analytics.pipeline.run_now(small)
    after = await ask(analytics, small)

    assert (before["rows"], after["rows"]) == ([{"spend": 10.0}], [{"spend": 15.0}])
    assert not after["cached"]


async def test_a_run_that_brings_nothing_keeps_answers_and_moves_their_freshness(
    analytics: Analytics, small: str
) -> None:
    before = await ask(analytics, small)
    await analytics.pipeline.run_now(small)
    after = await ask(analytics, small)

    assert after["cached"]
    assert after["data_as_of"] > before["data_as_of"]


async def test_tenants_with_the_same_question_have_their_own_answers(analytics: Analytics, small: str) -> None:
    await ask(analytics, small)
    other = new_id("tenant")
    world = World(campaigns=[{}], metrics=[{**DAY, "spend": "99.00"}], leads=[{}], sales=[{}])
    await analytics.fill(other, world)
    theirs = await ask(analytics, other)

    assert not theirs["cached"]
    assert theirs["rows"] == [{"spend": 99.0}]


@pytest.mark.parametrize("kept", [b"nonsense", b"", b"x\x9c\x03\x00\x00\x00\x00\x01"])
async def test_an_entry_that_cannot_be_read_is_a_miss(
    analytics: Analytics, small: str, stored: Any, kept: bytes
) -> None:
    await ask(analytics, small)
    names = [name async for name in stored.scan_iter(f"promptsales:analytics:answers:{small}:*")]
    assert names
    for name in names:
        await stored.set(name, kept)
    again = await ask(analytics, small)

    assert (again["status"], again["cached"], again["rows"]) == ("answered", False, [{"spend": 10.0}])


async def test_entries_end_by_themselves(analytics: Analytics, small: str, stored: Any) -> None:
    await ask(analytics, small)
    lives = [await stored.ttl(name) async for name in stored.scan_iter(f"promptsales:analytics:answers:{small}:*")]

    assert lives
    assert all(0 < life <= 86_400 for life in lives)


async def test_an_answer_made_with_another_semantic_model_is_not_found(migrated: Settings) -> None:
    query = MetricQuery(metrics=("spend",))
    key = AnswerKey(new_id("tenant"), 1, query, "en")
    answer = AnalyticsAnswer(status="answered", language="en", query=query, answer="Spend was 1.00 USD.")
    url = migrated.cache_url()
    async with (
        AnswerCache.open(url, ttl_seconds=60, made_with="version: 1") as old,
        AnswerCache.open(url, ttl_seconds=60, made_with="version: 2") as new,
    ):
        await old.put(key, answer)

        assert await old.get(key) == answer.model_copy(update={"cached": True})
        assert await new.get(key) is None


async def test_without_redis_every_look_is_a_miss_and_health_says_so() -> None:
    key = AnswerKey("tenant", 1, MetricQuery(metrics=("spend",)), "en")
    async with AnswerCache.open("redis://127.0.0.1:1/0", ttl_seconds=60, made_with="") as cache:
        await cache.put(key, AnalyticsAnswer(status="answered", language="en"))

        assert await cache.get(key) is None
        with pytest.raises(CacheUnavailable):
            await cache.ping()
