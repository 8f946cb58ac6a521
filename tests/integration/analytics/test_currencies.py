"""Amounts in several currencies: converted at dated rates where all have one, declined otherwise."""

from datetime import date
from decimal import Decimal
from typing import Any

from hub.schemas import RateBody, TenantBody
from kernel.ids import new_id
from tests.integration.analytics.conftest import Analytics
from tests.integration.analytics.world import World

RATES = (
    RateBody(date=date(2026, 10, 1), currency="MXN", reporting_currency="USD", rate=Decimal("0.05")),
    RateBody(date=date(2026, 11, 2), currency="MXN", reporting_currency="USD", rate=Decimal("0.06")),
)
"""What a peso costs; of euros nothing is known."""


async def spending(analytics: Analytics, reporting: str | None, *amounts: tuple[str, str, str, str]) -> str:
    """A tenant whose campaigns spent amounts in currencies, in a country, on a day."""
    tenant = new_id("tenant")
    campaigns = [
        {"campaign_id": f"c-{n}", "name": f"Campaign {n}", "currency": currency}
        for n, (currency, *_) in enumerate(amounts)
    ]
    metrics: list[dict[str, Any]] = [
        {"campaign_id": f"c-{n}", "currency": currency, "country": country, "date": day, "spend": amount, "clicks": 10}
        for n, (currency, amount, country, day) in enumerate(amounts)
    ]
    if reporting:
        await analytics.reporting.set_tenant(tenant, TenantBody(reporting_currency=reporting))
        await analytics.reporting.load_rates(tenant, RATES)
    await analytics.fill(tenant, World(campaigns=campaigns, metrics=metrics, leads=[], sales=[]))
    return tenant


DOLLARS = ("USD", "10.00", "Peru", "2026-11-01")
PESOS = ("MXN", "100.00", "Mexico", "2026-11-01")
LATER_PESOS = ("MXN", "1000.00", "Mexico", "2026-11-03")
EUROS = ("EUR", "7.00", "Spain", "2026-11-02")


async def test_mixed_amounts_are_converted_at_the_rate_of_their_day_and_said_so(analytics: Analytics) -> None:
    tenant = await spending(analytics, "USD", DOLLARS, PESOS, LATER_PESOS)

    english = await analytics.call(tenant, "query_metrics", metrics=["spend", "cpc"])
    spanish = await analytics.call(tenant, "ask", question="gasto total", as_of="2026-11-22", language="es")

    assert english["rows"] == [{"spend": 75.0, "cpc": 2.5}]
    assert english["answer"].endswith("Amounts in several currencies were converted to USD at dated rates.")
    assert [(c["currency"], c["converted"]) for c in english["columns"]] == [("USD", True), ("USD", True)]
    assert "el gasto fue de 75.00 USD" in spanish["answer"]
    assert "se convirtieron a USD con tipos de cambio por fecha" in spanish["answer"]


async def test_a_ranking_of_mixed_amounts_is_by_what_they_are_worth(analytics: Analytics) -> None:
    tenant = await spending(analytics, "USD", DOLLARS, PESOS)

    answer = await analytics.call(
        tenant, "query_metrics", metrics=["spend"], dimensions=["country"], order_by=[{"field": "spend"}], limit=1
    )

    assert answer["rows"] == [{"country": "Peru", "spend": 10.0}]
    assert answer["columns"][1]["converted"] is True


async def test_amounts_that_share_a_currency_stay_in_it(analytics: Analytics) -> None:
    tenant = await spending(analytics, "USD", DOLLARS, PESOS)
    mexico = [{"dimension": "country", "values": ["Mexico"]}]

    alone = await analytics.call(tenant, "query_metrics", metrics=["spend"], filters=mexico)
    by_currency = await analytics.call(tenant, "query_metrics", metrics=["spend"], dimensions=["currency"])

    assert alone["rows"] == [{"spend": 100.0}]
    assert (alone["columns"][0]["currency"], alone["columns"][0]["converted"]) == ("MXN", False)
    assert "converted" not in alone["answer"]
    assert by_currency["rows"] == [{"currency": "MXN", "spend": 100.0}, {"currency": "USD", "spend": 10.0}]


async def test_an_amount_without_a_rate_is_never_left_out_of_a_sum(analytics: Analytics) -> None:
    tenant = await spending(analytics, "USD", DOLLARS, PESOS, EUROS)

    answer = await analytics.call(tenant, "query_metrics", metrics=["spend"])
    by_country = await analytics.call(tenant, "query_metrics", metrics=["spend"], dimensions=["country"], language="es")

    assert answer["status"] == by_country["status"] == "unsupported"
    assert "some have no rate to USD: EUR (2026-11-02..2026-11-02)" in answer["reason"]
    assert "no tienen tipo de cambio a USD: EUR" in by_country["reason"]


async def test_without_a_reporting_currency_mixed_amounts_are_declined(analytics: Analytics) -> None:
    tenant = await spending(analytics, None, DOLLARS, PESOS)

    answer = await analytics.call(tenant, "query_metrics", metrics=["spend"])
    counted = await analytics.call(tenant, "query_metrics", metrics=["clicks"])

    assert answer["status"] == "unsupported"
    assert "or set a reporting currency" in answer["reason"]
    assert counted["rows"] == [{"clicks": 20}]
