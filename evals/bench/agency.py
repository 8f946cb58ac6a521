"""A large agency, straight into the sub-companies' tables: 5,000 campaigns, a year of days, three regions each."""

from dataclasses import dataclass
from datetime import date, timedelta

from kernel.database import Connection

CLIENTS, PRODUCTS, CAMPAIGNS = 25, 8, 5_000
PLATFORMS = ("Google Ads", "Meta Ads", "TikTok", "LinkedIn", "Mailchimp", "Twilio")
CHANNELS = ("search", "social", "video", "social", "email", "sms")
COUNTRIES = ("Mexico", "Colombia", "Costa Rica", "Spain", "United States", "Argentina", "Chile", "Peru")
LAST_DAY = date(2026, 11, 29)
LEADS, SALES = 100_000, 60_000


@dataclass(frozen=True, slots=True)
class Agency:
    tenant: str
    days: int = 365
    regions: int = 3
    """Regions each campaign runs in, all of one country."""

    @property
    def first_day(self) -> date:
        return LAST_DAY - timedelta(days=self.days - 1)

    @property
    def fact_rows(self) -> int:
        return CAMPAIGNS * self.days * self.regions


async def write_agency(connection: Connection, agency: Agency) -> None:
    """Fill ads and crm in one transaction, as its administrator and without their triggers' cost."""
    values = {
        "tenant": agency.tenant,
        "first": agency.first_day,
        "last": LAST_DAY,
        "regions": agency.regions,
        "platforms": list(PLATFORMS),
        "channels": list(CHANNELS),
        "countries": list(COUNTRIES),
        "days": agency.days,
    }
    await connection.execute("SET LOCAL session_replication_role = replica")
    await connection.execute("SELECT setseed(0.5)")
    for statement in (_CAMPAIGNS, _METRICS, _LEADS, _SALES):
        await connection.execute(statement.encode(), values)
    await connection.execute("INSERT INTO crm.tenants VALUES (%(tenant)s) ON CONFLICT DO NOTHING", values)
    for table in ("ads.campaigns", "ads.metrics", "crm.leads", "crm.sales"):
        await connection.execute(f"ANALYZE {table}".encode())


_CAMPAIGNS = f"""
INSERT INTO ads.campaigns (tenant, campaign_id, name, client, product, status, origin, start_date, end_date, currency)
SELECT %(tenant)s, 'c-' || n, 'Campaign ' || n, 'Client ' || n %% {CLIENTS}, 'Product ' || n %% ({CLIENTS * PRODUCTS}),
       'active', 'imported', %(first)s, %(last)s, 'USD'
FROM generate_series(0, {CAMPAIGNS - 1}) n
"""  # noqa: S608 - figures of ours
_METRICS = f"""
INSERT INTO ads.metrics (tenant, date, campaign_id, region, platform, channel, country, audience, currency, spend,
                         impressions, reach, clicks, conversions)
SELECT %(tenant)s, day::date, 'c-' || n, (%(countries)s::text[])[1 + n %% 8] || ' ' || region,
       (%(platforms)s::text[])[1 + n %% 6], (%(channels)s::text[])[1 + n %% 6], (%(countries)s::text[])[1 + n %% 8],
       'Audience ' || n %% 12, 'USD', (random() * 100)::numeric(14, 2), shown, shown * 2 / 3, shown / 40, shown / 900
FROM generate_series(%(first)s::date, %(last)s::date, '1 day') day,
     generate_series(0, {CAMPAIGNS - 1}) n,
     generate_series(1, %(regions)s) region,
     LATERAL (SELECT (1000 + random() * 9000 + n * 0)::bigint AS shown) made
"""  # noqa: S608 - figures of ours
_LEADS = f"""
INSERT INTO crm.leads (tenant, lead_id, created_at, campaign_id, client, source, country, email, status, language)
SELECT %(tenant)s, 'l-' || n, %(last)s::date - (n %% %(days)s) + interval '9 hours', 'c-' || n %% {CAMPAIGNS},
       'Client ' || n %% {CLIENTS}, 'web', (%(countries)s::text[])[1 + n %% 8], n || '@example.com', 'new', 'en'
FROM generate_series(0, {LEADS - 1}) n
"""  # noqa: S608 - figures of ours
_SALES = f"""
INSERT INTO crm.sales (tenant, sale_id, sold_at, campaign_id, client, product, country, amount, currency)
SELECT %(tenant)s, 's-' || n, %(last)s::date - (n %% %(days)s) + interval '15 hours', 'c-' || n %% {CAMPAIGNS},
       'Client ' || n %% {CLIENTS}, 'Product ' || n %% ({CLIENTS * PRODUCTS}), (%(countries)s::text[])[1 + n %% 8],
       (50 + random() * 900)::numeric(14, 2), 'USD'
FROM generate_series(0, {SALES - 1}) n
"""  # noqa: S608 - figures of ours
