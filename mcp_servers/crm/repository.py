"""Leads, their history and sales in PostgreSQL: an ORM session in, domain values out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import ColumnElement, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from mcp_servers.crm.domain import Interaction, Lead, Sale, Stage, StageChange
from mcp_servers.crm.errors import IdempotencyKeyReused, LeadNotFound
from mcp_servers.crm.tables import InteractionRecord, LeadRecord, RequestRecord, SaleRecord, StageChangeRecord

HISTORY_LIMIT = 200


@dataclass(frozen=True, slots=True)
class LeadFilter:
    client: str | None = None
    status: Stage | None = None
    country: str | None = None
    source: str | None = None
    campaign_id: str | None = None
    email: str | None = None
    created_from: date | None = None
    created_to: date | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What happened with a lead, oldest first: the last 200 interactions, the first 200 of the rest."""

    interactions: Sequence[Interaction]
    stage_changes: Sequence[StageChange]
    sales: Sequence[Sale]


class Repository:
    """One tenant's rows in one transaction."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def lock(self, *parts: str) -> None:
        """Keep other transactions from doing the same thing until this one ends."""
        name = "\x1f".join(("crm", self._tenant, *parts))
        await self._session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})

    async def answered(self, key: str, request_digest: str) -> str | None:
        """The result of an earlier request with this key. Raises IdempotencyKeyReused when that was another one."""
        await self.lock("request", key)
        found = await self._session.get(RequestRecord, (self._tenant, key))
        if found and found.request_digest != request_digest:
            raise IdempotencyKeyReused
        return found.result_id if found else None

    async def remember(self, key: str, request_digest: str, result_id: str) -> None:
        self._session.add(
            RequestRecord(tenant=self._tenant, idempotency_key=key, request_digest=request_digest, result_id=result_id)
        )
        await self._session.flush()

    async def lead(self, lead_id: str, *, lock: bool = False) -> Lead:
        """One lead; raises LeadNotFound."""
        found = await self.find_lead(lead_id, lock=lock)
        if found is None:
            raise LeadNotFound(lead_id)
        return found

    async def find_lead(self, lead_id: str, *, lock: bool = False) -> Lead | None:
        record = await self._session.get(LeadRecord, (self._tenant, lead_id), with_for_update=lock)
        return record.give(Lead) if record else None

    async def lead_by_email(self, client: str, email: str) -> Lead | None:
        """The first lead of a client with an address, kept to oneself."""
        query = (
            select(LeadRecord)
            .where(LeadRecord.email == email, func.lower(LeadRecord.client) == client.lower())
            .order_by(LeadRecord.created_at, LeadRecord.id)
            .limit(1)
            .with_for_update()
        )
        record = await self._session.scalar(query)
        return record.give(Lead) if record else None

    async def leads(self, filters: LeadFilter, after: tuple[datetime, str] | None, limit: int) -> list[Lead]:
        """Newest first; `after` is the creation time and id of the last one seen."""
        query = select(LeadRecord).where(*_conditions(filters))
        if after:
            query = query.where(tuple_(LeadRecord.created_at, LeadRecord.id) < tuple_(*after))
        query = query.order_by(LeadRecord.created_at.desc(), LeadRecord.id.desc()).limit(limit)
        return [record.give(Lead) for record in await self._session.scalars(query)]

    async def add_lead(self, lead: Lead) -> None:
        record = LeadRecord(tenant=self._tenant)
        record.take(lead)
        self._session.add(record)
        await self._session.flush()

    async def save_lead(self, lead: Lead) -> None:
        """Write a lead that this transaction has read."""
        record = await self._session.get_one(LeadRecord, (self._tenant, lead.id))
        record.take(lead)
        await self._session.flush()

    async def add_stage_change(self, change: StageChange) -> None:
        record = StageChangeRecord(tenant=self._tenant)
        record.take(change)
        self._session.add(record)

    async def add_interaction(self, interaction: Interaction) -> None:
        record = InteractionRecord(tenant=self._tenant)
        record.take(interaction)
        self._session.add(record)

    async def interaction(self, interaction_id: str) -> Interaction:
        """An interaction that is known to exist."""
        return (await self._session.get_one(InteractionRecord, (self._tenant, interaction_id))).give(Interaction)

    async def sale(self, sale_id: str) -> Sale | None:
        record = await self._session.get(SaleRecord, (self._tenant, sale_id))
        return record.give(Sale) if record else None

    async def add_sale(self, sale: Sale) -> None:
        record = SaleRecord(tenant=self._tenant)
        record.take(sale)
        self._session.add(record)

    async def has_written(self, lead_id: str) -> bool:
        """Whether the history holds anything that the lead wrote or said."""
        query = select(InteractionRecord.id).filter_by(lead_id=lead_id, direction="inbound").limit(1)
        return await self._session.scalar(query) is not None

    async def history(self, lead_id: str) -> History:
        latest = InteractionRecord.at.desc(), InteractionRecord.id.desc()
        interactions = await self._session.scalars(
            select(InteractionRecord).filter_by(lead_id=lead_id).order_by(*latest).limit(HISTORY_LIMIT)
        )
        changes = await self._session.scalars(
            select(StageChangeRecord).filter_by(lead_id=lead_id).order_by(StageChangeRecord.at).limit(HISTORY_LIMIT)
        )
        sales = await self._session.scalars(
            select(SaleRecord).filter_by(lead_id=lead_id).order_by(SaleRecord.sold_at).limit(HISTORY_LIMIT)
        )
        return History(
            [record.give(Interaction) for record in reversed(interactions.all())],
            [record.give(StageChange) for record in changes],
            [record.give(Sale) for record in sales],
        )


def _conditions(filters: LeadFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    exact = {
        LeadRecord.status: filters.status,
        LeadRecord.campaign_id: filters.campaign_id,
        LeadRecord.email: filters.email,
    }
    folded = {LeadRecord.client: filters.client, LeadRecord.country: filters.country, LeadRecord.source: filters.source}
    conditions += [column == value for column, value in exact.items() if value is not None]
    conditions += [func.lower(column) == value.lower() for column, value in folded.items() if value is not None]
    if filters.created_from:
        conditions.append(LeadRecord.created_at >= datetime.combine(filters.created_from, time.min, UTC))
    if filters.created_to:
        conditions.append(LeadRecord.created_at <= datetime.combine(filters.created_to, time.max, UTC))
    return conditions
