"""Use cases about clients. One transaction each."""

from sqlalchemy import select

from hub.records import ClientRecord, ProductRecord
from hub.schemas import ClientBody, ClientView
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
