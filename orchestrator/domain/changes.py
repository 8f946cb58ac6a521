"""What differs between two versions of a strategy, and what has to be done again because of it."""

from typing import Any

from agents.assignment import SPECIALISTS, Frozen, SpecialistName
from orchestrator.domain.brief import Brief
from orchestrator.domain.strategy import Strategy

_AFFECTS: dict[str, frozenset[SpecialistName]] = {
    "client": frozenset(SPECIALISTS),
    "products": frozenset(SPECIALISTS),
    "countries": frozenset(SPECIALISTS),
    "budget": frozenset({"ads"}),
    "start": frozenset({"ads"}),
    "end": frozenset({"ads"}),
    "goal": frozenset({"ads", "analytics"}),
    "audiences": frozenset({"ads", "content"}),
    "channels": frozenset({"ads", "content"}),
    "platforms": frozenset({"ads", "content"}),
}
"""Which specialists' parts rest on which field of the brief."""
_COMPARED = (
    "objective", "client", "products", "audiences", "countries", "period", "budget", "goal", "intents", "messages",
    "channels", "kpis", "assumptions",
)  # fmt: skip


class FieldChange(Frozen):
    field: str
    before: Any
    after: Any


class Changes(Frozen):
    """Version `after` against version `before`."""

    before: int
    after: int
    brief_fields: tuple[str, ...] = ()
    """What the person changed."""
    fields: tuple[FieldChange, ...] = ()
    """What is different in the strategy because of it."""
    replanned: tuple[SpecialistName, ...] = ()
    tasks_added: tuple[str, ...] = ()
    tasks_removed: tuple[str, ...] = ()
    approvals_cancelled: tuple[str, ...] = ()
    approvals_kept: tuple[str, ...] = ()


def changed_fields(before: Brief, after: Brief) -> tuple[str, ...]:
    return tuple(name for name in _AFFECTS if getattr(before, name) != getattr(after, name))


def affected(fields: tuple[str, ...]) -> tuple[SpecialistName, ...]:
    """The specialists whose part has to be planned again, in the order they are always listed."""
    names = frozenset[SpecialistName]().union(*(_AFFECTS[field] for field in fields))
    return tuple(name for name in SPECIALISTS if name in names)


def compare(
    before: Strategy, after: Strategy, brief_fields: tuple[str, ...], replanned: tuple[SpecialistName, ...]
) -> Changes:
    """Fields in their JSON form, tasks by date and title."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    fields = tuple(
        FieldChange(field=name, before=old[name], after=new[name]) for name in _COMPARED if old[name] != new[name]
    )
    tasks_before = [f"{task.date} {task.title}" for task in before.calendar]
    tasks_after = [f"{task.date} {task.title}" for task in after.calendar]
    return Changes(
        before=before.version,
        after=after.version,
        brief_fields=brief_fields,
        fields=fields,
        replanned=replanned,
        tasks_added=tuple(task for task in tasks_after if task not in tasks_before),
        tasks_removed=tuple(task for task in tasks_before if task not in tasks_after),
    )
