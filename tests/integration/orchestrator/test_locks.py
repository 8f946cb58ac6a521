import asyncio

from kernel.settings import Settings
from orchestrator.locks import ThreadLocks
from tests.integration.orchestrator.conftest import ROLE


async def test_one_process_holds_a_thread_at_a_time(migrated: Settings) -> None:
    url = migrated.role_database_url(ROLE)
    async with ThreadLocks.open(url) as here, ThreadLocks.open(url) as there:
        assert await here.acquire("acme/thr_1")

        assert not await here.acquire("acme/thr_1")
        assert not await there.acquire("acme/thr_1")
        assert not await there.is_free("acme/thr_1")
        assert await there.acquire("acme/thr_2")

        await here.release("acme/thr_1")
        assert await there.is_free("acme/thr_1")
        assert await there.acquire("acme/thr_1")


async def test_the_locks_of_a_process_that_ends_are_free(migrated: Settings) -> None:
    url = migrated.role_database_url(ROLE)
    async with ThreadLocks.open(url) as survivor:
        async with ThreadLocks.open(url) as lost:
            assert await lost.acquire("acme/thr_3")
            assert not await survivor.is_free("acme/thr_3")

        async with asyncio.timeout(5):
            while not await survivor.acquire("acme/thr_3"):  # noqa: ASYNC110 - the server tells nobody when it notices
                await asyncio.sleep(0.01)
