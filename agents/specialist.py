"""Running a specialist: a pydantic-ai agent whose only tools are its MCP server's, with two model requests to use."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel
from pydantic_ai import Agent, ToolOutput
from pydantic_ai.exceptions import AgentRunError, UserError
from pydantic_ai.models import Model
from pydantic_ai.tools import RunContext, ToolDefinition
from pydantic_ai.toolsets import AbstractToolset
from pydantic_ai.usage import UsageLimits

from agents.assignment import Assignment, Engine, Language, SpecialistName
from agents.playbook.model import PlaybookModel
from agents.playbook.policy import Policy
from agents.report import Evidence, Report, ToolResult, Usage
from agents.transcript import tool_results
from kernel.errors import Unavailable
from kernel.logs import logger

OutputT = TypeVar("OutputT", bound=BaseModel)
FactsT = TypeVar("FactsT", bound=BaseModel)

MODEL_REQUESTS = 2
TOOL_CALLS = 12
TOKENS = 60_000


class PlanFailed(Unavailable):
    """A specialist could not produce its part of the plan."""


class Caller(Protocol):
    """Calls one of the specialist's tools outside the agent run."""

    async def __call__(self, tool: str, args: dict[str, Any]) -> ToolResult: ...


@dataclass(frozen=True, slots=True)
class Specialist(Generic[OutputT, FactsT]):
    name: SpecialistName
    output: type[OutputT]
    tools: frozenset[str]
    """The tools it may use while planning: none of them has an effect outside the system."""
    instructions: Callable[[Language], str]
    policy: Policy[OutputT]
    read: Callable[[Assignment, Sequence[ToolResult]], tuple[FactsT, tuple[Evidence, ...]]]
    """Facts and evidence, read from tool results by code: a model's word is never evidence."""

    async def plan(
        self, assignment: Assignment, toolset: AbstractToolset[None], call: Caller, model: Model | None
    ) -> Report[OutputT, FactsT]:
        """Its part of the plan, by the model, or by the playbook when there is none or it fails."""
        if model is not None:
            try:
                return await self._run(assignment, toolset, call, model, "llm")
            except (AgentRunError, UserError) as error:
                logger(__name__).warning("model failed, playbook serves", specialist=self.name, error=str(error)[:300])
        try:
            return await self._run(assignment, toolset, call, PlaybookModel(self.policy), "playbook")
        except AgentRunError as error:
            raise PlanFailed(f"The {self.name} specialist failed: {error.message}.", fix="Try again.") from error

    async def _run(
        self, assignment: Assignment, toolset: AbstractToolset[None], call: Caller, model: Model, engine: Engine
    ) -> Report[OutputT, FactsT]:
        agent: Agent[None, OutputT] = Agent(
            model,
            deps_type=type(None),
            output_type=ToolOutput(self.output, name="report"),
            instructions=self.instructions(assignment.language),
            toolsets=[toolset.filtered(self._offered)],
            retries=0,
        )
        limits = UsageLimits(request_limit=MODEL_REQUESTS, tool_calls_limit=TOOL_CALLS, total_tokens_limit=TOKENS)
        run = await agent.run(assignment.model_dump_json(), usage_limits=limits)
        results = [result for result in tool_results(run.all_messages()) if result.tool in self.tools]
        results += await self._rest(assignment, results, call)
        facts, evidence = self.read(assignment, results)
        used, requests = run.usage, run.usage.requests if engine == "llm" else 0
        return Report(
            specialist=self.name,
            engine=engine,
            output=run.output,
            facts=facts,
            evidence=evidence,
            refusals=tuple(result.error for result in results if result.error),
            usage=Usage(
                model_calls=requests,
                sequential_model_calls=requests,
                tool_calls=len(results),
                tokens=used.total_tokens,
            ),
        )

    def _offered(self, context: RunContext[None], tool: ToolDefinition) -> bool:
        """Tools in the first request only: the second must conclude."""
        return tool.name in self.tools and context.run_step < MODEL_REQUESTS

    async def _rest(self, assignment: Assignment, results: list[ToolResult], call: Caller) -> list[ToolResult]:
        """What the policy asks and the model did not: the figures a plan rests on are there whatever a model asked."""
        asked = {result.tool for result in results}
        missing = [item for item in self.policy.calls(assignment) if item.tool not in asked]
        return list(await asyncio.gather(*(call(item.tool, item.args) for item in missing)))
