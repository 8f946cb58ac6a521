"""How the tables map to objects (SQLAlchemy). Attributes are named as the domain's, so that values pass as they are."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sqlalchemy import DateTime, MetaData, Numeric, String
from sqlalchemy.orm import DeclarativeBase, Mapped, composite, mapped_column

from kernel.money import Money
from mcp_servers.crm.domain import Channel, Consent, Direction, Language, Stage

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ValueT = TypeVar("ValueT", bound="DataclassInstance")


class Record(DeclarativeBase):
    metadata = MetaData(schema="crm")
    type_annotation_map: ClassVar[Mapping[Any, Any]] = {
        datetime: DateTime(timezone=True),
        Stage: String(),
        Language: String(),
        Channel: String(),
        Direction: String(),
    }

    tenant: Mapped[str] = mapped_column(primary_key=True, sort_order=-1)

    def take(self, value: "DataclassInstance") -> None:
        """Hold what a domain value says; unchanged attributes are not written again."""
        for field in fields(value):
            setattr(self, field.name, getattr(value, field.name))

    def give(self, kind: type[ValueT]) -> ValueT:
        """The domain value this record holds."""
        return kind(**{field.name: getattr(self, field.name) for field in fields(kind)})


class LeadRecord(Record):
    __tablename__ = "leads"

    id: Mapped[str] = mapped_column("lead_id", primary_key=True)
    created_at: Mapped[datetime]
    campaign_id: Mapped[str | None]
    client: Mapped[str]
    product: Mapped[str | None]
    source: Mapped[str]
    country: Mapped[str]
    region: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str | None]
    name: Mapped[str | None]
    status: Mapped[Stage]
    language: Mapped[Language]
    consent: Mapped[Consent] = composite(
        mapped_column("consent_email"),
        mapped_column("consent_sms"),
        mapped_column("consent_whatsapp"),
        mapped_column("consent_at"),
        mapped_column("consent_source"),
    )
    unsubscribed_at: Mapped[datetime | None]


class StageChangeRecord(Record):
    __tablename__ = "stage_changes"

    id: Mapped[str] = mapped_column("stage_change_id", primary_key=True)
    lead_id: Mapped[str]
    at: Mapped[datetime]
    previous: Mapped[Stage]
    stage: Mapped[Stage]
    reason: Mapped[str]
    by: Mapped[str]


class InteractionRecord(Record):
    __tablename__ = "interactions"

    id: Mapped[str] = mapped_column("interaction_id", primary_key=True)
    lead_id: Mapped[str]
    at: Mapped[datetime]
    channel: Mapped[Channel]
    direction: Mapped[Direction]
    summary: Mapped[str]
    body: Mapped[str | None]
    by: Mapped[str]
    action_id: Mapped[str | None]


class SaleRecord(Record):
    __tablename__ = "sales"

    id: Mapped[str] = mapped_column("sale_id", primary_key=True)
    sold_at: Mapped[datetime]
    lead_id: Mapped[str | None]
    campaign_id: Mapped[str | None]
    client: Mapped[str]
    product: Mapped[str]
    country: Mapped[str]
    region: Mapped[str]
    channel: Mapped[str | None]
    platform: Mapped[str | None]
    units: Mapped[Decimal] = mapped_column("amount", Numeric(14, 2))
    currency: Mapped[str]
    amount: Mapped[Money] = composite("units", "currency")


class RequestRecord(Record):
    __tablename__ = "requests"

    idempotency_key: Mapped[str] = mapped_column(primary_key=True)
    request_digest: Mapped[str]
    result_id: Mapped[str]
