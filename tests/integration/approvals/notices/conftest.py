"""Receivers on loopback, and couriers that deliver to them."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from approvals.notices.courier import Courier
from approvals.notices.running import open_courier
from approvals.notices.settings import NotificationSettings
from kernel.settings import Settings
from tests.integration.approvals.notices.receivers import MailServer, WebServer, listening
from tests.integration.approvals.notices.support import ROLE, SECRET, Opening
from tests.integration.approvals.support import Queue


@pytest.fixture
async def web() -> AsyncIterator[WebServer]:
    server = WebServer()
    async with listening(server):
        yield server


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    server = MailServer()
    async with listening(server):
        yield server


@pytest.fixture
async def courier(
    approvals_settings: Settings, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Opening]:
    """Opens a courier over some channels and an empty queue."""
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    async with AsyncExitStack() as stack:

        async def opened(*channels: dict[str, Any], **options: Any) -> Courier:
            settings = NotificationSettings(channels=json.dumps(channels), **options)
            return await stack.enter_async_context(open_courier(approvals_settings, settings, ROLE))

        yield opened
