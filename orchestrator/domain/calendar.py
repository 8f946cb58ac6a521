"""The calendar of a campaign: what happens when, always inside the campaign's dates."""

from collections.abc import Sequence
from datetime import date, timedelta

from agents.assignment import Channel, Language, Period
from orchestrator.domain.strategy import Owner, Task, TaskKind

_TITLES: dict[Language, dict[TaskKind, str]] = {
    "en": {
        "review": "Review and decide the launch and the content",
        "launch": "Launch the campaign once it is approved",
        "publish": "Publish the {channel} content for {country}",
        "check": "Check spend, conversions and cost per result",
        "optimise": "Move budget to what performs, as a proposal for approval",
        "follow_up": "Follow up the leads of the week",
        "report": "Report results against the goal",
    },
    "es": {
        "review": "Revisar y decidir el lanzamiento y el contenido",
        "launch": "Lanzar la campaña una vez aprobada",
        "publish": "Publicar el contenido de {channel} para {country}",
        "check": "Revisar inversión, conversiones y costo por resultado",
        "optimise": "Mover presupuesto a lo que rinde, como propuesta para aprobación",
        "follow_up": "Dar seguimiento a los leads de la semana",
        "report": "Informar los resultados frente a la meta",
    },
}
_WEEK = timedelta(days=7)


def plan_calendar(
    period: Period, placements: Sequence[tuple[Channel, str]], language: Language, *, sales_follow_up: bool
) -> tuple[Task, ...]:
    """Tasks in date order. `placements` are the (channel, country name) pairs that have content to publish."""
    drafts: list[tuple[date, TaskKind, Owner, Channel | None, str | None]] = [
        (period.start, "review", "reviewer", None, None),
        (period.start, "launch", "marketer", None, None),
        (period.end, "report", "marketer", None, None),
    ]
    window = max(min(7, period.days // 3), 1)
    for index, (channel, country) in enumerate(placements):
        day = period.start + timedelta(days=index * window // max(len(placements), 1))
        drafts.append((day, "publish", "marketer", channel, country))
    day, week = period.start + _WEEK, 1
    while day < period.end:
        drafts.append((day, "check", "marketer", None, None))
        if week % 2 == 0:
            drafts.append((day, "optimise", "marketer", None, None))
        if sales_follow_up:
            drafts.append((day, "follow_up", "sales_agent", None, None))
        day, week = day + _WEEK, week + 1
    drafts.sort(key=lambda draft: draft[0])
    return tuple(
        Task(
            id=f"task-{index}",
            date=day,
            title=_TITLES[language][kind].format(channel=channel, country=country),
            owner=owner,
            kind=kind,
            channel=channel,
            country=country,
        )
        for index, (day, kind, owner, channel, country) in enumerate(drafts, start=1)
    )
