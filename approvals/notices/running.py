"""The courier put together: channels from the settings, each with its sender."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx2

from approvals.notices.courier import Bound, Courier
from approvals.notices.inbox import InboxSender
from approvals.notices.mail import MailSender
from approvals.notices.port import Sender
from approvals.notices.settings import (
    Channel,
    EmailChannel,
    InboxChannel,
    NotificationSettings,
    WebhookChannel,
    misconfigured,
    named_channels,
    secret,
    webhook_secret,
)
from approvals.notices.webhook import WebhookSender
from kernel.database import Database
from kernel.logs import logger
from kernel.settings import Settings
from kernel.tls import service_http

_UNCONFIGURED_ATTEMPTS = 3
"""For the inbox that nobody asked for: where no sandbox runs, its deliveries end soon."""


@asynccontextmanager
async def open_courier(settings: Settings, options: NotificationSettings, role: str) -> AsyncGenerator[Courier]:
    """A courier over the configured channels. Raises ChannelMisconfigured before anything is opened."""
    channels = named_channels(options)
    async with AsyncExitStack() as stack:
        bound = await _bind(stack, settings, options, channels)
        database = await stack.enter_async_context(Database.open(settings.role_database_url(role), max_size=2))
        yield Courier(database, bound, options, settings.url("approvals"))


@asynccontextmanager
async def delivering(settings: Settings, options: NotificationSettings, role: str) -> AsyncGenerator[None]:
    """Within it notices are delivered."""
    async with open_courier(settings, options, role) as courier:
        if options.channels is None:
            logger(__name__).warning(
                "notices go to the sandbox's inbox only", fix="Set PROMPTSALES_NOTIFICATION_CHANNELS to reach people."
            )
        running = asyncio.create_task(courier.run(), name="courier")
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def _bind(
    stack: AsyncExitStack, settings: Settings, options: NotificationSettings, channels: Mapping[str, Channel]
) -> dict[str, Bound]:
    attempts = options.max_attempts
    if options.channels is None:
        attempts = min(attempts, _UNCONFIGURED_ATTEMPTS)
    return {
        name: Bound(channel, await _sender(stack, settings, name, channel), attempts)
        for name, channel in channels.items()
    }


async def _sender(stack: AsyncExitStack, settings: Settings, name: str, channel: Channel) -> Sender:
    match channel:
        case EmailChannel():
            return MailSender(channel, _password(name, channel), _context(name, channel.ca))
        case WebhookChannel():
            signing = webhook_secret(name, channel)
            http = httpx2.AsyncClient(
                verify=_context(name, channel.ca),
                trust_env=False,
                follow_redirects=False,
                timeout=channel.timeout_seconds,
            )
            return WebhookSender(channel, signing, await stack.enter_async_context(http))
        case InboxChannel():
            http = service_http(settings, timeout=10)
            return InboxSender(settings, channel.language, await stack.enter_async_context(http))


def _password(name: str, channel: EmailChannel) -> str | None:
    if channel.username is None:
        if channel.password_file or channel.password_env:
            raise misconfigured(f"{name}.username", "a password needs the username it is of")
        return None
    return secret(name, "password", file=channel.password_file, variable=channel.password_env)


def _context(name: str, authorities: Path | None) -> ssl.SSLContext:
    """For the outside world, which may speak TLS 1.2."""
    context = ssl.create_default_context()
    if authorities is not None:
        try:
            context.load_verify_locations(authorities)
        except (OSError, ssl.SSLError) as error:
            raise misconfigured(f"{name}.ca", f"{authorities} cannot be used ({type(error).__name__})") from error
    return context
