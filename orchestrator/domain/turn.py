"""What one message asks for, once understood: the same typed turn whichever engine read it."""

from typing import Literal

from agents.assignment import Budget, Engine, Frozen, Language
from orchestrator.domain.brief import Brief, BudgetChange, Essential, ListEdit, Problem
from orchestrator.domain.catalogue import Catalogue

Route = Literal["strategy", "change", "question", "pending", "action", "help"]
ActionKind = Literal["pause", "change_budget", "launch"]


class ActionRequest(Frozen):
    """Something to do to a campaign that exists; `campaign` is a name or an id, None where none was said."""

    kind: ActionKind
    campaign: str | None = None
    budget: Budget | None = None
    change: BudgetChange | None = None


class Turn(Frozen):
    route: Route
    language: Language
    engine: Engine
    brief: Brief = Brief()
    """Only what this message says."""
    lists: ListEdit = "set"
    starts_over: bool = False
    """Another strategy is wanted: what was said before does not count."""
    budget_change: BudgetChange | None = None
    action: ActionRequest | None = None
    problems: tuple[Problem, ...] = ()


class Situation(Frozen):
    """Where the conversation stands when a message arrives."""

    catalogue: Catalogue
    language: Language = "en"
    brief: Brief = Brief()
    awaiting: tuple[Essential, ...] = ()
    """What the last question asked for."""
    has_strategy: bool = False
    changing: bool = False
    """The question was asked while changing the strategy at hand."""
