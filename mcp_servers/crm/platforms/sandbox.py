"""The sandbox messenger: a simulated e-mail, SMS and WhatsApp provider. Nothing leaves the system."""

from typing import Any

import httpx2

from kernel.settings import Settings
from mcp_servers.crm.errors import PlatformRefused, PlatformUnavailable
from mcp_servers.crm.messages import Message
from mcp_servers.crm.platforms.port import SentMessage

_RETRYABLE = frozenset({408, 425, 429})


class SandboxMessenger:
    name = "sandbox-messenger"
    sandbox = True

    def __init__(
        self,
        settings: Settings,
        http: httpx2.AsyncClient,
        *,
        timeout_seconds: float,
        honours_idempotency: bool = True,
    ) -> None:
        self.honours_idempotency: bool = honours_idempotency
        self._base = f"{settings.url('sandbox')}/messenger/messages"
        self._key = settings.client_secret("sandbox")
        self._http = http
        self._timeout = timeout_seconds

    def account(self, tenant: str) -> str:
        return f"sandbox-messenger:{tenant}"

    async def send(self, tenant: str, key: str, message: Message) -> str:
        order: dict[str, Any] = {
            "channel": message.channel,
            "to": message.to,
            "subject": message.subject,
            "body": message.body,
            "lead_ref": message.lead_id,
        }
        response = await self._call("POST", self._base, tenant, {"Idempotency-Key": key}, order)
        return str(_accepted(response)["id"])

    async def read(self, tenant: str, message_id: str) -> SentMessage | None:
        response = await self._call("GET", f"{self._base}/{message_id}", tenant)
        if response.status_code == 404:
            return None
        return _sent(_accepted(response))

    async def find(self, tenant: str, key: str) -> SentMessage | None:
        response = await self._call("GET", self._base, tenant, query={"idempotency_key": key})
        return next((_sent(item) for item in _accepted(response)["items"]), None)

    async def _call(
        self,
        method: str,
        url: str,
        tenant: str,
        headers: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
    ) -> httpx2.Response:
        own = {"Authorization": f"Bearer {self._key}", "X-Account": self.account(tenant)}
        try:
            response = await self._http.request(
                method, url, headers=own | (headers or {}), json=body, params=query, timeout=self._timeout
            )
        except httpx2.HTTPError as error:
            raise PlatformUnavailable(
                f"The messenger does not answer ({type(error).__name__}).", fix="Try again in a moment."
            ) from error
        if response.status_code in _RETRYABLE or response.status_code >= 500:
            raise PlatformUnavailable(f"The messenger answered {response.status_code}.", fix="Try again in a moment.")
        return response


def _accepted(response: httpx2.Response) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = response.json()
    except ValueError as error:
        raise PlatformUnavailable("The messenger's answer cannot be read.", fix="Try again in a moment.") from error
    if not response.is_success:
        raise PlatformRefused(f"The messenger refused: {answer.get('detail', response.status_code)}")
    return answer


def _sent(found: dict[str, Any]) -> SentMessage:
    return SentMessage(
        id=found["id"],
        status=found["status"],
        channel=found["channel"],
        to=found["to"],
        subject=found["subject"],
        body=found["body"],
    )
