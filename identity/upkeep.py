"""What the issuer does by itself every half minute: fill the denylist again, delete what has expired."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from identity.revoking import Revoker
from kernel.errors import Unavailable
from kernel.logs import logger

EVERY_SECONDS = 30


@asynccontextmanager
async def kept_up(revoker: Revoker, *, every: float = EVERY_SECONDS) -> AsyncGenerator[None]:
    """Within it the upkeep goes on, the first time at once; its failures are logged and the next pass tries again.

    At exit the pass under way is finished, not cancelled: the Redis client may swallow a cancellation.
    """
    over = asyncio.Event()
    task = asyncio.create_task(_go_on(revoker, every, over), name="upkeep")
    try:
        yield
    finally:
        over.set()
        await task


async def _go_on(revoker: Revoker, every: float, over: asyncio.Event) -> None:
    while not over.is_set():
        await _attempt("denylist filled", revoker.refill)
        await _attempt("expired rows deleted", revoker.sweep)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), every)


async def _attempt(done: str, work: Callable[[], Awaitable[int]]) -> None:
    try:
        count = await work()
    except Unavailable as error:
        logger(__name__).warning("upkeep put off", work=done, reason=str(error))
    except Exception:
        # A defect in one pass must not end the passes: revocations would stop reaching a Redis that starts empty.
        logger(__name__).exception("upkeep failed", work=done)
    else:
        if count:
            logger(__name__).debug(done, count=count)
