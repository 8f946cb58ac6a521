"""Leads and sales from CSV files: `POST /v1/imports/leads` and `POST /v1/imports/sales`."""

import asyncio
from dataclasses import astuple, dataclass
from typing import Annotated

from starlette.routing import BaseRoute

from kernel.auth import Principal, TokenVerifier
from kernel.csv_columns import Amount, BlankableText, Currency, Instant, OptionalText, Text, column
from kernel.csv_import import ImportReport, ParsedFile, parse_csv
from kernel.csv_routes import import_route
from kernel.database import Database
from kernel.errors import InvalidInput
from kernel.money import Money
from mcp_servers.crm.domain import STAGES, Stage, email_address
from mcp_servers.crm.import_repository import MergeCounts, merge_leads, merge_sales
from mcp_servers.crm.places import language_of


def _email(cell: str) -> str | None:
    try:
        return email_address(cell)
    except InvalidInput:
        return None


Email = Annotated[str, column(_email, "Must be an e-mail address.")]
Status = Annotated[Stage, column(lambda cell: cell if cell in STAGES else None, f"Must be one of {', '.join(STAGES)}.")]


@dataclass(frozen=True, slots=True)
class LeadLine:
    """A line of the file of leads."""

    lead_id: Text
    created_at: Instant
    campaign_id: OptionalText
    client: Text
    source: Text
    country: Text
    region: BlankableText
    email: Email
    status: Status


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A line of the file of sales."""

    sale_id: Text
    sold_at: Instant
    lead_id: OptionalText
    campaign_id: OptionalText
    client: Text
    product: Text
    country: Text
    region: BlankableText
    channel: OptionalText
    platform: OptionalText
    amount: Amount
    currency: Currency

    def __post_init__(self) -> None:
        Money.parse(self.amount, self.currency)


def import_routes(database: Database, verifier: TokenVerifier) -> list[BaseRoute]:
    async def leads(caller: Principal, content: bytes, skip: bool) -> ImportReport:
        parsed = await asyncio.to_thread(parse_csv, content, LeadLine, key=lambda line: line.lead_id, skip=skip)
        rows = ((astuple(line), language_of(line.country)) for line in parsed.rows)
        async with database.transaction(caller.tenant) as connection:
            return _report(parsed, await merge_leads(connection, caller.tenant, rows))

    async def sales(caller: Principal, content: bytes, skip: bool) -> ImportReport:
        parsed = await asyncio.to_thread(parse_csv, content, SaleLine, key=lambda line: line.sale_id, skip=skip)
        async with database.transaction(caller.tenant) as connection:
            return _report(parsed, await merge_sales(connection, caller.tenant, map(astuple, parsed.rows)))

    return [
        import_route("/v1/imports/leads", verifier, "crm:write", leads),
        import_route("/v1/imports/sales", verifier, "crm:write", sales),
    ]


def _report(parsed: ParsedFile[LeadLine] | ParsedFile[SaleLine], counts: MergeCounts) -> ImportReport:
    unchanged = len(parsed.rows) - counts.inserted - counts.updated + parsed.repeated
    found = {"inserted": counts.inserted, "updated": counts.updated, "unchanged": unchanged}
    return parsed.report.model_copy(update=found)
