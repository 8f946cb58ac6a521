"""What the REST API accepts. Money travels as decimal strings."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from approvals.policy import PolicyDocument
from kernel.errors import InvalidInput
from kernel.gate.models import Evidence, Exposure, Provenance
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
    target: dict[str, Any] = Field(default={}, description="What a reviewer may see of the target as it is now.")
    exposure: Exposure = Exposure()
    summary: Text
    reversible: bool
    evidence: list[Evidence] = Field(default=[], max_length=50)
    provenance: Provenance = Provenance()
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


_LOOKED_AT: dict[str, Any] = {"revision": 1, "digest": "sha256:" + "0f" * 32}


class ApproveRequest(_Decision):
    model_config = ConfigDict(json_schema_extra={"examples": [_LOOKED_AT | {"reason": "Within plan."}]})

    revision: int = Field(ge=1, description="The revision that the reviewer looked at.")
    digest: Digest | None = Field(default=None, description="The digest that the reviewer looked at.")
    reason: Text | None = None
    on_behalf_of: Name | None = Field(default=None, description="Somebody absent who delegated to the caller.")


class RejectRequest(_Decision):
    model_config = ConfigDict(json_schema_extra={"examples": [_LOOKED_AT | {"reason": "Twice last month's budget."}]})

    revision: int = Field(ge=1)
    digest: Digest | None = None
    reason: Text


class BreakGlassRequest(_Decision):
    model_config = ConfigDict(json_schema_extra={"examples": [_LOOKED_AT | {"reason": "The offer is misprinted."}]})

    revision: int = Field(ge=1)
    digest: Digest = Field(description="The digest that the administrator looked at.")
    reason: Text = Field(description="What the emergency is.")


class EditRequest(_Decision):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "revision": 1,
                    "args": {"campaign_id": "cmp_01", "budget": "900.00", "currency": "USD", "reason": ""},
                    "reason": "Start smaller.",
                }
            ]
        }
    )

    revision: int = Field(ge=1)
    args: dict[str, Any] = Field(description="All arguments of the tool, not only the changed ones.")
    reason: Text


class CancelRequest(_Decision):
    model_config = ConfigDict(json_schema_extra={"examples": [{"revision": 1, "reason": "The client called it off."}]})

    revision: int = Field(ge=1)
    reason: Text | None = None


class BulkItem(_Decision):
    id: Name
    revision: int = Field(ge=1)
    digest: Digest = Field(description="The digest that the reviewer looked at.")


class BulkRequest(_Decision):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"decision": "approve", "items": [{"id": "act_01", **_LOOKED_AT}]}]}
    )

    decision: Literal["approve", "reject"]
    items: list[BulkItem] = Field(min_length=1, max_length=100)
    reason: Text | None = None

    @model_validator(mode="after")
    def _once_each_and_why(self) -> Self:
        if len({item.id for item in self.items}) < len(self.items):
            raise ValueError("items names an action twice")
        if self.decision == "reject" and self.reason is None:
            raise ValueError("reason is needed to reject")
        return self


class ReconcileRequest(_Decision):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"finding": "look_up", "reason": "The platform answers again."}]}
    )

    finding: Literal["look_up", "succeeded", "failed"] = Field(
        description="Have the server look; or what the platform itself shows: it happened as approved, or it did not."
    )
    reason: Text = Field(description="How you know.")


class PolicyRequest(PolicyDocument):
    expected_version: int | None = Field(default=None, ge=0, description="Refuse if another is in force by now.")

    def document(self) -> PolicyDocument:
        return PolicyDocument.model_validate(self.model_dump(exclude={"expected_version"}))


class DelegationRequest(_Decision):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "delegate": "user:ana",
                    "starts_at": "2026-12-01T00:00:00Z",
                    "ends_at": "2026-12-15T00:00:00Z",
                    "reason": "Holidays.",
                }
            ]
        }
    )

    delegate: Name = Field(description="The subject who decides meanwhile.")
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: Text


class CloseReviewRequest(_Decision):
    model_config = ConfigDict(json_schema_extra={"examples": [{"finding": "Justified; the offer has been corrected."}]})

    finding: Text
