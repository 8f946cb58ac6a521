"""What this context needs of a messenger."""

from dataclasses import dataclass
from typing import Protocol

from mcp_servers.crm.messages import Message


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message as the platform reads it back."""

    id: str
    status: str
    channel: str
    to: str
    subject: str | None
    body: str


class Messenger(Protocol):
    """Raises PlatformUnavailable (ask again with the same key) or PlatformRefused (final)."""

    name: str
    sandbox: bool
    """True where nothing leaves the system."""

    def account(self, tenant: str) -> str: ...

    async def send(self, tenant: str, key: str, message: Message) -> str:
        """The platform's id of the message. The same key never sends twice."""
        ...

    async def read(self, tenant: str, message_id: str) -> SentMessage | None:
        """The message as the platform holds it; None when it holds none."""
        ...
