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

    @property
    def honours_idempotency(self) -> bool:
        """Whether it never sends twice under one key."""
        ...

    def account(self, tenant: str) -> str: ...

    async def send(self, tenant: str, key: str, message: Message) -> str:
        """The platform's id of the message. Where keys are honoured, the same key never sends twice."""
        ...

    async def read(self, tenant: str, message_id: str) -> SentMessage | None:
        """The message as the platform holds it; None when it holds none."""
        ...

    async def find(self, tenant: str, key: str) -> SentMessage | None:
        """The message that was sent under this key; None when there is none."""
        ...
