"""One claim, carried out: grant, call, outcome."""

import asyncio

import httpx2

from approvals import governance, repository
from approvals.domain import Action
from approvals.errors import CapReached, StaleClaim
from approvals.grants import GrantSigner
from approvals.outcomes import Drifted, Finished, TryAgain, backoff_seconds, give_up_or_wait, outcome
from approvals.servers import Prepared, Servers, known_server
from approvals.settings import ApprovalSettings
from kernel.database import Connection, Database
from kernel.errors import PromptSalesError, Unavailable
from kernel.logs import bind, logger
from kernel.telemetry import span


class Dispatcher:
    def __init__(
        self, database: Database, servers: Servers, signer: GrantSigner, options: ApprovalSettings, worker: str
    ) -> None:
        self._database = database
        self._servers = servers
        self._signer = signer
        self._options = options
        self._worker = worker

    async def carry_out(self, claimed: Action) -> None:
        """See a claimed action through to an outcome, or give it back for a later attempt. Never raises for either.

        Should the outcome not get stored, the lease runs out and the next claim learns it from the server again.
        """
        bind(action_id=claimed.id)
        with span("executor.carry_out", tool=claimed.tool, attempt=claimed.attempts):
            result = await self._attempt(claimed)
            if isinstance(result, TryAgain):
                result = give_up_or_wait(result, claimed.attempts, self._options.executor_max_attempts)
            try:
                await self._store_or_fail(claimed, result)
            except StaleClaim:
                logger(__name__).warning("overtaken by another executor", fence=claimed.fence)
            except Unavailable as error:
                logger(__name__).error("outcome not stored", error=error.code, fence=claimed.fence)

    async def _attempt(self, claimed: Action) -> Finished | TryAgain | Drifted:
        try:
            grant = self._signer.sign(claimed, known_server(claimed.server))
            async with asyncio.timeout(self._options.call_timeout_seconds):
                answer = await self._servers.execute(claimed, grant)
        except (httpx2.HTTPError, TimeoutError) as error:
            return TryAgain(f"unreachable: {type(error).__name__}")
        except PromptSalesError as error:
            return TryAgain(f"{error.code}: {error.message}")
        return outcome(answer, claimed.attempts)

    async def _store_or_fail(self, claimed: Action, result: Finished | TryAgain | Drifted) -> None:
        """Store an outcome. What drifted beyond a cap cannot wait for another approval: it had no effect, and fails."""
        try:
            await self._store(claimed, result)
        except CapReached as refusal:
            await self._store(claimed, Finished("FAILED", None, f"{result.reason}; {refusal.message}"))

    async def _store(self, claimed: Action, result: Finished | TryAgain | Drifted) -> None:
        async with self._database.transaction(claimed.tenant) as connection:
            if isinstance(result, TryAgain):
                delay = backoff_seconds(claimed.attempts, self._options.executor_backoff_seconds)
                await repository.defer(
                    connection, claimed, delay_seconds=delay, reason=result.reason, worker=self._worker
                )
            elif isinstance(result, Drifted):
                await self._return(connection, claimed, result)
            else:
                await repository.finish(
                    connection,
                    claimed,
                    state=result.state,
                    receipt=result.receipt,
                    reason=result.reason,
                    worker=self._worker,
                )
        state = result.state if isinstance(result, Finished) else type(result).__name__
        logger(__name__).info("attempt ended", state=state, reason=result.reason, attempt=claimed.attempts)

    async def _return(self, connection: Connection, claimed: Action, drifted: Drifted) -> None:
        """Put the action back to pending, as its server would propose it now."""
        prepared = Prepared.model_validate(drifted.prepared)
        policy = await governance.policy_for(connection, claimed.tenant, claimed.server, claimed.tool)
        canonical = prepared.revising(claimed, policy.label).canonical()
        await repository.drift(connection, claimed, canonical, reason=drifted.reason, worker=self._worker)
