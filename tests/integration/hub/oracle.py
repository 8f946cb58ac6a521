"""What the hub has to hold, reckoned from the sub-companies' own tables in another way than the pipeline's."""

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from tests.integration.hub.sources import rows_of

_NAMES = "client, product, campaign_id, campaign, platform, channel, country, region, audience, currency"
_SUMS = (
    "sum(spend) AS spend, sum(impressions) AS impressions, sum(reach) AS reach, sum(clicks) AS clicks,"
    " sum(conversions) AS conversions, sum(leads) AS leads, sum(sales) AS sales, sum(revenue) AS revenue,"
    " CASE WHEN count(*) = count(spend_reporting) THEN sum(spend_reporting) END AS spend_reporting,"
    " CASE WHEN count(*) = count(revenue_reporting) THEN sum(revenue_reporting) END AS revenue_reporting"
)
_PLACES = """
    SELECT tenant, campaign_id, CASE WHEN count(DISTINCT platform) = 1 THEN min(platform) END AS platform,
           CASE WHEN count(DISTINCT channel) = 1 THEN min(channel) END AS channel,
           CASE WHEN count(DISTINCT audience) = 1 THEN min(audience) END AS audience
    FROM ads.metrics GROUP BY tenant, campaign_id
"""
_IN_ONE_CURRENCY = """
    CASE WHEN {amount} = 0 THEN 0
         WHEN {currency} = tenants.reporting_currency THEN {amount}
         ELSE {amount} * (
             SELECT rate FROM hub.currency_rates AS known
             WHERE known.tenant = {tenant} AND known.currency = {currency} AND known.date <= {day}
               AND known.reporting_currency = tenants.reporting_currency
             ORDER BY known.date DESC LIMIT 1) END
"""
FACTS = f"""
    WITH places AS ({_PLACES})
    SELECT 'ads.metrics' AS source, m.date, nullif(c.client, '') AS client, nullif(c.product, '') AS product,
           m.campaign_id, c.name AS campaign, nullif(m.platform, '') AS platform, nullif(m.channel, '') AS channel,
           nullif(m.country, '') AS country, nullif(m.region, '') AS region, nullif(m.audience, '') AS audience,
           m.currency::text AS currency, m.spend, m.impressions, m.reach, m.clicks, m.conversions, 0 AS leads,
           0 AS sales, 0::numeric AS revenue,
           {_IN_ONE_CURRENCY.format(amount="m.spend", currency="m.currency::text", tenant="m.tenant", day="m.date")}
               AS spend_reporting, 0::numeric AS revenue_reporting
    FROM ads.metrics m JOIN ads.campaigns c USING (tenant, campaign_id) LEFT JOIN hub.tenants USING (tenant)
    WHERE tenant = %(tenant)s
    UNION ALL
    SELECT 'crm.leads', (l.created_at AT TIME ZONE 'UTC')::date, l.client, nullif(c.product, ''),
           l.campaign_id, coalesce(c.name, l.campaign_id), nullif(p.platform, ''), nullif(p.channel, ''), l.country,
           nullif(l.region, ''), nullif(p.audience, ''), c.currency::text, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0
    FROM crm.leads l LEFT JOIN ads.campaigns c USING (tenant, campaign_id)
    LEFT JOIN places p ON p.tenant = c.tenant AND p.campaign_id = c.campaign_id
    WHERE l.tenant = %(tenant)s
    UNION ALL
    SELECT 'crm.sales', (s.sold_at AT TIME ZONE 'UTC')::date, s.client,
           coalesce(nullif(s.product, ''), nullif(c.product, '')),
           s.campaign_id, coalesce(c.name, s.campaign_id), coalesce(nullif(s.platform, ''), nullif(p.platform, '')),
           coalesce(nullif(s.channel, ''), nullif(p.channel, '')), s.country, nullif(s.region, ''),
           nullif(p.audience, ''), s.currency::text, 0, 0, 0, 0, 0, 0, 1, s.amount, 0,
           {
    _IN_ONE_CURRENCY.format(
        amount="s.amount", currency="s.currency::text", tenant="s.tenant", day="(s.sold_at AT TIME ZONE 'UTC')::date"
    )
}
    FROM crm.sales s LEFT JOIN ads.campaigns c USING (tenant, campaign_id)
    LEFT JOIN places p ON p.tenant = c.tenant AND p.campaign_id = c.campaign_id
    LEFT JOIN hub.tenants ON tenants.tenant = s.tenant
    WHERE s.tenant = %(tenant)s
"""
_COLUMNS = f"source, date, {_NAMES}, spend, impressions, reach, clicks, conversions, leads, sales, revenue"
_TOTALLED = "client, platform, channel, country, currency"
_SUMMED = "spend, impressions, reach, clicks, conversions, leads, sales, revenue, spend_reporting, revenue_reporting"

