"""What a specialist hands back: its judgement, by a model; facts and evidence, read from tool results by code."""

from datetime import date
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field

from agents.assignment import Engine, Frozen, SpecialistName

OutputT = TypeVar("OutputT", bound=BaseModel)
FactsT = TypeVar("FactsT", bound=BaseModel)


class ToolResult(Frozen):
    """One tool call of a specialist and what the MCP server answered; `error` is the server's refusal."""

    tool: str
    args: dict[str, Any] = Field(default_factory=dict[str, Any])
    content: Any = None
    error: str | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """The JSON object a tool returned; empty when it returned something else."""
        return cast("dict[str, Any]", self.content) if isinstance(self.content, dict) else {}


class Evidence(Frozen):
    """One figure that a recommendation rests on, exactly as an MCP tool returned it."""

    id: str = Field(description="Unique within a strategy, e.g. analytics-1")
    claim: str
    metric: str
    value: str
    unit: str = Field(default="", description="A currency code, %, or empty for a count or a ratio")
    query: dict[str, Any] = Field(description="What the tool was asked")
    as_of: date = Field(description="The last day the figure covers")
    source: str = Field(description="server.tool")


class Usage(Frozen):
    """Work done. `sequential_model_calls` counts the calls that had to wait for one another."""

    model_calls: int = 0
    sequential_model_calls: int = 0
    tool_calls: int = 0
    tokens: int = 0

    def beside(self, other: "Usage") -> "Usage":
        """Together with work done at the same time."""
        return Usage(
            model_calls=self.model_calls + other.model_calls,
            sequential_model_calls=max(self.sequential_model_calls, other.sequential_model_calls),
            tool_calls=self.tool_calls + other.tool_calls,
            tokens=self.tokens + other.tokens,
        )

    def then(self, other: "Usage") -> "Usage":
        """Together with work done afterwards."""
        return self.beside(other).model_copy(
            update={"sequential_model_calls": self.sequential_model_calls + other.sequential_model_calls}
        )


class Report(BaseModel, Generic[OutputT, FactsT]):
    model_config = ConfigDict(frozen=True)

    specialist: SpecialistName
    engine: Engine
    output: OutputT
    facts: FactsT
    evidence: tuple[Evidence, ...] = ()
    refusals: tuple[str, ...] = Field(default=(), description="What a server refused, in its words")
    usage: Usage = Usage()
