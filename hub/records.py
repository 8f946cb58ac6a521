"""The ORM's view of clients, products and strategies."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import DateTime, ForeignKeyConstraint, Numeric, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Record(DeclarativeBase):
    """Tables of the hub's schema."""


class ProductRecord(Record):
    __tablename__ = "products"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "client"], ["hub.clients.tenant", "hub.clients.name"], ondelete="CASCADE"),
        {"schema": "hub"},
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    price: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    currency: Mapped[str | None] = mapped_column(String(3))
    description: Mapped[str] = mapped_column(default="")


class ClientRecord(Record):
    __tablename__ = "clients"
    __table_args__ = ({"schema": "hub"},)

    tenant: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    industry: Mapped[str] = mapped_column(default="")
    audiences: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    markets: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    monthly_budget: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    currency: Mapped[str | None] = mapped_column(String(3))
    time_zone: Mapped[str] = mapped_column(default="UTC")
    products: Mapped[list[ProductRecord]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by=ProductRecord.name
    )


class StrategyRecord(Record):
    __tablename__ = "strategies"
    __table_args__ = ({"schema": "hub"},)

    tenant: Mapped[str] = mapped_column(primary_key=True)
    strategy_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    client: Mapped[str]
    products: Mapped[list[str]] = mapped_column(ARRAY(String))
    countries: Mapped[list[str]] = mapped_column(ARRAY(String))
    objective: Mapped[str]
    goal_metric: Mapped[str]
    goal_value: Mapped[Decimal] = mapped_column(Numeric)
    budget: Mapped[Decimal] = mapped_column(Numeric)
    currency: Mapped[str]
    start_date: Mapped[date]
    end_date: Mapped[date]
    language: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
