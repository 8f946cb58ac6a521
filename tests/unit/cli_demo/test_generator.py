"""The demo history is reproducible, adds up, and holds what an analysis should find."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from cli.demo.files import MetricRow, as_csv
from cli.demo.generator import History, generate_history
from cli.demo.world import CLIENTS, COUNTRIES, OUTAGES, TRAITS

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def history() -> History:
    return generate_history(TODAY)


def test_the_same_day_and_seed_give_the_same_bytes(history: History) -> None:
    again = generate_history(TODAY)
    assert as_csv(again.metrics) == as_csv(history.metrics)
    assert as_csv(again.leads) == as_csv(history.leads)
    assert as_csv(again.sales) == as_csv(history.sales)


def test_another_seed_gives_another_history(history: History) -> None:
    assert generate_history(TODAY, seed=8).metrics != history.metrics


def test_a_day_later_nothing_is_taken_back(history: History) -> None:
    later = generate_history(TODAY + timedelta(days=1))
    assert set(history.metrics) < set(later.metrics)
    assert set(history.sales) < set(later.sales)
    assert {lead._replace(status="new") for lead in history.leads} < {
        lead._replace(status="new") for lead in later.leads
    }


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 3, 31), date(2027, 2, 28), date(2028, 2, 29), TODAY])
def test_a_history_ends_yesterday_and_spans_eight_months(today: date) -> None:
    rows = generate_history(today).metrics
    assert max(row.date for row in rows) == today - timedelta(days=1)
    assert (today - min(row.date for row in rows)).days > 230
    assert 12_000 < len(rows) < 20_000
    assert len({row.campaign_id for row in rows}) >= 55


def test_files_have_the_columns_that_the_imports_take(history: History) -> None:
    assert as_csv(history.metrics).partition("\n")[0] == (
        "date,campaign_id,campaign_name,client,product,platform,channel,country,region,audience,currency,"
        "spend,impressions,reach,clicks,conversions"
    )
    assert as_csv(history.leads).partition("\n")[0] == (
        "lead_id,created_at,campaign_id,client,source,country,region,email,status"
    )
    assert as_csv(history.sales).partition("\n")[0] == (
        "sale_id,sold_at,lead_id,campaign_id,client,product,country,region,channel,platform,amount,currency"
    )


def test_every_row_has_a_key_of_its_own(history: History) -> None:
    assert len({(row.date, row.campaign_id, row.region) for row in history.metrics}) == len(history.metrics)
    assert len({lead.lead_id for lead in history.leads}) == len(history.leads)
    assert len({lead.email for lead in history.leads}) == len(history.leads)
    assert len({sale.sale_id for sale in history.sales}) == len(history.sales)


def test_metrics_are_possible(history: History) -> None:
    for row in history.metrics:
        assert 0 <= row.conversions <= row.clicks <= row.impressions
        assert 0 < row.reach <= row.impressions
        assert row.spend > 0
        assert row.spend == row.spend.quantize(Decimal("0.01"))
        assert row.region in dict(next(traits.regions for name, traits in COUNTRIES.items() if name == row.country))


def test_a_campaign_is_one_thing_everywhere(history: History) -> None:
    facts = {
        (row.campaign_id, row.campaign_name, row.client, row.product, row.platform, row.channel, row.audience)
        for row in history.metrics
    }
    campaigns = {row.campaign_id for row in history.metrics}
    assert len(facts) == len(campaigns) == len({row.campaign_name for row in history.metrics})


def test_leads_come_from_conversions(history: History) -> None:
    conversions = {(row.date.isoformat(), row.campaign_id, row.region): row.conversions for row in history.metrics}
    leads = Counter((lead.created_at[:10], lead.campaign_id, lead.region) for lead in history.leads)
    assert all(count <= conversions[key] for key, count in leads.items())
    assert 0.9 < len(history.leads) / sum(conversions.values()) < 0.94


def test_every_sale_closes_a_won_lead_at_the_products_price(history: History) -> None:
    leads = {lead.lead_id: lead for lead in history.leads}
    rows: dict[str, MetricRow] = {row.campaign_id: row for row in history.metrics}
    prices = {product.name: product.price for client in CLIENTS for product in client.products}
    for sale in history.sales:
        lead, row = leads[sale.lead_id], rows[sale.campaign_id]
        assert lead.status == "won"
        assert (lead.campaign_id, lead.client, lead.country, lead.region) == (
            sale.campaign_id,
            sale.client,
            sale.country,
            sale.region,
        )
        assert (row.product, row.platform, row.channel) == (sale.product, sale.platform, sale.channel)
        assert lead.created_at < sale.sold_at < f"{TODAY}"
        assert sale.amount % prices[sale.product] == 0
    assert len(history.sales) == sum(lead.status == "won" for lead in history.leads)
    assert len({sale.lead_id for sale in history.sales}) == len(history.sales)


def test_personal_data_is_synthetic(history: History) -> None:
    assert all(lead.email.endswith("@example.com") for lead in history.leads)


def test_every_status_platform_country_and_product_occurs(history: History) -> None:
    assert {lead.status for lead in history.leads} == {"new", "contacted", "qualified", "won", "lost"}
    assert {(row.platform, row.channel) for row in history.metrics} == set(TRAITS)
    assert {row.country for row in history.metrics} == set(COUNTRIES)
    assert {(row.client, row.product) for row in history.sales} == {
        (client.name, product.name) for client in CLIENTS for product in client.products
    }


def test_return_on_spend_is_neither_absurd_nor_even(history: History) -> None:
    spend: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    revenue: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in history.metrics:
        spend[row.client, row.platform] += row.spend
    for sale in history.sales:
        revenue[sale.client, sale.platform] += sale.amount
    returns = {key: revenue[key] / spend[key] for key in spend}
    assert all(Decimal(1) < value < Decimal(9) for value in returns.values())
    assert max(returns.values()) > 2 * min(returns.values())


def test_the_planted_findings_can_be_found(history: History) -> None:
    def cost_per_conversion(**only: str) -> Decimal:
        rows = [row for row in history.metrics if all(getattr(row, name) == value for name, value in only.items())]
        return sum((row.spend for row in rows), Decimal(0)) / sum(row.conversions for row in rows)

    coffee_in_mexico = {"client": "Cafe Alta", "country": "Mexico"}
    assert cost_per_conversion(**coffee_in_mexico, platform="Meta Ads") < cost_per_conversion(
        **coffee_in_mexico, platform="Google Ads"
    )
    assert cost_per_conversion(client="Nube Fitness", country="Spain") > Decimal("1.5") * cost_per_conversion(
        client="Nube Fitness", country="Mexico"
    )
    outage = OUTAGES[1]
    down = [row for row in history.metrics if row.platform == outage.platform and row.date.month == outage.month]
    broken = [row for row in down if outage.first_day <= row.date.day <= outage.last_day]
    assert sum(row.clicks for row in broken) > 100
    assert sum(row.conversions for row in broken) == 0


def test_demand_follows_the_season() -> None:
    rows = generate_history(date(2027, 2, 28)).metrics
    daily: defaultdict[tuple[str, int], list[Decimal]] = defaultdict(list)
    for row in rows:
        daily[row.product, row.date.month].append(row.spend)
    assert _mean(daily["Annual Pass", 1]) > _mean(daily["Annual Pass", 7])


def test_times_are_utc_seconds(history: History) -> None:
    moment = datetime.fromisoformat(history.leads[0].created_at)
    assert moment.utcoffset() == timedelta(0)


def _mean(values: list[Decimal]) -> Decimal:
    return sum(values, Decimal(0)) / len(values)
