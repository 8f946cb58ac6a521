"""`python -m evals.bench gate`: what the checks of the approval queue cost, beside bare writes of a row as wide.

Every step is one durable transaction of its own. Bare writes and steps take short turns, so that whatever else the
machine does meets all of them alike.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from evals.bench.load import Measured
from evals.bench.queue import Claim, Connection, connected, running_queue
from kernel.settings import Settings

CONNECTIONS = 8
ROUNDS = 5
SECONDS = 1.0
"""Of each turn that is not over when nothing is left of what the turn before made."""
TENANTS = (1, 8)
BACKLOG = 5_000
CLAIMERS = 20
TARGET = 300
"""Full cycles a second."""


@dataclass(slots=True)
class Worker:
    """One connection and what it has made that waits for its next step."""

    connection: Connection
    claims: list[Claim]
    """Everybody's: whoever is free finishes one."""
    rows: list[str] = field(default_factory=list[str])
    actions: list[str] = field(default_factory=list[str])

    async def insert(self) -> None:
        self.rows.append(await self.connection.insert())

    async def update(self) -> None:
        await self.connection.update(self.rows.pop())

    async def propose(self) -> None:
        self.actions.append(await self.connection.propose())

    async def approve(self) -> None:
        await self.connection.approve(self.actions.pop())

    async def claim(self) -> None:
        self.claims.append(await self.connection.claim())

    async def finish(self) -> None:
        await self.connection.finish(self.claims.pop())

    async def cycle(self) -> None:
        """Propose, approve, claim whatever is due, finish that."""
        await self.connection.approve(await self.connection.propose())
        await self.connection.finish(await self.connection.claim())


def main() -> None:
    with running_queue() as settings:
        asyncio.run(_measure(settings))


async def _measure(settings: Settings) -> None:
    print(f"{CONNECTIONS} connections, {ROUNDS} rounds, median of their figures; load generator on the same machine")
    for count in TENANTS:
        tenants = [f"bench-{count}-{number}" for number in range(count)]
        async with connected(settings, tenants, CONNECTIONS) as connections:
            await _round(connections, SECONDS / 3)  # plans, caches, the first pages of every table
            rounds = [await _round(connections, SECONDS) for _ in range(ROUNDS)]
        _print_table(f"{count} tenant{'s' if count > 1 else ''}", rounds)
    await _measure_backlog(settings)


async def _round(connections: Sequence[Connection], seconds: float) -> list[Measured]:
    """One turn of each: what one step leaves, the next one takes."""
    claims: list[Claim] = []
    workers = [Worker(connection, claims) for connection in connections]
    measured = [
        await _turn("bare INSERT", workers, Worker.insert, seconds=seconds),
        await _turn("bare UPDATE", workers, Worker.update, left=lambda worker: worker.rows),
        await _turn("propose", workers, Worker.propose, seconds=seconds),
    ]
    waiting = [action for worker in workers for action in worker.actions]

    async def claim(worker: Worker) -> None:
        waiting.pop()
        await worker.claim()

    return [
        *measured,
        await _turn("approve", workers, Worker.approve, left=lambda worker: worker.actions),
        await _turn("claim", workers, claim, left=lambda _: waiting),
        await _turn("finish", workers, Worker.finish, left=lambda _: claims),
        await _turn("full cycle", workers, Worker.cycle, seconds=2 * seconds),
    ]


async def _turn(
    name: str,
    workers: Sequence[Worker],
    act: Callable[[Worker], Awaitable[None]],
    *,
    seconds: float = float("inf"),
    left: Callable[[Worker], Sequence[object]] | None = None,
) -> Measured:
    """Have every worker act again and again until the time is over or nothing is left."""
    latencies: list[float] = []
    started = time.perf_counter()

    async def work(worker: Worker) -> None:
        while (begun := time.perf_counter()) < started + seconds and (left is None or left(worker)):
            await act(worker)
            latencies.append(time.perf_counter() - begun)

    await asyncio.gather(*map(work, workers))
    return Measured(name, len(latencies), time.perf_counter() - started, latencies)


async def _measure_backlog(settings: Settings) -> None:
    """Claims while thousands wait, by many executors at once."""
    async with connected(settings, [f"backlog-{number}" for number in range(8)], CLAIMERS) as connections:
        claims: list[Claim] = []
        workers = [Worker(connection, claims) for connection in connections]
        for connection in connections:
            await connection.hurry(True)
        waiting = list(range(BACKLOG))

        async def queue(worker: Worker) -> None:
            waiting.pop()
            await worker.propose()
            await worker.approve()

        await _turn("", workers, queue, left=lambda _: waiting)
        for connection in connections:
            await connection.hurry(False)
        measured = await _turn("claim", workers, Worker.claim, seconds=2 * SECONDS)
        print(
            f"\nClaim by {CLAIMERS} executors with {BACKLOG} actions waiting: {measured.per_second:.0f} a second, "
            f"p50 {measured.percentile(50):.1f} ms, p95 {measured.percentile(95):.1f} ms"
        )


def _print_table(title: str, rounds: Sequence[Sequence[Measured]]) -> None:
    print(f"\n{title:<16}{'a second':>10}{'p50 ms':>10}{'p95 ms':>10}{'× INSERT p50':>15}{'× UPDATE p50':>15}")
    for number, row in enumerate(rounds[0]):
        turns = [measured[number] for measured in rounds]
        insert, update = (
            statistics.median(measured[number].percentile(50) / measured[bare].percentile(50) for measured in rounds)
            for bare in (0, 1)
        )
        rate = statistics.median(turn.per_second for turn in turns)
        half, most = (statistics.median(turn.percentile(percent) for turn in turns) for percent in (50, 95))
        print(f"{row.name:<16}{rate:>10.0f}{half:>10.1f}{most:>10.1f}{insert:>15.2f}{update:>15.2f}")
    cycles = statistics.median(measured[-1].per_second for measured in rounds)
    print(f"{cycles / TARGET:.2f} × the target of {TARGET} full cycles a second")


if __name__ == "__main__":
    main()
