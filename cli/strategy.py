"""A turn of the conversation, laid out for a terminal in the language of the turn."""

from typing import Any

from cli.output import add_row, say, show, show_text, table

Strategy = dict[str, Any]

_SPANISH = {
    "Channels": "Canales",
    "Calendar": "Calendario",
    "Targets": "Metas",
    "Messages": "Mensajes",
    "Assumptions": "Supuestos",
    "Evidence": "Evidencia",
    "Waiting for approval": "En espera de aprobación",
    "platform": "plataforma",
    "channel": "canal",
    "country": "país",
    "share": "parte",
    "budget": "presupuesto",
    "why": "por qué",
    "date": "fecha",
    "task": "tarea",
    "who": "quién",
    "metric": "métrica",
    "target": "meta",
    "before": "antes",
    "what": "qué",
    "at least": "al menos",
    "at most": "como máximo",
    "until": "vence",
    "Engine: playbook (no language model is configured).": "Motor: playbook (no hay un modelo de lenguaje).",
}
_TASKS_SHOWN = 8
_LINES_SHOWN = 6


def show_turn(turn: dict[str, Any]) -> None:
    """What a turn led to, beyond the text that was printed as it arrived."""
    spanish = turn.get("language") == "es"
    if turn.get("strategy"):
        show_strategy(turn["strategy"], spanish=spanish)
    if turn.get("approvals"):
        show_approvals(turn["approvals"], spanish=spanish)
    if turn.get("engine") == "playbook":
        say(_in("Engine: playbook (no language model is configured).", spanish))


def show_strategy(strategy: Strategy, *, spanish: bool = False) -> None:
    """The parts of a strategy a reader decides on: the split, the calendar, the targets, what they rest on."""
    budget, period = strategy["budget"], strategy["period"]
    show_text(f"\n{strategy['objective']}", style="bold")
    show_text(
        f"{strategy['client']} · {', '.join(strategy['products'])} · {_names(strategy['countries'])} · "
        f"{budget['amount']} {budget['currency']} · {period['start']} – {period['end']} · v{strategy['version']}"
    )
    _show_channels(strategy, spanish)
    _show_targets(strategy, spanish)
    _show_calendar(strategy, spanish)
    _show_lines("Assumptions", strategy["assumptions"], spanish)
    evidence = [f"{one['claim']} ({one['source']}, {one['as_of']})" for one in strategy["evidence"]]
    _show_lines("Evidence", evidence, spanish)


def show_approvals(approvals: list[dict[str, Any]], *, spanish: bool = False) -> None:
    """What was proposed and waits for a person."""
    waiting = table(
        "id", _in("what", spanish), _in("until", spanish), title=f"\n{_in('Waiting for approval', spanish)}"
    )
    for one in approvals:
        add_row(waiting, one["id"], one["summary"], str(one["expires_at"])[:16].replace("T", " "))
    show(waiting)


def _show_channels(strategy: Strategy, spanish: bool) -> None:
    columns = (_in(name, spanish) for name in ("platform", "channel", "country", "share", "budget", "why"))
    split = table(*columns, title=f"\n{_in('Channels', spanish)}")
    for line in strategy["channels"]:
        share = f"{float(line['share']):.1%}"
        cells = (line["platform"], line["channel"], line["country"]["name"], share, line["budget"], line["rationale"])
        add_row(split, *cells)
    show(split)


def _show_targets(strategy: Strategy, spanish: bool) -> None:
    columns = (_in(name, spanish) for name in ("metric", "target", "before"))
    targets = table(*columns, title=f"\n{_in('Targets', spanish)}")
    for kpi in strategy["kpis"]:
        bound = _in("at most" if kpi["direction"] == "at_most" else "at least", spanish)
        add_row(targets, kpi["metric"], f"{bound} {kpi['target']} {kpi['unit']}".strip(), kpi["baseline"])
    show(targets)


def _show_calendar(strategy: Strategy, spanish: bool) -> None:
    tasks = strategy["calendar"]
    columns = (_in(name, spanish) for name in ("date", "task", "who"))
    calendar = table(*columns, title=f"\n{_in('Calendar', spanish)}")
    for task in tasks[:_TASKS_SHOWN]:
        add_row(calendar, task["date"], task["title"], task["owner"])
    show(calendar)
    if len(tasks) > _TASKS_SHOWN:
        show_text(f"… +{len(tasks) - _TASKS_SHOWN}")


def _show_lines(title: str, lines: list[str], spanish: bool) -> None:
    if lines:
        show_text(f"\n{_in(title, spanish)}", style="bold")
        for line in lines[:_LINES_SHOWN]:
            show_text(f"  {line}")
        if len(lines) > _LINES_SHOWN:
            show_text(f"  … +{len(lines) - _LINES_SHOWN}")


def _names(countries: list[dict[str, str]]) -> str:
    return ", ".join(f"{one['name']} ({one['code']})" for one in countries)


def _in(english: str, spanish: bool) -> str:
    return _SPANISH[english] if spanish else english
