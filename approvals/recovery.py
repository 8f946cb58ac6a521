"""After the fact: settle what nobody knows, and propose to take back what was done."""

from typing import Any, Literal

from approvals import repository
from approvals.domain import State
from approvals.errors import AlreadyDecided, NotExecuted, NotUnknown
from approvals.outcomes import read_back
from approvals.servers import Servers, known_server
from approvals.service import ApprovalService, Listed, listed, require_person
from kernel.auth import Principal
from kernel.clock import now
from kernel.database import Database

Finding = Literal["look_up", "succeeded", "failed"]
_STATED: dict[Finding, State] = {"succeeded": "SUCCEEDED", "failed": "FAILED"}


class Recovery:
    def __init__(self, database: Database, servers: Servers, service: ApprovalService) -> None:
        self._database = database
        self._servers = servers
        self._service = service

    async def reconcile(self, caller: Principal, action_id: str, *, finding: Finding, reason: str) -> Listed:
        """Settle an action of unknown outcome: by what its server finds outside, or by what a person found out.

        A look-up that finds nothing settles nothing: nobody has looked everywhere. Raises NotUnknown, FourEyes.
        """
        require_person(caller)
        action = (await self._service.record(caller, action_id)).action
        if action.state != "UNKNOWN":
            raise _not_unknown(action.status)
        state = _STATED.get(finding)
        receipt: dict[str, Any] | None = None
        if finding == "look_up":
            held = await self._servers.look_up(caller, action)
            found = read_back(held) if held is not None else None
            if found is None:
                raise NotUnknown(
                    f"{action.server} finds nothing of it outside, which does not prove that nothing happened.",
                    fix="Look at the platform itself, then settle it as succeeded or failed, and say how you know.",
                )
            receipt, state = found.receipt, found.state
        elif finding == "succeeded":
            stated = {"stated_by": caller.subject, "stated_at": now().isoformat(), "statement": reason}
            receipt = {"requested": action.document["args"], "applied": {}, "differences": [], **stated}
        try:
            async with self._database.transaction(caller.tenant) as connection:
                settled = await repository.reconcile(
                    connection, action_id, state=state or "FAILED", receipt=receipt, by=caller.subject, reason=reason
                )
                return await listed(connection, settled)
        except AlreadyDecided as error:
            raise _not_unknown("settled already") from error

    async def compensate(self, caller: Principal, action_id: str, idempotency_key: str | None) -> tuple[Listed, bool]:
        """Propose the action that takes an executed one back; whether it is new. Somebody else has to approve it.

        Raises NotExecuted, or NotReversible where its server knows none.
        """
        require_person(caller)
        action = (await self._service.record(caller, action_id)).action
        if action.state not in ("SUCCEEDED", "FAILED_PARTIAL"):
            raise NotExecuted(f"The action is {action.status}.", fix="Only what was carried out is taken back.")
        prepared = await self._servers.compensation(caller, action)
        key = idempotency_key or f"compensate:{action.id}"
        return await self._service.queue(caller, known_server(action.server), prepared, key, compensates=action.id)


def _not_unknown(status: str) -> NotUnknown:
    return NotUnknown(f"The action is {status}.", fix="Only an action of unknown outcome is reconciled.")
