"""What a context writes for each of its gated tools."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from pydantic import BaseModel

from kernel.auth import Scope
from kernel.canonical import digest
from kernel.database import Connection
from kernel.gate.models import Applied, Execution, Preparation

ArgsT = TypeVar("ArgsT", bound=BaseModel)


class GatedTool(ABC, Generic[ArgsT]):
    """One effect outside the system. `prepare` looks, `effect` acts, `record` remembers.

    `args` is a pydantic model with `extra="forbid"`; its validated JSON is what reviewers approve.
    """

    name: str
    args: type[ArgsT]
    scopes: tuple[Scope, ...]
    """What the caller's token needs beside actions:propose."""

    @abstractmethod
    async def prepare(self, tenant: str, args: ArgsT) -> Preparation:
        """Check the arguments against the target as it is. Raises errors of the tree; changes nothing."""

    @abstractmethod
    async def effect(self, execution: Execution, args: ArgsT) -> Applied:
        """Call the platform under `execution.action_id` as idempotency key, then read back. May run again."""

    @abstractmethod
    async def record(self, connection: Connection, execution: Execution, args: ArgsT, applied: Applied) -> None:
        """Write what happened into the context's tables, in the transaction that stores the receipt."""

    def schema_hash(self) -> str:
        """Digest of the arguments' JSON schema: approving one shape never releases another."""
        return digest(self.args.model_json_schema())
