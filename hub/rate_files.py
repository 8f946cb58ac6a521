"""Currency rates from CSV files: `POST /v1/imports/currency-rates`."""

import asyncio
from dataclasses import asdict, dataclass
from decimal import Decimal
from re import fullmatch
from typing import Annotated

from starlette.routing import Route

from hub.errors import InvalidRate
from hub.reporting import ReportingService
from hub.schemas import RateBody
from kernel.auth import Principal, TokenVerifier
from kernel.csv_columns import Currency, Day, column
from kernel.csv_import import ImportReport, parse_csv
from kernel.csv_routes import import_route


def _rate(cell: str) -> Decimal | None:
    if not fullmatch(r"[0-9]{1,10}(\.[0-9]{1,10})?", cell):
        return None
    return Decimal(cell) or None


Rate = Annotated[Decimal, column(_rate, "Must be more than zero, at most 10 decimals: 0.0019.")]


@dataclass(frozen=True, slots=True)
class RateLine:
    """A line of the file: one currency's rate from one day on."""

    date: Day
    currency: Currency
    reporting_currency: Currency
    rate: Rate

    def __post_init__(self) -> None:
        if self.currency == self.reporting_currency:
            raise InvalidRate("A currency needs no rate into itself.", field="reporting_currency")


def rate_import_route(service: ReportingService, verifier: TokenVerifier) -> Route:
    async def load(caller: Principal, content: bytes, skip_bad_rows: bool) -> ImportReport:
        parsed = await asyncio.to_thread(
            parse_csv,
            content,
            RateLine,
            key=lambda line: (line.date, line.currency, line.reporting_currency),
            skip=skip_bad_rows,
        )
        counts = await service.load_rates(caller.tenant, [RateBody(**asdict(line)) for line in parsed.rows])
        return parsed.report.model_copy(
            update={
                "inserted": counts.inserted,
                "updated": counts.updated,
                "unchanged": counts.unchanged + parsed.repeated,
            }
        )

    return import_route("/v1/imports/currency-rates", verifier, "hub:write", load)
