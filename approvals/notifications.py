"""PostgreSQL notifications as wake-ups. They hint that there is something to read, and carry nothing to trust."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, contextmanager
from typing import Any, cast

import psycopg
from psycopg import sql

from kernel.logs import logger

AUDIT_CHANNEL = "approvals_audit"
WORK_CHANNEL = "approvals_work"
_RECONNECT_SECONDS = 1.0


async def listen(url: str, channel: str) -> AsyncGenerator[str]:
    """Payloads of a channel, for ever; an empty one after each (re)connection, when some may have been missed."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                yield ""
                async for notification in connection.notifies():
                    yield notification.payload
        except psycopg.OperationalError as error:
            logger(__name__).warning("notifications interrupted", channel=channel, error=type(error).__name__)
            await asyncio.sleep(_RECONNECT_SECONDS)


class AuditFeed:
    """Tells whoever follows a tenant that its audit has grown."""

    def __init__(self) -> None:
        self._followers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    async def run(self, url: str) -> None:
        """Pass the database's notifications on until cancelled."""
        async with aclosing(listen(url, AUDIT_CHANNEL)) as payloads:
            async for payload in payloads:
                self._wake(payload)

    @contextmanager
    def follow(self, tenant: str) -> Generator[asyncio.Event]:
        """An event that is set whenever there may be something new."""
        changed = asyncio.Event()
        self._followers[tenant].add(changed)
        try:
            yield changed
        finally:
            self._followers[tenant].discard(changed)
            if not self._followers[tenant]:
                del self._followers[tenant]

    def _wake(self, payload: str) -> None:
        tenant = _tenant(payload)
        woken = [tenant] if tenant else list(self._followers)
        for one in woken:
            for changed in self._followers.get(one, ()):
                changed.set()


def _tenant(payload: str) -> str | None:
    """The tenant a notification is about; None, meaning any, for one that does not say."""
    try:
        document: Any = json.loads(payload)
    except ValueError:
        return None
    tenant = cast("dict[str, Any]", document).get("tenant") if isinstance(document, dict) else None
    return tenant if isinstance(tenant, str) else None
