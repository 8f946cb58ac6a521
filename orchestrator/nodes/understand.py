"""Understand a message against the conversation so far, and decide what the turn has to do."""

from typing import Any

from langgraph.runtime import Runtime

from agents.assignment import SPECIALISTS, Budget
from kernel.money import Money
from orchestrator.domain.brief import Brief, Problem
from orchestrator.domain.changes import affected, changed_fields
from orchestrator.domain.conversation import Conversation, Reply, StrategyRecord
from orchestrator.domain.messages import help_message, no_change_message
from orchestrator.domain.questions import question
from orchestrator.domain.turn import Situation, Turn
from orchestrator.state import TurnContext, TurnState


async def understand(_state: TurnState, runtime: Runtime[TurnContext]) -> TurnState:
    context = runtime.context
    services, principal = context.services, context.principal
    await context.stream.progress("understand", "started")
    thread = await services.conversations.thread(principal, context.thread_id)
    versions = await services.conversations.strategies(principal, context.thread_id)
    latest = next((version for version in versions if version.turn_id != context.turn_id), None)
    situation = Situation(
        catalogue=await services.hub.catalogue(principal),
        language=thread.conversation.language,
        brief=thread.conversation.brief,
        awaiting=thread.conversation.awaiting,
        has_strategy=latest is not None,
        changing=thread.conversation.changing,
    )
    turn, usage = await services.engines.understand(context.text, situation, context.today)
    await context.stream.progress("understand", "done")
    decided = _Decision(turn, situation, latest, context).state()
    return {"turn": turn.model_dump(mode="json"), "usage": usage.model_dump(mode="json"), **decided}


class _Decision:
    """What an understood turn leads to. Pure but for the context it reads."""

    def __init__(self, turn: Turn, situation: Situation, latest: StrategyRecord | None, context: TurnContext) -> None:
        self.turn = turn
        self.situation = situation
        self.latest = latest
        self.context = context

    def state(self) -> TurnState:
        match self.turn.route:
            case "strategy":
                return self._new_strategy()
            case "change" if self.latest is not None:
                return self._change(self.latest)
            case "help" | "change":
                message = help_message(self.turn.language, self.situation.catalogue)
                return self._reply(Reply(status="help", message=message))
            case "action" if self.turn.problems:
                return self._ask(self.situation.brief, self.turn.problems, changing=False)
            case _:
                return {"conversation": self._conversation(self.situation.brief, self.situation.awaiting)}

    def _new_strategy(self) -> TurnState:
        continues = bool(self.situation.awaiting) and not self.turn.starts_over
        before = self.situation.brief if continues else Brief()
        brief = before.merged(self.turn.brief, self.turn.lists)
        problems = _problems(self.turn, brief)
        if problems or brief.missing():
            return self._ask(brief, problems, changing=False)
        return self._plan(brief, list(SPECIALISTS))

    def _change(self, latest: StrategyRecord) -> TurnState:
        before = self.situation.brief if self.situation.changing else latest.brief
        brief = _with_budget_change(before.merged(self.turn.brief, self.turn.lists), self.turn)
        problems = _problems(self.turn, brief)
        if problems or brief.missing():
            return self._ask(brief, problems, changing=True)
        fields = changed_fields(latest.brief, brief)
        if not fields:
            text = no_change_message(self.turn.language)
            return self._reply(Reply(status="question", message=text, question=text))
        return self._plan(brief, list(affected(fields)), latest)

    def _plan(self, brief: Brief, replan: list[Any], latest: StrategyRecord | None = None) -> TurnState:
        language = latest.strategy.language if latest else self.turn.language
        assignment = brief.assignment(self.situation.catalogue, language, self.context.today)
        kept = {name: report for name, report in latest.reports.items() if name not in replan} if latest else {}
        return {
            "conversation": self._conversation(brief, ()),
            "assignment": assignment.model_dump(mode="json"),
            "replan": replan,
            "reports": kept,
        }

    def _ask(self, brief: Brief, problems: tuple[Problem, ...], *, changing: bool) -> TurnState:
        text = question(problems, brief.missing(), brief, self.situation.catalogue, self.turn.language)
        fields = [problem.field for problem in problems if problem.field not in ("message", "campaign")]
        awaiting = tuple(dict.fromkeys((*fields, *brief.missing())))
        reply = Reply(status="question", message=text, question=text)
        if self.turn.route == "action":
            return self._reply(reply)
        conversation = self._conversation(brief, awaiting, changing=changing)
        return {**self._reply(reply), "conversation": conversation}

    def _reply(self, reply: Reply) -> TurnState:
        return {
            "conversation": self._conversation(self.situation.brief, self.situation.awaiting),
            "reply": reply.model_dump(mode="json"),
        }

    def _conversation(self, brief: Brief, awaiting: tuple[Any, ...], *, changing: bool | None = None) -> dict[str, Any]:
        kept = self.situation.changing and bool(awaiting)
        return Conversation(
            language=self.turn.language,
            brief=brief,
            awaiting=awaiting,
            changing=kept if changing is None else changing,
        ).model_dump(mode="json")


def _problems(turn: Turn, brief: Brief) -> tuple[Problem, ...]:
    """The turn's problems and what the whole brief contradicts; a field is told about once."""
    told = {problem.field for problem in turn.problems}
    return (*turn.problems, *(problem for problem in brief.conflicts() if problem.field not in told))


def _with_budget_change(brief: Brief, turn: Turn) -> Brief:
    """A budget said against the present one, applied; nothing is left of it below zero."""
    if turn.budget_change is None or brief.budget is None:
        return brief
    current = brief.budget.money
    amount = turn.budget_change.applied(current.amount, current.minor_unit)
    return brief.model_copy(update={"budget": Budget.of(Money(amount, current.currency))})
