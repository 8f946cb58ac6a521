"""What callers say becomes leads and sales."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from kernel.money import Money
from mcp_servers.crm.errors import OtherClient, SaleIncomplete
from mcp_servers.crm.places import country_code, country_name, language_of
from mcp_servers.crm.reports import InteractionReport, LeadReport, SaleReport, meaning

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LEAD = LeadReport(client="Cafe Alta", source="fair", country="México", email=" Ana@Example.com", product="Roast")
SALE = SaleReport(amount=Money(Decimal("10.00"), "USD"), lead_id="led_1")


def test_a_lead_is_told_in_one_form_whatever_was_typed() -> None:
    lead = replace(LEAD, phone="+52 55 1234 5678", consent_sms=True, consent_source="form").as_lead(NOW)

    assert (lead.country, lead.language, lead.email, lead.phone) == ("Mexico", "es", "ana@example.com", "+525512345678")
    assert (lead.consent.sms, lead.consent.at, lead.consent.source) == (True, NOW, "form")


def test_no_consent_has_neither_time_nor_source() -> None:
    consent = replace(LEAD, consent_source="form").as_lead(NOW).consent

    assert (consent.email, consent.at, consent.source) == (False, None, None)


def test_what_is_stated_goes_before_what_the_lead_tells() -> None:
    lead = LEAD.as_lead(NOW)

    taken = SALE.as_sale("s1", NOW, lead)
    stated = replace(SALE, product="Mug", country="US", sold_at=NOW - timedelta(days=1)).as_sale("s1", NOW, lead)

    assert (taken.client, taken.product, taken.country, taken.sold_at) == ("Cafe Alta", "Roast", "Mexico", NOW)
    assert (stated.product, stated.country, stated.sold_at) == ("Mug", "United States", NOW - timedelta(days=1))


def test_a_sale_is_not_moved_to_another_client() -> None:
    with pytest.raises(OtherClient):
        replace(SALE, client="Other").as_sale("s1", NOW, LEAD.as_lead(NOW))


@pytest.mark.parametrize("missing", ["client", "product", "country"])
def test_a_sale_without_a_lead_names_what_it_lacks(missing: str) -> None:
    told = SaleReport(amount=SALE.amount, client="Cafe Alta", product="Mug", country="Spain")

    with pytest.raises(SaleIncomplete) as caught:
        replace(told, **{missing: None}).as_sale("s1", NOW, None)

    assert caught.value.field == missing


def test_a_repeated_sale_fits_and_another_one_does_not() -> None:
    sale = SALE.as_sale("s1", NOW, LEAD.as_lead(NOW))

    assert SALE.fits(sale)
    assert replace(SALE, client="CAFE ALTA", country="MX", amount=Money(Decimal(10), "USD")).fits(sale)
    assert not replace(SALE, amount=Money(Decimal(10), "EUR")).fits(sale)
    assert not replace(SALE, lead_id="led_2").fits(sale)


def test_the_same_request_has_the_same_meaning_and_another_has_not() -> None:
    interaction = InteractionReport("led_1", "phone", "inbound", "Asked for a price.")

    assert meaning(LEAD) == meaning(replace(LEAD))
    assert len({meaning(LEAD), meaning(replace(LEAD, region="Jalisco")), meaning(SALE), meaning(interaction)}) == 4


@pytest.mark.parametrize(
    ("said", "name", "code", "language"),
    [
        ("Costa Rica", "Costa Rica", "CR", "es"),
        ("cr", "Costa Rica", "CR", "es"),
        ("España", "Spain", "ES", "es"),
        ("Estados Unidos", "United States", "US", "en"),
        ("United States", "United States", "US", "en"),
        (" México ", "Mexico", "MX", "es"),
        ("Brazil", "Brazil", "BR", "en"),
        ("Atlantis", "Atlantis", None, "en"),
    ],
)
def test_countries_are_known_by_code_and_by_name_in_both_languages(
    said: str, name: str, code: str | None, language: str
) -> None:
    assert (country_name(said), country_code(said), language_of(said)) == (name, code, language)
