"""The rows of the three files that the imports take."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

LeadStatus = Literal["new", "contacted", "qualified", "won", "lost"]


class MetricRow(NamedTuple):
    """One campaign in one region on one day; the columns of an ads-metrics file, in order."""

    date: date
    campaign_id: str
    campaign_name: str
    client: str
    product: str
    platform: str
    channel: str
    country: str
    region: str
    audience: str
    currency: str
    spend: Decimal
    impressions: int
    reach: int
    clicks: int
    conversions: int


class LeadRow(NamedTuple):
    """The columns of a leads file, in order."""

    lead_id: str
    created_at: str
    campaign_id: str
    client: str
    source: str
    country: str
    region: str
    email: str
    status: LeadStatus


class SaleRow(NamedTuple):
    """The columns of a sales file, in order."""

    sale_id: str
    sold_at: str
    lead_id: str
    campaign_id: str
    client: str
    product: str
    country: str
    region: str
    channel: str
    platform: str
    amount: Decimal
    currency: str


Row = MetricRow | LeadRow | SaleRow


def as_csv(rows: Sequence[Row]) -> str:
    """A file as the import takes it: a header, then the rows. Needs at least one row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0]._fields)
    writer.writerows(rows)
    return text.getvalue()
