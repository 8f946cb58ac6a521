"""Why a notice does not get out.

NotConfigured  ChannelMisconfigured
Unavailable    NotDelivered
"""

from kernel.errors import Unavailable
from kernel.settings import NotConfigured


class ChannelMisconfigured(NotConfigured):
    """A channel in PROMPTSALES_NOTIFICATION_CHANNELS cannot be used as it is written."""


class NotDelivered(Unavailable):
    """A channel did not take a notice."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        """`final` when no other attempt can do better."""
        super().__init__(message)
        self.final = final
