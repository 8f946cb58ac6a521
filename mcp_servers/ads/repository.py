"""Campaigns and audiences in PostgreSQL: SQL in, domain out."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg import sql
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from kernel.database import Connection
from mcp_servers.ads.domain import Audience, Campaign, CampaignStatus, LineItem, line_state
from mcp_servers.ads.errors import CampaignNotFound

_COLUMNS = sql.SQL(
    "campaign_id, name, client, product, objective, status, origin, version, start_date, end_date, currency,"
    " budget, audience, goal_metric, goal_value, line_items, platform_id, created_at"
)


@dataclass(frozen=True, slots=True)
class CampaignFilter:
    client: str | None = None
    product: str | None = None
    country: str | None = None
    status: CampaignStatus | None = None


async def campaign(connection: Connection, campaign_id: str, *, lock: bool = False) -> Campaign:
    """One campaign; raises CampaignNotFound."""
    query = sql.SQL("SELECT {} FROM ads.campaigns WHERE campaign_id = %s {}").format(
        _COLUMNS, sql.SQL("FOR UPDATE" if lock else "")
    )
    row = await (await connection.execute(query, (campaign_id,))).fetchone()
    if row is None:
        raise CampaignNotFound(campaign_id)
    return _campaign(row)


async def campaigns(
    connection: Connection, filters: CampaignFilter, after: tuple[date, str] | None, limit: int
) -> list[Campaign]:
    """Newest flight first; `after` is the start date and id of the last one seen."""
    query = sql.SQL(
        """
        SELECT {} FROM ads.campaigns c
        WHERE (%(client)s::text IS NULL OR lower(client) = lower(%(client)s))
          AND (%(product)s::text IS NULL OR lower(product) = lower(%(product)s))
          AND (%(status)s::text IS NULL OR status = %(status)s)
          AND (%(country)s::text IS NULL
               OR EXISTS (SELECT FROM jsonb_array_elements(line_items) line WHERE line ->> 'country' = %(country)s)
               OR EXISTS (SELECT FROM ads.metrics m WHERE m.tenant = c.tenant AND m.campaign_id = c.campaign_id
                          AND m.country = %(country)s))
          AND (%(after_start)s::date IS NULL OR (start_date, campaign_id) < (%(after_start)s, %(after_id)s))
        ORDER BY start_date DESC, campaign_id DESC LIMIT %(limit)s
        """
    ).format(_COLUMNS)
    values = {
        "client": filters.client,
        "product": filters.product,
        "country": filters.country,
        "status": filters.status,
        "after_start": after[0] if after else None,
        "after_id": after[1] if after else None,
        "limit": limit,
    }
    return [_campaign(row) for row in await (await connection.execute(query, values)).fetchall()]


async def by_idempotency_key(connection: Connection, key: str) -> tuple[Campaign, str] | None:
    """The campaign a key made, and the digest of the request that made it."""
    query = sql.SQL("SELECT {}, request_digest FROM ads.campaigns WHERE idempotency_key = %s").format(_COLUMNS)
    row = await (await connection.execute(query, (key,))).fetchone()
    return (_campaign(row), str(row["request_digest"])) if row else None


async def insert(
    connection: Connection, tenant: str, campaign: Campaign, *, key: str | None, request_digest: str
) -> bool:
    """Store a new draft; False when its idempotency key is taken."""
    cursor = await connection.execute(
        """
        INSERT INTO ads.campaigns (tenant, campaign_id, name, client, product, objective, status, origin, start_date,
            end_date, currency, budget, audience, goal_metric, goal_value, line_items, idempotency_key, request_digest)
        VALUES (%(tenant)s, %(id)s, %(name)s, %(client)s, %(product)s, %(objective)s, %(status)s, 'planned', %(start)s,
            %(end)s, %(currency)s, %(budget)s, %(audience)s, %(goal_metric)s, %(goal_value)s, %(line_items)s, %(key)s,
            %(request_digest)s)
        ON CONFLICT (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING RETURNING 1
        """,
        {**_values(campaign), "tenant": tenant, "key": key, "request_digest": request_digest},
    )
    return await cursor.fetchone() is not None


async def save(connection: Connection, campaign: Campaign) -> None:
    """Write a campaign's changeable fields; the version goes up by one."""
    await connection.execute(
        """
        UPDATE ads.campaigns SET name = %(name)s, objective = %(objective)s, status = %(status)s,
            start_date = %(start)s, end_date = %(end)s, budget = %(budget)s, audience = %(audience)s,
            goal_metric = %(goal_metric)s, goal_value = %(goal_value)s, line_items = %(line_items)s,
            platform_id = %(platform_id)s, version = version + 1, updated_at = now()
        WHERE campaign_id = %(id)s
        """,
        _values(campaign),
    )


async def insert_audience(connection: Connection, tenant: str, audience: Audience) -> Audience:
    """Store an audience, or replace the definition of the client's audience of that name."""
    cursor = await connection.execute(
        """
        INSERT INTO ads.audiences (tenant, audience_id, client, name, description, countries, age_min, age_max,
            interests, languages)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (tenant, client, name) DO UPDATE SET description = excluded.description,
            countries = excluded.countries, age_min = excluded.age_min, age_max = excluded.age_max,
            interests = excluded.interests, languages = excluded.languages
        RETURNING audience_id AS id, name, client, description, countries, age_min, age_max, interests, languages,
            created_at
        """,
        (
            tenant,
            audience.id,
            audience.client,
            audience.name,
            audience.description,
            list(audience.countries),
            audience.age_min,
            audience.age_max,
            list(audience.interests),
            list(audience.languages),
        ),
    )
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - RETURNING of an upsert always gives the row
    for name in ("countries", "interests", "languages"):
        row[name] = tuple(row[name])
    return Audience(**row)


def _values(campaign: Campaign) -> dict[str, Any]:
    return {
        "id": campaign.id,
        "name": campaign.name,
        "client": campaign.client,
        "product": campaign.product,
        "objective": campaign.objective,
        "status": campaign.status,
        "start": campaign.start,
        "end": campaign.end,
        "currency": campaign.currency,
        "budget": campaign.budget,
        "audience": campaign.audience,
        "goal_metric": campaign.goal_metric,
        "goal_value": campaign.goal_value,
        "line_items": Jsonb([line_state(line) for line in campaign.line_items]),
        "platform_id": campaign.platform_id,
    }


def _campaign(row: DictRow) -> Campaign:
    return Campaign(
        id=row["campaign_id"],
        name=row["name"],
        client=row["client"],
        product=row["product"],
        objective=row["objective"],
        status=row["status"],
        origin=row["origin"],
        version=row["version"],
        start=row["start_date"],
        end=row["end_date"],
        currency=row["currency"],
        budget=row["budget"],
        audience=row["audience"],
        goal_metric=row["goal_metric"],
        goal_value=row["goal_value"],
        line_items=tuple(_line_item(**line) for line in row["line_items"]),
        platform_id=row["platform_id"],
        created_at=row["created_at"],
    )


def _line_item(*, budget: str, **place: Any) -> LineItem:
    return LineItem(**place, budget=Decimal(budget))
