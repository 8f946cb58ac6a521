"""What the REST API accepts. Money travels as decimal strings."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from kernel.errors import InvalidInput
from kernel.gate.models import Evidence, Exposure
from kernel.money import Money
from kernel.settings import MCP_SERVERS, Service

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Digest = Annotated[str, Field(pattern="^sha256:[0-9a-f]{64}$")]


def _mcp_server(name: Service) -> Service:
    if name not in MCP_SERVERS:
        raise ValueError(f"one of {', '.join(MCP_SERVERS)}")
    return name


class ProposeRequest(BaseModel):
    """An action as its server built it. Tenant, proposer and actors come from the token."""

    model_config = ConfigDict(extra="forbid")

    server: Annotated[Service, AfterValidator(_mcp_server)]
    tool: Name
    tool_schema_hash: Digest
    args: dict[str, Any]
    target_account: Name
    target_state_digest: Digest
    exposure: Exposure = Exposure()
    summary: Text
    reversible: bool
    evidence: list[Evidence] = Field(default=[], max_length=50)
    idempotency_key: Name | None = None

    @model_validator(mode="after")
    def _exposure_is_money(self) -> Self:
        amount, currency = self.exposure.amount, self.exposure.currency
        if (amount is None) != (currency is None):
            raise ValueError("exposure.amount and exposure.currency go together")
        if amount is not None and currency is not None:
            try:
                money = Money.parse(amount, currency)
            except InvalidInput as error:
                raise ValueError(f"exposure.amount: {error.message}") from error
            if money.amount < 0:
                raise ValueError("exposure.amount is what can be spent at most, so never below zero")
        return self


class _Decision(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ApproveRequest(_Decision):
    revision: int = Field(ge=1, description="The revision that the reviewer looked at.")
    digest: Digest | None = Field(default=None, description="The digest that the reviewer looked at.")
    reason: Text | None = None


class RejectRequest(_Decision):
    revision: int = Field(ge=1)
    digest: Digest | None = None
    reason: Text


class EditRequest(_Decision):
    revision: int = Field(ge=1)
    args: dict[str, Any] = Field(description="All arguments of the tool, not only the changed ones.")
    reason: Text


class CancelRequest(_Decision):
    revision: int = Field(ge=1)
    reason: Text | None = None
