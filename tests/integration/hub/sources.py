"""Rows put straight into the sub-companies' tables, as their own imports would: what the pipeline has to bring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg import AsyncConnection, sql
from psycopg.rows import DictRow

CAMPAIGN: dict[str, Any] = {
    "campaign_id": "c-1",
    "name": "Geisha in November",
    "client": "Cafe Alta",
    "product": "Geisha Roast",
    "status": "active",
    "origin": "imported",
    "start_date": date(2026, 10, 1),
    "end_date": date(2026, 11, 30),
    "currency": "USD",
}
METRIC: dict[str, Any] = {
    "date": date(2026, 11, 1),
    "campaign_id": "c-1",
    "region": "San José",
    "line_item": "",
    "platform": "Google Ads",
    "channel": "search",
    "country": "Costa Rica",
    "audience": "young professionals",
    "currency": "USD",
    "spend": Decimal("10.00"),
    "impressions": 1000,
    "reach": 800,
    "clicks": 50,
    "conversions": 5,
}
LEAD: dict[str, Any] = {
    "lead_id": "l-1",
    "created_at": "2026-11-02T10:00:00Z",
    "campaign_id": "c-1",
    "client": "Cafe Alta",
    "source": "web form",
    "country": "Costa Rica",
    "region": "San José",
    "email": "somebody@example.com",
    "status": "new",
    "language": "es",
}
SALE: dict[str, Any] = {
    "sale_id": "s-1",
    "sold_at": "2026-11-03T10:00:00Z",
    "lead_id": "l-1",
    "campaign_id": "c-1",
    "client": "Cafe Alta",
    "product": "Geisha Roast",
    "country": "Costa Rica",
    "region": "San José",
    "amount": Decimal("80.00"),
    "currency": "USD",
    "platform": None,
    "channel": None,
}
ASSET: dict[str, Any] = {
    "id": "a-1",
    "kind": "copy",
    "client": "Cafe Alta",
    "product": "Geisha Roast",
    "title": "Rise early",
    "channel": "social",
    "language": "es",
    "status": "draft",
    "latest_version": 1,
    "request_digest": "0",
    "created_at": "2026-11-01T10:00:00Z",
    "updated_at": "2026-11-01T10:00:00Z",
}
_TEMPLATES: Mapping[str, dict[str, Any]] = {
    "ads.campaigns": CAMPAIGN,
    "ads.metrics": METRIC,
    "crm.leads": LEAD,
    "crm.sales": SALE,
    "content.assets": ASSET,
}


@dataclass(frozen=True, slots=True)
class Sources:
    """Writes one tenant's rows over an administrator's connection, in a transaction the test decides about."""

    connection: AsyncConnection[DictRow]
    tenant: str

    async def add(self, table: str, *rows: Mapping[str, Any]) -> None:
        """Insert rows: the table's template with what each row says otherwise."""
        whole = [{"tenant": self.tenant, **_TEMPLATES[table], **row} for row in rows]
        columns = list(dict.fromkeys(name for row in whole for name in row))
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(*table.split(".")),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
        )
        async with self.connection.cursor() as cursor:
            await cursor.executemany(statement, [[row[column] for column in columns] for row in whole])

    async def correct(self, table: str, where: Mapping[str, Any], **values: Any) -> None:
        """Change rows that are there already."""
        statement = sql.SQL("UPDATE {} SET {} WHERE tenant = %s AND {}").format(
            sql.Identifier(*table.split(".")),
            sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in values),
            sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in where),
        )
        await self.connection.execute(statement, [*values.values(), self.tenant, *where.values()])

    async def remove(self, table: str, where: Mapping[str, Any]) -> None:
        """Delete rows, where there are any."""
        statement = sql.SQL("DELETE FROM {} WHERE tenant = %s AND {}").format(
            sql.Identifier(*table.split(".")),
            sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in where),
        )
        await self.connection.execute(statement, [self.tenant, *where.values()])


async def rows_of(connection: AsyncConnection[DictRow], query: str, *values: object) -> Sequence[dict[str, Any]]:
    """What an administrator reads."""
    return await (await connection.execute(query.encode(), values)).fetchall()
