"""The gate of one server: the only code that proposes its effects, and the only code that lets them happen."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from kernel.auth import Principal
from kernel.canonical import canonical_bytes, digest, digest_of
from kernel.clock import now
from kernel.database import Database
from kernel.gate.errors import PayloadAltered, TargetDrifted, ToolContractChanged
from kernel.gate.grants import Grant, GrantVerifier
from kernel.gate.ledger import ExecutionLedger
from kernel.gate.models import ActionOutcome, Execution, Preparation, Receipt, compare, outcome
from kernel.gate.queue import Queue
from kernel.gate.tool import GatedTool
from kernel.logs import bind, logger
from kernel.settings import Service
from kernel.telemetry import span

ACTION_VERSION = 1


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
        """Carry out exactly the approved bytes, once. Raises errors of the gate; a repeat returns the first receipt."""
        grant = await self._grants.verify(grant_token)
        bind(action_id=grant.action_id)
        if digest_of(canonical) != grant.digest:
            raise PayloadAltered("The action's bytes are not the approved ones.")
        action: dict[str, Any] = json.loads(canonical)
        tool = self._tool(str(action.get("tool")))
        args = self._approved_args(tool, action, grant.tenant)
        execution = Execution(grant.action_id, grant.tenant)
        await self._check_target(tool, grant, args, str(action["target_state_digest"]))
        async with self._database.transaction(grant.tenant) as connection:
            await self._ledger.consume(connection, grant)
            receipt = await self._ledger.begin(connection, grant)
        if receipt is not None:
            return receipt
        with span("gate.effect", tool=tool.name, action_id=grant.action_id):
            applied = await tool.effect(execution, args)
        receipt = compare(applied, now())
        async with self._database.transaction(grant.tenant) as connection:
            await self._ledger.finish(connection, grant, receipt)
            await tool.record(connection, execution, args, applied)
        logger(__name__).info("action executed", tool=tool.name, differences=len(receipt.differences))
        return receipt

    async def _check_target(self, tool: GatedTool[Any], grant: Grant, args: BaseModel, approved: str) -> None:
        """Before the first attempt the target must be what reviewers saw; later ones may find their own effect.

        It holds no connection while it looks, so that executions never wait for each other's connections.
        """
        async with self._database.transaction(grant.tenant) as connection:
            if await self._ledger.has_begun(connection, grant):
                return
        prepared: Preparation = await tool.prepare(grant.tenant, args)
        if digest(prepared.target_state) != approved:
            raise TargetDrifted("The target changed after the approval.", fix="Propose the action again.")

    def _tool(self, name: str) -> GatedTool[Any]:
        if name not in self._tools:
            raise PayloadAltered(f"This server has no gated tool {name!r}.", field="tool")
        return self._tools[name]

    def _approved_args(self, tool: GatedTool[Any], action: dict[str, Any], tenant: str) -> BaseModel:
        if (action.get("v"), action.get("server"), action.get("tenant")) != (ACTION_VERSION, self.server, tenant):
            raise PayloadAltered("The action belongs to another server or tenant.")
        if action.get("tool_schema_hash") != tool.schema_hash():
            raise ToolContractChanged(f"{tool.name} takes other arguments now.", fix="Propose the action again.")
        try:
            args: BaseModel = tool.args.model_validate(action["args"])
        except (ValidationError, KeyError) as error:
            raise PayloadAltered("The approved arguments do not validate.") from error
        if canonical_bytes(args.model_dump(mode="json")) != canonical_bytes(action["args"]):
            raise PayloadAltered("The approved arguments are not in their validated form.")
        return args


def _action(server: Service, tool: GatedTool[Any], args: BaseModel, prepared: Preparation) -> dict[str, Any]:
    return {
        "server": server,
        "tool": tool.name,
        "tool_schema_hash": tool.schema_hash(),
        "args": args.model_dump(mode="json"),
        "target_account": prepared.target_account,
        "target_state_digest": digest(prepared.target_state),
        "exposure": prepared.exposure.model_dump(mode="json"),
        "summary": prepared.summary,
        "reversible": prepared.reversible,
        "evidence": [item.model_dump(mode="json") for item in prepared.evidence],
    }
