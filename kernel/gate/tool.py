"""What a context writes for each of its gated tools."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from kernel.auth import Scope
from kernel.canonical import digest
from kernel.database import Connection
from kernel.gate.models import Applied, Execution, Preparation, Receipt

ArgsT = TypeVar("ArgsT", bound=BaseModel)


class GatedTool(ABC, Generic[ArgsT]):
    """One effect outside the system. `prepare` looks, `effect` acts, `record` remembers, `look_up` finds out.

    `args` is a pydantic model with `extra="forbid"`; its validated JSON is what reviewers approve.
    """

    name: str
    args: type[ArgsT]
    scopes: tuple[Scope, ...]
    """What the caller's token needs beside actions:propose."""

    @property
    @abstractmethod
    def retry_safe(self) -> bool:
        """Whether the platform does the same thing once however often it is asked under one key.

        Where it does not, an attempt without a receipt is never followed by another.
        """

    @abstractmethod
    async def prepare(self, tenant: str, args: ArgsT) -> Preparation:
        """Check the arguments against the target as it is. Raises errors of the tree; changes nothing."""

    @abstractmethod
    async def effect(self, execution: Execution, args: ArgsT) -> Applied:
        """Call the platform under `execution.action_id` as idempotency key, then read back.

        It may run again, and beside itself, where `retry_safe`; otherwise it runs once.
        """

    @abstractmethod
    async def record(self, connection: Connection, execution: Execution, args: ArgsT, applied: Applied) -> None:
        """Write what happened into the context's tables, in the transaction that stores the receipt."""

    @abstractmethod
    async def look_up(self, execution: Execution, args: ArgsT) -> Applied | None:
        """What the platform holds of an attempt whose answer got lost; None when it knows of none. Changes nothing."""

    def compensation(
        self,
        args: ArgsT,  # noqa: ARG002
        target: Mapping[str, Any],  # noqa: ARG002
        receipt: Receipt,  # noqa: ARG002
    ) -> tuple[str, BaseModel] | None:
        """The gated tool, and its arguments, that would take this back; None where nothing does.

        `target` is what reviewers saw of the target before, `receipt` what was applied. `Preparation.reversible` says
        beforehand whether there will be one.
        """
        return None

    def schema_hash(self) -> str:
        """Digest of the arguments' JSON schema: approving one shape never releases another."""
        return digest(self.args.model_json_schema())
