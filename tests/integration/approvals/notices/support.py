"""What the tests of notices share: channels to the receivers, and what became of deliveries."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from approvals.notices.courier import Courier
from kernel.database import Connection
from tests.integration.approvals.notices.receivers import MailServer, WebServer

ROLE = "promptsales_approvals"
SECRET = "a webhook's own secret"
ROOT = Path(__file__).parents[4]
Opening = Callable[..., Awaitable[Courier]]


def hook(web: WebServer, **changed: Any) -> dict[str, Any]:
    return {"kind": "webhook", "url": web.url, "secret_env": "HOOK_SECRET"} | changed


def letters(mail: MailServer, **changed: Any) -> dict[str, Any]:
    addressed = {"from": "queue@example.com", "to": ["ana@example.com", "eva@example.com"]}
    return {"kind": "email", "host": "127.0.0.1", "port": mail.port, **addressed} | changed


async def deliveries(admin: Connection) -> list[tuple[Any, ...]]:
    """Event, channel, state, attempts of everything, oldest first."""
    cursor = await admin.execute(
        "SELECT event, channel, state, attempts FROM approvals.notices JOIN approvals.notice_deliveries"
        " USING (tenant, seq) ORDER BY at, channel"
    )
    return [tuple(row.values()) for row in await cursor.fetchall()]
