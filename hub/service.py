"""Use cases about clients and strategies. One transaction each."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from hub.records import ClientRecord, ProductRecord, StrategyRecord
from hub.schemas import ClientBody, ClientView, StrategyView
from kernel.database import Database


class ClientService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def clients(self, tenant: str) -> list[ClientView]:
        """Every client of a tenant with its products, by name."""
        async with self._database.session(tenant) as session:
            found = (await session.scalars(select(ClientRecord).order_by(ClientRecord.name))).all()
            return [ClientView.model_validate(record) for record in found]

    async def register(self, tenant: str, name: str, body: ClientBody) -> ClientView:
        """Create a client or replace what is said of it; products are added or replaced by name, none is removed."""
        async with self._database.session(tenant) as session:
            record = await session.get(ClientRecord, (tenant, name), with_for_update=True)
            if record is None:
                record = ClientRecord(tenant=tenant, name=name, products=[])
                session.add(record)
            for field in ("industry", "audiences", "markets", "monthly_budget", "currency", "time_zone"):
                setattr(record, field, getattr(body, field))
            known = {product.name: product for product in record.products}
            for product in body.products:
                if product.name in known:
                    for field, value in product.model_dump(exclude={"name"}).items():
                        setattr(known[product.name], field, value)
                else:
                    record.products.append(ProductRecord(tenant=tenant, client=name, **product.model_dump()))
            await session.flush()
            return ClientView.model_validate(record)


class StrategyService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def strategies(self, tenant: str, *, client: str | None, limit: int) -> list[StrategyView]:
        """The newest version of each strategy, the newest first; of one client where it is named."""
        newest = (
            select(StrategyRecord)
            .ext(distinct_on(StrategyRecord.strategy_id))
            .order_by(StrategyRecord.strategy_id, StrategyRecord.version.desc())
            .subquery()
        )
        strategy = aliased(StrategyRecord, newest)
        query = select(strategy).order_by(strategy.created_at.desc(), strategy.strategy_id).limit(limit)
        if client is not None:
            query = query.where(strategy.client == client)
        async with self._database.session(tenant) as session:
            return [StrategyView.model_validate(record) for record in (await session.scalars(query)).all()]
