"""Values kept for a few seconds, so that a burst of tokens costs one look-up."""

import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Loads a value at most once every few seconds for each key. A change shows after `seconds` at the latest."""

    def __init__(self, load: Callable[[K], Awaitable[V]], *, seconds: float = 5, size: int = 4096) -> None:
        self._load = load
        self._seconds = seconds
        self._size = size
        self._kept: dict[K, tuple[float, V]] = {}

    async def get(self, key: K) -> V:
        """The value, at most `seconds` old; errors of loading pass through and are not kept."""
        kept = self._kept.get(key)
        if kept and kept[0] > time.monotonic():
            return kept[1]
        value = await self._load(key)
        if len(self._kept) >= self._size:
            self._kept.clear()
        self._kept[key] = (time.monotonic() + self._seconds, value)
        return value
