"""The gate of one server: the only code that proposes its effects, and the only code that lets them happen."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from kernel.auth import Principal
from kernel.canonical import canonical_bytes, digest, digest_of
from kernel.clock import now
from kernel.database import Database
from kernel.gate.documents import ApprovedAction, approved_action
from kernel.gate.errors import NotReversible, OutcomeUnknown, PayloadAltered, TargetDrifted, ToolContractChanged
from kernel.gate.grants import Grant, GrantVerifier
from kernel.gate.ledger import ExecutionLedger
from kernel.gate.models import ActionOutcome, Applied, Execution, Preparation, Receipt, compare, outcome
from kernel.gate.queue import Queue
from kernel.gate.tool import GatedTool
from kernel.logs import bind, logger
from kernel.settings import Service
from kernel.telemetry import span


class Gate:
    def __init__(
        self,
        server: Service,
        tools: Sequence[GatedTool[Any]],
        *,
        database: Database,
        queue: Queue,
        grants: GrantVerifier,
    ) -> None:
        self.server: Service = server
        self._tools = {tool.name: tool for tool in tools}
        self._database = database
        self._queue = queue
        self._grants = grants
        self._ledger = ExecutionLedger(server)

    async def propose(
        self, principal: Principal, tool_name: str, args: BaseModel, *, idempotency_key: str | None = None
    ) -> ActionOutcome:
        """Put an action into the approval queue. Nothing else happens.

        `idempotency_key` makes a repeated call return the first call's action.
        """
        tool = self._tools[tool_name]
        principal.require("actions:propose")
        for scope in tool.scopes:
            principal.require(scope)
        prepared = await tool.prepare(principal.tenant, args)
        action = _action(self.server, tool, args, prepared)
        if idempotency_key:
            action["idempotency_key"] = idempotency_key
        with span("gate.propose", tool=tool_name):
            view = await self._queue.propose(principal, action)
        logger(__name__).info("action proposed", action_id=view.id, tool=tool_name, status=view.status)
        return outcome(view)

    async def outcome(self, principal: Principal, approval_id: str) -> ActionOutcome:
        """What became of an action that the caller's tenant proposed."""
        return outcome(await self._queue.get(principal, approval_id))

    async def prepare(self, tenant: str, tool_name: str, args: dict[str, Any]) -> dict[str, Any]:
        """Re-validate edited arguments: the action as this server would propose it now."""
        tool = self._tool(tool_name)
        validated = tool.args.model_validate(args)
        return _action(self.server, tool, validated, await tool.prepare(tenant, validated))

    async def execute(self, grant_token: str, canonical: bytes) -> Receipt:
        """Carry out exactly the approved bytes, once. Raises errors of the gate; a repeat returns the first receipt.

        After an attempt without a receipt, only a platform that honours idempotency keys is asked again; otherwise this
        raises OutcomeUnknown. An attempt that was overtaken raises StaleFence, whatever it did meanwhile.
        """
        grant = await self._grants.verify(grant_token)
        bind(action_id=grant.action_id)
        if digest_of(canonical) != grant.digest:
            raise PayloadAltered("The action's bytes are not the approved ones.")
        action, tool, args = self._approved(canonical, grant.tenant)
        await self._check_target(tool, grant, args, action)
        async with self._database.transaction(grant.tenant) as connection:
            await self._ledger.consume(connection, grant)
            entry = await self._ledger.begin(connection, grant)
        if entry.receipt is not None:
            return entry.receipt
        if entry.begun_before and not tool.retry_safe:
            raise OutcomeUnknown(
                "An earlier attempt got no answer, and the platform would do it a second time.",
                fix="Look up what the platform holds, then reconcile the action.",
            )
        execution = Execution(grant.action_id, grant.tenant)
        with span("gate.effect", tool=tool.name, action_id=grant.action_id):
            applied = await tool.effect(execution, args)
        receipt = await self._finish(tool, execution, args, applied, grant.fence)
        logger(__name__).info("action executed", tool=tool.name, differences=len(receipt.differences))
        return receipt

    async def look_up(self, tenant: str, action_id: str, canonical: bytes) -> Receipt | None:
        """What became of an attempt without an answer: its receipt, or one made of what the platform holds, or None.

        Reads the platform, never writes to it. A receipt found this way is kept like any other: the effect happened.
        """
        bind(action_id=action_id)
        _, tool, args = self._approved(canonical, tenant)
        async with self._database.transaction(tenant) as connection:
            attempt = await self._ledger.latest(connection, tenant, action_id)
        if attempt is not None and attempt.digest != digest_of(canonical):
            raise PayloadAltered("The action's bytes are not those that were attempted.")
        if attempt is not None and attempt.receipt is not None:
            return attempt.receipt
        execution = Execution(action_id, tenant)
        with span("gate.look_up", tool=tool.name, action_id=action_id):
            applied = await tool.look_up(execution, args)
        logger(__name__).info("action looked up", tool=tool.name, found=applied is not None)
        if applied is None:
            return None
        if attempt is None:
            return compare(applied, now())
        return await self._finish(tool, execution, args, applied, attempt.fence)

    async def compensation(self, tenant: str, action_id: str, canonical: bytes, receipt: Receipt) -> dict[str, Any]:
        """The action that would take an executed one back, as it would be proposed now. Raises NotReversible."""
        bind(action_id=action_id)
        action, tool, args = self._approved(canonical, tenant)
        opposite = tool.compensation(args, action.target, receipt)
        if opposite is None:
            raise NotReversible(f"Nothing takes {tool.name} back.", fix="Put it right at the platform by hand.")
        name, opposite_args = opposite
        opposite_tool = self._tools[name]
        return _action(self.server, opposite_tool, opposite_args, await opposite_tool.prepare(tenant, opposite_args))

    async def _finish(
        self, tool: GatedTool[Any], execution: Execution, args: BaseModel, applied: Applied, fence: int
    ) -> Receipt:
        receipt = compare(applied, now())
        async with self._database.transaction(execution.tenant) as connection:
            await self._ledger.finish(connection, execution.tenant, execution.action_id, fence=fence, receipt=receipt)
            await tool.record(connection, execution, args, applied)
        return receipt

    async def _check_target(
        self, tool: GatedTool[Any], grant: Grant, args: BaseModel, approved: ApprovedAction
    ) -> None:
        """Before the first attempt the target must be what reviewers saw; later ones may find their own effect.

        It holds no connection while it looks, so that executions never wait for each other's connections.
        """
        async with self._database.transaction(grant.tenant) as connection:
            if await self._ledger.latest(connection, grant.tenant, grant.action_id) is not None:
                return
        now_proposed = _action(self.server, tool, args, await tool.prepare(grant.tenant, args))
        seen = (approved.target_account, approved.target_state_digest)
        if (now_proposed["target_account"], now_proposed["target_state_digest"]) != seen:
            raise TargetDrifted(
                "The target changed after the approval.", prepared=now_proposed, fix="Propose the action again."
            )

    def _tool(self, name: str) -> GatedTool[Any]:
        if name not in self._tools:
            raise PayloadAltered(f"This server has no gated tool {name!r}.", field="tool")
        return self._tools[name]

    def _approved(self, canonical: bytes, tenant: str) -> tuple[ApprovedAction, GatedTool[Any], BaseModel]:
        """What the bytes say: an action of this server and tenant, for a tool that still takes these arguments."""
        action = approved_action(canonical)
        if (action.server, action.tenant) != (self.server, tenant):
            raise PayloadAltered("The action belongs to another server or tenant.")
        tool = self._tool(action.tool)
        if action.tool_schema_hash != tool.schema_hash():
            raise ToolContractChanged(f"{tool.name} takes other arguments now.", fix="Propose the action again.")
        try:
            args: BaseModel = tool.args.model_validate(action.args)
        except ValidationError as error:
            raise PayloadAltered("The approved arguments do not validate.") from error
        if canonical_bytes(args.model_dump(mode="json")) != canonical_bytes(action.args):
            raise PayloadAltered("The approved arguments are not in their validated form.")
        return action, tool, args


def _action(server: Service, tool: GatedTool[Any], args: BaseModel, prepared: Preparation) -> dict[str, Any]:
    return {
        "server": server,
        "tool": tool.name,
        "tool_schema_hash": tool.schema_hash(),
        "args": args.model_dump(mode="json"),
        "target_account": prepared.target_account,
        "target_state_digest": digest(prepared.target_state),
        "target": prepared.visible_target(),
        "exposure": prepared.exposure.model_dump(mode="json"),
        "summary": prepared.summary,
        "reversible": prepared.reversible,
        "evidence": [item.model_dump(mode="json") for item in prepared.evidence],
        "provenance": prepared.provenance.model_dump(mode="json"),
    }