# Of each pair, both sides have to hold the same rows, equal ones as often.
PAIRS: dict[str, tuple[str, str]] = {
    "facts": (FACTS, f"SELECT {_COLUMNS}, spend_reporting, revenue_reporting FROM hub.facts_v2"),
    "months": (
        f"SELECT source, date_trunc('month', date)::date AS date, {_NAMES}, {_SUMS} FROM ({FACTS}) f"
        f" GROUP BY source, date_trunc('month', date), {_NAMES}",
        f"SELECT source, date, {_NAMES}, {_SUMS} FROM hub.monthly_facts_v1 m WHERE tenant = %(tenant)s"
        f" GROUP BY source, date, {_NAMES}",
    ),
    "days": (
        f"SELECT source, date, {_TOTALLED}, {_SUMS} FROM ({FACTS}) f GROUP BY source, date, {_TOTALLED}",
        f"SELECT source, date, {_TOTALLED}, {_SUMMED} FROM hub.daily_totals_v1 d",
    ),
    "months without product": (
        f"SELECT source, date_trunc('month', date)::date AS date, {_TOTALLED}, {_SUMS} FROM ({FACTS}) f"
        f" GROUP BY source, date_trunc('month', date), {_TOTALLED}",
        f"SELECT source, date, {_TOTALLED}, {_SUMMED} FROM hub.monthly_totals_v1 m",
    ),
    "campaigns": (
        "SELECT campaign_id, name, client, product, objective, status, start_date, end_date, currency, budget"
        " FROM ads.campaigns WHERE tenant = %(tenant)s",
        "SELECT campaign_id, name, client, product, objective, status, start_date, end_date, currency, budget"
        " FROM hub.campaigns",
    ),
    "leads": (
        "SELECT lead_id, created_at, campaign_id, client, source, country, region, status FROM crm.leads"
        " WHERE tenant = %(tenant)s",
        "SELECT lead_id, created_at, campaign_id, client, source, country, region, status FROM hub.fact_leads",
    ),
    "assets": (
        "SELECT id, client, product, kind, channel, language, status, latest_version, updated_at"
        " FROM content.assets WHERE tenant = %(tenant)s",
        "SELECT asset_id, client, product, kind, channel, language, status, version, updated_at FROM hub.assets",
    ),
}


async def differences(admin: AsyncConnection[DictRow], tenant: str) -> dict[str, list[dict[str, Any]]]:
    """Rows that the hub lacks (`-`) or has too many (`+`), by what was compared; nothing when all is equal."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, (expected, held) in PAIRS.items():
        mine = held if "WHERE tenant" in held else f"{held} WHERE tenant = %(tenant)s"
        query = (
            f"WITH expected AS ({expected}), held AS ({mine})"
            " SELECT '-' AS sign, * FROM (SELECT * FROM expected EXCEPT ALL SELECT * FROM held) AS lacking"
            " UNION ALL SELECT '+', * FROM (SELECT * FROM held EXCEPT ALL SELECT * FROM expected) AS left_over"
        )
        rows = await (await admin.execute(query.encode(), {"tenant": tenant})).fetchall()
        if rows:
            found[name] = rows
    return found


async def series_are_unique(admin: AsyncConnection[DictRow], tenant: str) -> bool:
    """Whether no two series say the same."""
    query = "SELECT names FROM hub.series WHERE tenant = %s GROUP BY names HAVING count(*) > 1"
    return not await rows_of(admin, query, tenant)
