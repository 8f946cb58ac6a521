"""What a publisher of posts and pages has to do for us."""

from dataclasses import dataclass
from typing import Protocol

from mcp_servers.content.domain.formats import Channel, Platform


@dataclass(frozen=True, slots=True)
class Post:
    """What is published, field by field as it is compared afterwards."""

    channel: Channel
    platform: Platform
    title: str
    body: str
    call_to_action: str
    asset_ref: str
    """`<asset id>@<version>`."""


@dataclass(frozen=True, slots=True)
class LivePost:
    """A post as the publisher holds it."""

    id: str
    url: str
    fields: dict[str, object]
    """By the names of `Post`'s fields."""


class Publisher(Protocol):
    name: str
    sandbox: bool
    """Whether nothing it does is real."""

    @property
    def honours_idempotency(self) -> bool:
        """Whether it never publishes twice under one key."""
        ...

    def account(self, tenant: str) -> str:
        """The tenant's account there."""
        ...

    async def publish(self, tenant: str, key: str, post: Post) -> LivePost:
        """Publish, once per `key` where keys are honoured.

        Raises PublisherUnavailable when it may be tried again, else PublisherRefused.
        """
        ...

    async def read(self, tenant: str, post_id: str) -> LivePost | None:
        """The post as it is now, None when there is none. Raises PublisherUnavailable and PublisherRefused."""
        ...

    async def find(self, tenant: str, key: str) -> LivePost | None:
        """The post that was published under this key, None when there is none. Raises as `read` does."""
        ...
