"""From a brief to a live campaign that is reported on, as people do it: chat, approve, ask."""

from decimal import Decimal
from typing import Any

import pytest

from tests.end_to_end.system import System, eventually

BRIEF_ES = (
    "Lanza Geisha Roast de Cafe Alta en Costa Rica y México: presupuesto 12000 USD, del 1 al 30 de noviembre de 2026, "
    "público jóvenes profesionales, meta 300 ventas"
)
BRIEF_EN = (
    "Launch Annual Pass for Nube Fitness in Spain: budget 8500.50 EUR, from 2026-12-01 to 2026-12-20, "
    "audience gym beginners, goal 120 sales"
)


def check_strategy(
    turn: dict[str, Any], *, language: str, codes: set[str], audience: str, budget: str, dates: tuple[str, str]
) -> None:
    strategy = turn["strategy"]
    assert (turn["status"], strategy["language"]) == ("strategy", language)
    assert {country["code"] for country in strategy["countries"]} == codes
    assert [named["name"] for named in strategy["audiences"]] == [audience]
    assert (strategy["period"]["start"], strategy["period"]["end"]) == dates
    assert strategy["budget"]["amount"] == budget
    assert sum(Decimal(channel["budget"]) for channel in strategy["channels"]) == Decimal(budget)
    assert all(dates[0] <= task["date"] <= dates[1] for task in strategy["calendar"])
    assert strategy["engine"] == "playbook"
    assert strategy["evidence"]
    assert all(item["query"] and item["as_of"] for item in strategy["evidence"])


async def test_a_spanish_brief_becomes_a_strategy_an_approval_a_live_campaign_and_a_reported_spend(
    system: System,
) -> None:
    before = await system.live_campaigns()

    turn = await system.json("chat", BRIEF_ES)

    dates = ("2026-11-01", "2026-11-30")
    check_strategy(
        turn, language="es", codes={"CR", "MX"}, audience="jóvenes profesionales", budget="12000.00", dates=dates
    )
    assert len(await system.live_campaigns()) == len(before)

    launch = next(approval for approval in turn["approvals"] if approval["tool"] == "launch_campaign")
    approved = await system.cli("approvals", "approve", launch["id"])
    assert approved.returncode == 0, approved.stderr
    action = await system.settled(launch["id"])

    campaign_id = action["args"]["campaign_id"]
    assert action["status"] == "succeeded"
    assert action["receipt"]["differences"] == []
    assert action["receipt"]["applied"]["budget"] == "12000.00"
    assert len(await system.live_campaigns(campaign_id)) == 1
    assert len(await system.live_campaigns()) == len(before) + 1

    async def reported() -> dict[str, Any] | None:
        answer = await system.json("ask", f"How much has campaign {campaign_id} spent?")
        return answer if answer["status"] == "answered" and answer["rows"] and answer["rows"][0]["spend"] else None

    answer = await eventually(reported, seconds=40)
    assert 0 < Decimal(str(answer["rows"][0]["spend"])) <= 12000


async def test_an_english_brief_for_another_product_is_answered_in_english(system: System) -> None:
    turn = await system.json("chat", BRIEF_EN)

    dates = ("2026-12-01", "2026-12-20")
    check_strategy(turn, language="en", codes={"ES"}, audience="gym beginners", budget="8500.50", dates=dates)
    assert {approval["tool"] for approval in turn["approvals"]} >= {"launch_campaign"}
    assert all(approval["status"] == "pending_approval" for approval in turn["approvals"])


@pytest.mark.parametrize(
    ("brief", "words"),
    [
        (BRIEF_ES.replace("presupuesto 12000 USD, ", ""), ["presupuesto"]),
        (BRIEF_ES.replace("Geisha Roast", "Moka Real"), ["Geisha Roast", "Cold Brew Kit"]),
        (BRIEF_ES.replace("del 1 al 30 de noviembre", "del 30 al 1 de noviembre"), ["anterior"]),
        (BRIEF_EN.replace("from 2026-12-01 to 2026-12-20", "from 2026-12-20 to 2026-12-01"), ["before"]),
        (BRIEF_ES.replace("12000 USD", "-12000 USD"), ["presupuesto"]),
        (BRIEF_EN.replace("8500.50 EUR", "-8500.50 EUR"), ["budget"]),
        ("Vende mucho. " * 1540, ["20020 characters", "16000 at most"]),
        ("", ["empty"]),
    ],
    ids=["no-budget", "unknown-product", "end-first-es", "end-first-en", "negative-es", "negative-en", "long", "empty"],
)
async def test_a_brief_that_cannot_be_planned_gets_a_clear_question_or_error(
    system: System, brief: str, words: list[str]
) -> None:
    done = await system.cli("chat", brief, "--json")

    text = done.stdout + done.stderr
    assert "Traceback" not in text
    assert '"status":"strategy"' not in text.replace(" ", "")
    for word in words:
        assert word.lower() in text.lower()


async def test_a_missing_budget_is_asked_for_and_the_answer_completes_the_brief(system: System) -> None:
    asked = await system.json("chat", BRIEF_ES.replace("presupuesto 12000 USD, ", ""))
    answered = await system.json("chat", "9000 USD", "--thread", asked["thread_id"])

    assert asked["status"] == "question"
    assert answered["status"] == "strategy"
    assert answered["strategy"]["budget"] == {"amount": "9000.00", "currency": "USD"}
