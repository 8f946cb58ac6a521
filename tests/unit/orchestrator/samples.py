"""Assignments and reports as the specialists would hand them in."""

from datetime import date
from decimal import Decimal
from typing import Any

from agents.ads.outputs import AdsFacts, AdsOutput, AudiencePlan, Intent, PlannedLine, ReachEstimate, ServerLine
from agents.analytics.outputs import AnalyticsFacts, AnalyticsOutput, ChannelAdvice, PlaceRecord
from agents.assignment import Assignment, Budget, Country, Engine, Goal, Period
from agents.content.outputs import ContentFacts, ContentOutput, Message
from agents.crm.outputs import CrmFacts, CrmOutput
from agents.report import Evidence
from orchestrator.domain.composition import AdsReport, AnalyticsReport, ContentReport, CrmReport, Reports, compose
from orchestrator.domain.strategy import Strategy

CR = Country(code="CR", name="Costa Rica")
MX = Country(code="MX", name="Mexico")
AS_OF = date(2026, 11, 22)


def an_assignment(**changes: Any) -> Assignment:
    fields: dict[str, Any] = {
        "client": "Café Volcán",
        "products": ("Cold Brew",),
        "countries": (CR, MX),
        "budget": Budget(amount=Decimal("12000.00"), currency="USD"),
        "period": Period(start=date(2026, 12, 1), end=date(2026, 12, 31)),
        "goal": Goal(metric="sales", value=Decimal(300)),
        "audiences": ("young professionals",),
        "language": "en",
        "as_of": AS_OF,
        **changes,
    }
    return Assignment(**fields)


def a_line(platform: Any, channel: Any, country: str, weight: str = "1") -> PlannedLine:
    return PlannedLine(
        platform=platform, channel=channel, country=country, weight=Decimal(weight), rationale="Because."
    )


def a_place(platform: str, channel: str, country: str, spend: int, sales: int, evidence: str) -> PlaceRecord:
    return PlaceRecord(
        platform=platform,
        channel=channel,
        country=country,
        currency="USD",
        spend=Decimal(spend),
        clicks=sales * 20,
        conversions=sales * 2,
        leads=sales * 3,
        sales=sales,
        revenue=Decimal(sales * 40),
        evidence_id=evidence,
    )


def an_evidence(name: str, source: str = "analytics.query_metrics") -> Evidence:
    return Evidence(id=name, claim="A figure", metric="cac", value="20", query={}, as_of=AS_OF, source=source)


LINES = (
    a_line("Google Ads", "search", "Costa Rica"),
    a_line("Meta Ads", "social", "Costa Rica"),
    a_line("Meta Ads", "social", "Mexico"),
)
PLACES = (
    a_place("Google Ads", "search", "Costa Rica", 1000, 50, "analytics-1"),
    a_place("Meta Ads", "social", "Costa Rica", 1000, 25, "analytics-2"),
    a_place("Meta Ads", "social", "Mexico", 1000, 40, "analytics-3"),
)


def a_message(country: str, channel: Any, platform: Any) -> Message:
    return Message(
        country=country, language="es", platform=platform, channel=channel, headline="Hola", body="Prueba Cold Brew."
    )


def reports(
    *,
    lines: tuple[PlannedLine, ...] = LINES,
    places: tuple[PlaceRecord, ...] = PLACES,
    advice: tuple[ChannelAdvice, ...] = (),
    server: tuple[ServerLine, ...] = (),
    messages: tuple[Message, ...] | None = None,
    engine: Engine = "playbook",
    refusals: tuple[str, ...] = (),
) -> Reports:
    texts = messages or tuple(
        a_message(country, channel, platform)
        for country in ("Costa Rica", "Mexico")
        for platform, channel in (("Meta Ads", "social"), ("Google Ads", "search"))
    )
    return Reports(
        analytics=AnalyticsReport(
            specialist="analytics",
            engine=engine,
            output=AnalyticsOutput(summary="Past results.", advice=advice),
            facts=AnalyticsFacts(places=places, data_through=AS_OF),
            evidence=tuple(an_evidence(place.evidence_id) for place in places),
            refusals=refusals,
        ),
        ads=AdsReport(
            specialist="ads",
            engine=engine,
            output=AdsOutput(
                objective="300 sales.",
                intents=(Intent(stage="conversion", statement="Sell."),),
                audiences=(AudiencePlan(name="young professionals", rationale="Named."),),
                lines=lines,
            ),
            facts=AdsFacts(
                expected=ReachEstimate(
                    impressions=100_000, reach=40_000, clicks=2_000, conversions=90, evidence_id="ads-1"
                ),
                lines=server,
            ),
            evidence=(an_evidence("ads-1", "ads.estimate_reach"),),
        ),
        content=ContentReport(
            specialist="content",
            engine=engine,
            output=ContentOutput(theme="One promise.", messages=texts),
            facts=ContentFacts(),
        ),
        crm=CrmReport(
            specialist="crm",
            engine=engine,
            output=CrmOutput(summary="12 open leads.", follow_up=("Call them.",)),
            facts=CrmFacts(open_leads=12),
        ),
    )


def a_strategy(assignment: Assignment | None = None, parts: Reports | None = None, **fields: Any) -> Strategy:
    given: dict[str, Any] = {"thread_id": "thr_1", "version": 1, "audience_was_named": True, **fields}
    return compose(assignment or an_assignment(), parts or reports(), **given)
