"""How often something may happen: a bucket of tokens for each key, that fills again with time."""

import time
from collections import OrderedDict
from collections.abc import Callable


class Allowance:
    """At most `burst` at once and one more every `seconds` for each key. Keys not seen for long are forgotten."""

    def __init__(
        self, *, burst: int, seconds: float, size: int = 4096, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = burst
        self._seconds = seconds
        self._size = size
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str = "") -> bool:
        """Use one up; False when there is none left for that key."""
        now = self._clock()
        left, since = self._left.pop(key, (float(self._burst), now))
        left = min(float(self._burst), left + (now - since) / self._seconds)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now)
        if len(self._left) > self._size:
            self._left.popitem(last=False)
        return allowed
