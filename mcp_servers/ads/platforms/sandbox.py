"""The sandbox ad platform: a simulated network with its own process. Nothing leaves the system."""

from datetime import date
from decimal import Decimal
from typing import Any

import httpx2

from kernel.settings import Settings
from mcp_servers.ads.domain import Campaign, LineItem, line_state
from mcp_servers.ads.errors import PlatformRefused, PlatformUnavailable
from mcp_servers.ads.platforms.port import InsightRow, Insights, LiveCampaign

_RETRYABLE = frozenset({408, 425, 429})


class SandboxAdPlatform:
    name = "sandbox-ads"

    def __init__(
        self,
        settings: Settings,
        http: httpx2.AsyncClient,
        *,
        timeout_seconds: float,
        honours_idempotency: bool = True,
    ) -> None:
        self.honours_idempotency: bool = honours_idempotency
        self._base = settings.url("sandbox")
        self._key = settings.client_secret("sandbox")
        self._http = http
        self._timeout = timeout_seconds

    def account(self, tenant: str) -> str:
        return f"sandbox-ads:{tenant}"

    async def launch(self, tenant: str, key: str, campaign: Campaign) -> str:
        order = {
            "name": campaign.name,
            "objective": campaign.objective or campaign.name,
            "start": campaign.start.isoformat(),
            "end": campaign.end.isoformat(),
            "currency": campaign.currency,
            "budget": f"{campaign.budget:.2f}",
            "line_items": [line_state(line) for line in campaign.line_items],
            "external_ref": campaign.id,
        }
        return str((await self._call("POST", "/ads/campaigns", tenant, key=key, body=order))["id"])

    async def pause(self, tenant: str, key: str, platform_id: str) -> None:
        await self._call("POST", f"/ads/campaigns/{platform_id}/pause", tenant, key=key)

    async def change_budget(
        self, tenant: str, key: str, platform_id: str, budget: Decimal, line_items: tuple[LineItem, ...]
    ) -> None:
        order = {"budget": f"{budget:.2f}", "line_items": [line_state(line) for line in line_items]}
        await self._call("POST", f"/ads/campaigns/{platform_id}/budget", tenant, key=key, body=order)

    async def read(self, tenant: str, platform_id: str) -> LiveCampaign:
        return _live(await self._call("GET", f"/ads/campaigns/{platform_id}", tenant))

    async def find(self, tenant: str, key: str) -> LiveCampaign | None:
        found = await self._call("GET", "/ads/campaigns", tenant, query={"idempotency_key": key})
        return next((_live(item) for item in found["items"]), None)

    async def insights(self, tenant: str, platform_id: str, after: str | None) -> Insights:
        query = {"after": after} if after else {}
        found = await self._call("GET", f"/ads/campaigns/{platform_id}/insights", tenant, query=query)
        return Insights([_insight(row) for row in found["rows"]], found["cursor"], bool(found["complete"]))

    async def _call(
        self,
        method: str,
        path: str,
        tenant: str,
        *,
        key: str | None = None,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._key}", "X-Account": self.account(tenant)}
        if key:
            headers["Idempotency-Key"] = key
        try:
            response = await self._http.request(
                method, f"{self._base}{path}", headers=headers, json=body, params=query, timeout=self._timeout
            )
        except httpx2.HTTPError as error:
            raise PlatformUnavailable(f"The ad platform does not answer ({type(error).__name__}).") from error
        if response.status_code in _RETRYABLE or response.status_code >= 500:
            raise PlatformUnavailable(f"The ad platform answered {response.status_code}.")
        answer: dict[str, Any] = response.json()
        if not response.is_success:
            raise PlatformRefused(f"The ad platform refused: {answer.get('detail', response.status_code)}")
        return answer


def _live(found: dict[str, Any]) -> LiveCampaign:
    return LiveCampaign(
        id=found["id"],
        status=found["status"],
        name=found["name"],
        start=date.fromisoformat(found["start"]),
        end=date.fromisoformat(found["end"]),
        currency=found["currency"],
        budget=Decimal(found["budget"]),
        line_items=tuple(_line_item(line, Decimal(line["budget"])) for line in found["line_items"]),
        sandbox=bool(found["sandbox"]),
    )


def _line_item(line: dict[str, Any], budget: Decimal) -> LineItem:
    return LineItem(line["platform"], line["channel"], line["country"], line["region"], line["audience"], budget)


def _insight(row: dict[str, Any]) -> InsightRow:
    return InsightRow(
        date=date.fromisoformat(row["date"]),
        line_item=_line_item(row, Decimal(0)),
        currency=row["currency"],
        spend=Decimal(row["spend"]),
        impressions=row["impressions"],
        reach=row["reach"],
        clicks=row["clicks"],
        conversions=row["conversions"],
    )
