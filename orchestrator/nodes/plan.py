"""Planning: the specialists in parallel, then one strategy composed of their parts."""

from typing import Any, TypedDict, cast

from langgraph.runtime import Runtime
from langgraph.types import Send

from agents.assignment import SPECIALISTS, Assignment, SpecialistName
from agents.report import ToolResult
from agents.roster import ROSTER
from kernel.telemetry import span
from orchestrator.domain.brief import Brief
from orchestrator.domain.changes import Changes, changed_fields, compare
from orchestrator.domain.composition import AdsReport, AnalyticsReport, ContentReport, CrmReport, Reports, compose
from orchestrator.domain.conversation import Conversation, StrategyRecord
from orchestrator.domain.strategy import Strategy
from orchestrator.state import TurnContext, TurnState


class SpecialistTask(TypedDict):
    """What one parallel branch gets."""

    specialist: SpecialistName
    assignment: dict[str, Any]


def fan_out(state: TurnState) -> list[Send]:
    """One branch for each specialist whose part is planned in this turn."""
    assignment = state.get("assignment", {})
    return [
        Send("plan", SpecialistTask(specialist=cast("SpecialistName", name), assignment=assignment))
        for name in state.get("replan", [])
    ]


async def plan(task: SpecialistTask, runtime: Runtime[TurnContext]) -> TurnState:
    context, name = runtime.context, task["specialist"]
    await context.stream.progress("plan", "started", name)

    async def call(tool: str, args: dict[str, Any]) -> ToolResult:
        return await context.desk.call(name, tool, args)

    with span("orchestrator.plan", specialist=name):
        toolset = await context.desk.toolset(name)
        assignment = Assignment.model_validate(task["assignment"])
        report = await ROSTER[name].plan(assignment, toolset, call, context.services.engines.specialist)
    await context.stream.progress("plan", "done", name)
    return {"reports": {name: report.model_dump(mode="json")}}


async def compose_strategy(state: TurnState, runtime: Runtime[TurnContext]) -> TurnState:
    """The typed strategy, stored as the thread's next version; a repeated step finds the version it stored."""
    context = runtime.context
    conversations, principal = context.services.conversations, context.principal
    await context.stream.progress("compose", "started")
    versions = await conversations.strategies(principal, context.thread_id)
    before = next((version for version in versions if version.turn_id != context.turn_id), None)
    brief = Conversation.model_validate(state.get("conversation", {})).brief
    reports = state.get("reports", {})
    strategy = compose(
        Assignment.model_validate(state.get("assignment", {})),
        _reports(reports),
        thread_id=context.thread_id,
        version=before.version + 1 if before else 1,
        audience_was_named=bool(brief.audiences),
    )
    changes = _changes(before, strategy, brief, state) if before else None
    stored = await conversations.save_strategy(principal, context.turn_id, strategy, brief, reports, changes)
    saved = stored.strategy
    await context.stream.data("strategy", saved.model_dump(mode="json"), f"strategy-v{saved.version}")
    await context.stream.progress("compose", "done")
    return {
        "strategy": saved.model_dump(mode="json"),
        "changes": stored.changes.model_dump(mode="json") if stored.changes else None,
    }


def _changes(before: StrategyRecord, strategy: Strategy, brief: Brief, state: TurnState) -> Changes | None:
    """Nothing is compared when the turn began another strategy: it supersedes nothing."""
    if state.get("turn", {}).get("route") != "change":
        return None
    planned = set(state.get("replan", []))
    replanned: tuple[SpecialistName, ...] = tuple(name for name in SPECIALISTS if name in planned)
    return compare(before.strategy, strategy, changed_fields(before.brief, brief), replanned)


def _reports(reports: dict[str, Any]) -> Reports:
    return Reports(
        analytics=AnalyticsReport.model_validate(reports["analytics"]),
        ads=AdsReport.model_validate(reports["ads"]),
        content=ContentReport.model_validate(reports["content"]),
        crm=CrmReport.model_validate(reports["crm"]),
    )
