"""Files of daily metrics: wrong in, clear out, and nothing of a wrong file in the database."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from kernel.database import Database
from kernel.ids import new_id
from mcp_servers.ads.imports import import_routes
from tests.support.imports import METRICS_HEADER as HEADER
from tests.support.imports import post_csv

GOOD: dict[str, str] = {
    "date": "2026-10-01", "campaign_id": "C-1", "campaign_name": "Lanzamiento", "client": "Café Atlas",
    "product": "Blend", "platform": "Meta Ads", "channel": "social", "country": "Mexico", "region": "Jalisco",
    "audience": "Coffee Lovers", "currency": "USD", "spend": "12.50", "impressions": "1000", "reach": "800",
    "clicks": "40", "conversions": "3",
}  # fmt: skip
Load = Callable[..., Awaitable[httpx2.Response]]


def line(**changes: str) -> str:
    return ",".join({**GOOD, **changes}.values())


def file(*lines: str, header: str = HEADER, end: str = "\n") -> str:
    return end.join([header, *lines, ""])


@pytest.fixture
def tenant() -> str:
    return new_id("tenant")


@pytest.fixture
def load(ads_database: Database, tenant: str) -> Load:
    async def send(content: str | bytes, **params: str) -> httpx2.Response:
        body = content.encode() if isinstance(content, str) else content
        return await post_csv(import_routes, ads_database, tenant, "ads-metrics", body, **params)

    return send


async def rows(database: Database, tenant: str) -> int:
    async with database.transaction(tenant) as connection:
        found = await (await connection.execute("SELECT count(*) AS n FROM ads.metrics")).fetchone()
    assert found is not None
    return int(found["n"])


async def test_a_good_file_is_loaded_once(load: Load, ads_database: Database, tenant: str) -> None:
    content = file(line(), line(region="Nuevo León"))

    first, again = await load(content), await load(content)

    assert (first.json()["inserted"], again.json()["inserted"], again.json()["unchanged"]) == (2, 0, 2)
    assert await rows(ads_database, tenant) == 2


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"date": "01/10/2026"}, "date", "ISO date"),
        ({"date": "2026-02-30"}, "date", "ISO date"),
        ({"date": ""}, "date", "Is empty"),
        ({"spend": "-5.00"}, "spend", "zero or more"),
        ({"spend": "12,50"}, "", "cells"),
        ({"spend": "1e3"}, "spend", "zero or more"),
        ({"spend": "12.505"}, "spend", "at most 2 decimals"),
        ({"clicks": "1001"}, "clicks", "more clicks than impressions"),
        ({"reach": "1001"}, "reach", "More people are reached"),
        ({"clicks": "4.5"}, "clicks", "whole number"),
        ({"currency": "XXX"}, "currency", "ISO 4217"),
        ({"currency": "usd"}, "currency", "ISO 4217"),
        ({"client": ""}, "client", "Is empty"),
        ({"campaign_name": "x" * 301}, "campaign_name", "300 characters"),
        ({"product": "a\x07b"}, "product", "300 characters"),
    ],
)
async def test_one_bad_row_is_named_by_line_and_column_and_nothing_is_loaded(
    load: Load, ads_database: Database, tenant: str, changes: dict[str, str], column: str, reason: str
) -> None:
    refused = await load(file(line(), line(**{"campaign_id": "C-2", **changes})))

    problem = refused.json()
    assert refused.status_code == 422
    assert [(fault["line"], fault["column"]) for fault in problem["rejected"]] == [(3, column)]
    assert reason in problem["rejected"][0]["reason"]
    assert await rows(ads_database, tenant) == 0


async def test_one_key_with_two_contents_is_a_contradiction_and_said_twice_the_same_is_not(
    load: Load, ads_database: Database, tenant: str
) -> None:
    refused = await load(file(line(), line(spend="13.00")))
    loaded = await load(file(line(), line()))

    assert "Lines 2, 3 contradict each other." in refused.json()["rejected"][0]["reason"]
    assert (loaded.json()["inserted"], loaded.json()["unchanged"]) == (1, 1)
    assert await rows(ads_database, tenant) == 1


SWAPPED = HEADER.replace("campaign_id,campaign_name", "campaign_name,campaign_id")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (file(line(), header=SWAPPED).encode(), "order differs"),
        (file(line(), header=HEADER.removesuffix(",conversions")).encode(), "missing: ['conversions']"),
        (file(line(), header=f"{HEADER},notes").encode(), "unknown: ['notes']"),
        (file(line()).replace(",", ";").encode(), "semicolons"),
        (file(line()).replace(",", "\t").encode(), "tabs"),
        (file(line()).encode("utf-16"), "UTF-16"),
        (file(line(), line(client="Café")).encode("latin-1"), "Line 2 is not UTF-8"),
        (file(line(), line(product='"open')).encode(), "Line 3"),
        (file(line(), line(product='"' + "x" * 200_000 + '"')).encode(), "Line 3"),
        (line().encode(), "header"),
    ],
    ids=["empty", "order", "missing", "extra", "semicolons", "tabs", "utf-16", "latin-1", "quotes", "huge", "headless"],
)
async def test_a_file_of_another_kind_is_refused_with_what_it_is(
    load: Load, ads_database: Database, tenant: str, content: bytes, said: str
) -> None:
    refused = await load(content, skip_bad_rows="true")

    assert refused.status_code == 422
    assert said in refused.json()["detail"]
    assert await rows(ads_database, tenant) == 0


@pytest.mark.parametrize("end", ["\n", "\r\n"])
async def test_a_byte_order_mark_and_either_line_ending_are_taken(load: Load, end: str) -> None:
    loaded = await load(b"\xef\xbb\xbf" + file(line(), line(region="Colima"), end=end).encode())

    assert loaded.json()["inserted"] == 2


async def test_sql_in_cells_is_text_like_any_other(load: Load, ads_database: Database, tenant: str) -> None:
    name = "Robert'); DROP TABLE ads.metrics;-- %s $1 {}"

    await load(file(line(campaign_name=name)))

    async with ads_database.transaction(tenant) as connection:
        found = await (await connection.execute("SELECT name AS campaign_name FROM ads.campaigns")).fetchall()
    assert [row["campaign_name"] for row in found] == [name]
