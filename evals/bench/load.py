"""Closed-loop load: a fixed number of connections, each sending its next request when the last is answered."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Call = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Measured:
    name: str
    requests: int
    seconds: float
    latencies: list[float]
    """Seconds each request took."""

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    def percentile(self, percent: int) -> float:
        """Milliseconds that this percentage of requests stays below."""
        if len(self.latencies) == 1:
            return self.latencies[0] * 1000
        return statistics.quantiles(self.latencies, n=100, method="inclusive")[percent - 1] * 1000


async def closed_loop(name: str, call: Call, *, connections: int, seconds: float, warm_up: int = 32) -> Measured:
    """Run `call` on every connection until the time is over. The first `warm_up` calls do not count."""
    await asyncio.gather(*(call() for _ in range(warm_up)))
    latencies: list[float] = []
    started = time.perf_counter()
    until = started + seconds

    async def connection() -> None:
        while (begun := time.perf_counter()) < until:
            await call()
            latencies.append(time.perf_counter() - begun)

    await asyncio.gather(*(connection() for _ in range(connections)))
    return Measured(name, len(latencies), time.perf_counter() - started, latencies)
