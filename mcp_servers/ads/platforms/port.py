"""What this context needs of an ad platform."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from mcp_servers.ads.domain import Campaign, LineItem


@dataclass(frozen=True, slots=True)
class LiveCampaign:
    """A campaign as the platform reads it back."""

    id: str
    status: str
    name: str
    start: date
    end: date
    currency: str
    budget: Decimal
    line_items: tuple[LineItem, ...]
    sandbox: bool


@dataclass(frozen=True, slots=True)
class InsightRow:
    date: date
    line_item: LineItem
    currency: str
    spend: Decimal
    impressions: int
    reach: int
    clicks: int
    conversions: int


@dataclass(frozen=True, slots=True)
class Insights:
    rows: list[InsightRow]
    cursor: str
    complete: bool


class AdPlatform(Protocol):
    """Writes take an idempotency key: where they are honoured, the same key never has a second effect.

    Raises PlatformUnavailable (ask again with the same key) or PlatformRefused (final).
    """

    name: str

    @property
    def honours_idempotency(self) -> bool: ...

    def account(self, tenant: str) -> str: ...

    async def launch(self, tenant: str, key: str, campaign: Campaign) -> str: ...

    async def pause(self, tenant: str, key: str, platform_id: str) -> None: ...

    async def change_budget(
        self, tenant: str, key: str, platform_id: str, budget: Decimal, line_items: tuple[LineItem, ...]
    ) -> None: ...

    async def read(self, tenant: str, platform_id: str) -> LiveCampaign: ...

    async def find(self, tenant: str, key: str) -> LiveCampaign | None:
        """The campaign that a write under this key launched or changed, as it is now; None when none did."""
        ...

    async def insights(self, tenant: str, platform_id: str, after: str | None) -> Insights: ...
