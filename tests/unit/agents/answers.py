"""What the four servers would answer, as their published schemas have it."""

from datetime import date
from decimal import Decimal
from typing import Any

from agents.assignment import Assignment, Budget, Country, Goal, Period
from agents.report import ToolResult


def an_assignment(**changes: Any) -> Assignment:
    fields: dict[str, Any] = {
        "client": "Cafe Alta",
        "products": ("Geisha Roast",),
        "countries": (Country(code="CR", name="Costa Rica"), Country(code="US", name="United States")),
        "budget": Budget(amount=Decimal("9000.00"), currency="USD"),
        "period": Period(start=date(2026, 12, 1), end=date(2026, 12, 31)),
        "goal": Goal(metric="sales", value=Decimal(300)),
        "audiences": ("coffee lovers",),
        "language": "en",
        "as_of": date(2026, 11, 22),
        **changes,
    }
    return Assignment(**fields)


def a_row(platform: str, channel: str, country: str, spend: float, sales: int, currency: str = "USD") -> dict[str, Any]:
    return {
        "platform": platform,
        "channel": channel,
        "country": country,
        "currency": currency,
        "spend": spend,
        "clicks": sales * 20,
        "conversions": sales * 2,
        "leads": sales * 4,
        "sales": sales,
        "revenue": sales * 30.0,
        "cac": spend / sales if sales else None,
        "cpl": spend / (sales * 4) if sales else None,
        "cpc": spend / (sales * 20) if sales else None,
        "roas": sales * 30 / spend,
    }


def metrics_answer(rows: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    query = {"metrics": ["spend"], "time": {"start": "2025-12-01", "end": "2026-11-20", "grain": None}}
    return {"status": "answered", "query": query, "rows": rows, "data_as_of": "2026-11-21T03:00:00Z", **fields}


ROWS = [
    a_row("Google Ads", "search", "Costa Rica", 1000.0, 50),
    a_row("Meta Ads", "social", "Costa Rica", 1000.0, 25),
    a_row("Meta Ads", "social", "United States", 900.0, 30),
    a_row("Meta Ads", "social", "Mexico", 900.0, 30),
    a_row("TikTok", "video", "Costa Rica", 500.0, 10, currency="CRC"),
]
CAMPAIGN_PLAN: dict[str, Any] = {
    "budget": "9000.00",
    "basis": "past results of Geisha Roast in Costa Rica, United States, in USD",
    "lines": [
        {
            "line_item": {
                "platform": "Google Ads",
                "channel": "search",
                "country": "Costa Rica",
                "region": "",
                "audience": "coffee lovers",
                "budget": "6000.00",
            },
            "share": "0.6667",
            "rationale": "100 conversions for 1000.00 USD in the past.",
            "past_spend": "1000.00",
            "past_conversions": 100,
            "past_cost_per_conversion": 10.0,
        },
        {
            "line_item": {
                "platform": "Meta Ads",
                "channel": "social",
                "country": "United States",
                "region": "",
                "audience": "coffee lovers",
                "budget": "3000.00",
            },
            "share": "0.3333",
            "rationale": "No past results here; an even share.",
            "past_spend": None,
            "past_conversions": None,
            "past_cost_per_conversion": None,
        },
    ],
}
REACH: dict[str, Any] = {
    "impressions": 250000,
    "reach": 90000,
    "clicks": 4000,
    "conversions": 300,
    "basis": "past results of Cafe Alta in Costa Rica, in USD",
}
CAMPAIGNS: dict[str, Any] = {
    "campaigns": [{"name": "Geisha in November", "status": "active"}, {"name": "Old", "status": "ended"}],
    "next_cursor": None,
}
LEADS: dict[str, Any] = {
    "leads": [
        {"country": "Costa Rica", "status": "new", "email": "a***@example.com"},
        {"country": "Costa Rica", "status": "won", "email": "b***@example.com"},
        {"country": "United States", "status": "qualified", "email": "c***@example.com"},
        {"country": "Spain", "status": "new", "email": "d***@example.com"},
    ],
    "next_cursor": None,
}


def a_copy(args: dict[str, Any]) -> dict[str, Any]:
    words = {"es": "Descubrí Geisha Roast", "en": "Meet Geisha Roast"}[args["language"]]
    variant = {"headline": words, "body": f"{words}.", "call_to_action": "Learn more", "framework": "aida"}
    return {"engine": "playbook", "locale": args["language"], "variants": [variant], "warnings": []}


def result(tool: str, content: Any, **args: Any) -> ToolResult:
    return ToolResult(tool=tool, args=args, content=content)


def refusal(tool: str, words: str) -> ToolResult:
    return ToolResult(tool=tool, error=words)
