"""Asking for what is missing or unusable: one question that names each field and what would be a valid answer."""

from collections.abc import Sequence

from agents.assignment import Language
from orchestrator.domain.brief import Brief, Essential, Problem
from orchestrator.domain.catalogue import Catalogue

_SHOWN = 12
_MISSING: dict[Language, dict[Essential, str]] = {
    "en": {
        "client": "the client ({options})",
        "product": "the product ({options})",
        "goal": "the goal, as a number and what it counts (for example 300 sales or 500 leads)",
        "country": "the country or countries",
        "budget": "the budget with its currency (for example 12000 USD)",
        "period": "the dates, first and last day (for example from 2026-12-01 to 2026-12-31)",
    },
    "es": {
        "client": "el cliente ({options})",
        "product": "el producto ({options})",
        "goal": "la meta, como número y lo que cuenta (por ejemplo 300 ventas o 500 leads)",
        "country": "el país o los países",
        "budget": "el presupuesto con su moneda (por ejemplo 12000 USD)",
        "period": "las fechas, primer y último día (por ejemplo del 2026-12-01 al 2026-12-31)",
    },
}
_HALF_PERIOD: dict[Language, dict[str, str]] = {
    "en": {"start": "the first day of the campaign", "end": "the last day of the campaign"},
    "es": {"start": "el primer día de la campaña", "end": "el último día de la campaña"},
}
_PROBLEMS: dict[Language, dict[tuple[str, str], str]] = {
    "en": {
        ("product", "unknown"): "I do not know the product “{said}”. The known ones are: {options}.",
        ("product", "ambiguous"): "“{said}” could be several products: {options}. Which one?",
        ("client", "unknown"): "I do not know the client “{said}”. The known ones are: {options}.",
        ("client", "ambiguous"): "Several clients sell {said}: {options}. For which one?",
        (
            "country",
            "unknown",
        ): "I do not know the country “{said}”. Name it in English or Spanish, or by its ISO code.",
        ("budget", "not_positive"): "The budget has to be above zero, not {said}. Send an amount such as 12000 USD.",
        ("budget", "currency_missing"): "In which currency is the budget of {said}? For example USD, EUR or CRC.",
        ("budget", "several"): "I read several amounts ({said}). Which one is the total budget?",
        ("budget", "too_precise"): "The budget {said} has more decimals than its currency has. Round it.",
        ("goal", "not_positive"): "The goal has to be above zero, not {said}. For example: 300 sales.",
        ("goal", "metric_missing"): "What does the goal of {said} count: sales, leads, clicks, revenue?",
        ("period", "invalid_date"): "The date “{said}” does not exist. Send the dates as YYYY-MM-DD.",
        ("period", "reversed"): "The end is before the start ({said}). Send the first day and then the last day.",
        ("campaign", "unknown"): "I find no campaign “{said}”. There are: {options}.",
        ("campaign", "ambiguous"): "Several campaigns fit: {options}. Which one?",
    },
    "es": {
        ("product", "unknown"): "No conozco el producto «{said}». Los que conozco son: {options}.",
        ("product", "ambiguous"): "«{said}» puede ser varios productos: {options}. ¿Cuál?",
        ("client", "unknown"): "No conozco el cliente «{said}». Los que conozco son: {options}.",
        ("client", "ambiguous"): "Varios clientes venden {said}: {options}. ¿Para cuál?",
        ("country", "unknown"): "No conozco el país «{said}». Nómbralo en español o inglés, o por su código ISO.",
        (
            "budget",
            "not_positive",
        ): "El presupuesto tiene que ser mayor que cero, no {said}. Envía un monto como 12000 USD.",
        ("budget", "currency_missing"): "¿En qué moneda es el presupuesto de {said}? Por ejemplo USD, EUR o CRC.",
        ("budget", "several"): "Leo varios montos ({said}). ¿Cuál es el presupuesto total?",
        ("budget", "too_precise"): "El presupuesto {said} tiene más decimales que su moneda. Redondéalo.",
        ("goal", "not_positive"): "La meta tiene que ser mayor que cero, no {said}. Por ejemplo: 300 ventas.",
        ("goal", "metric_missing"): "¿Qué cuenta la meta de {said}: ventas, leads, clics, ingresos?",
        ("period", "invalid_date"): "La fecha «{said}» no existe. Envía las fechas como AAAA-MM-DD.",
        ("period", "reversed"): "El final es anterior al inicio ({said}). Envía el primer día y después el último.",
        ("campaign", "unknown"): "No encuentro la campaña «{said}». Hay: {options}.",
        ("campaign", "ambiguous"): "Varias campañas coinciden: {options}. ¿Cuál?",
    },
}
_INTRO: dict[Language, str] = {
    "en": "To plan this I still need {list}.",
    "es": "Para planificarlo todavía necesito {list}.",
}
_AND: dict[Language, str] = {"en": " and ", "es": " y "}
_NONE: dict[Language, str] = {"en": "none yet", "es": "todavía ninguno"}


def question(
    problems: Sequence[Problem], missing: Sequence[Essential], brief: Brief, catalogue: Catalogue, language: Language
) -> str:
    """One text that says what is wrong and asks for what is missing, in the person's language."""
    sentences = [_problem(problem, language) for problem in problems]
    told = {problem.field for problem in problems}
    needed = [_need(name, brief, catalogue, language) for name in missing if name not in told]
    if needed:
        sentences.append(_INTRO[language].format(list=_joined(needed, language)))
    return " ".join(sentences)


def _problem(problem: Problem, language: Language) -> str:
    text = _PROBLEMS[language][(problem.field, problem.code)]
    return text.format(said=problem.said, options=_options(problem.options, language))


def _need(name: Essential, brief: Brief, catalogue: Catalogue, language: Language) -> str:
    if name == "period" and (brief.start or brief.end):
        return _HALF_PERIOD[language]["end" if brief.start else "start"]
    options = catalogue.products(brief.client) if name == "product" else tuple(item.name for item in catalogue.clients)
    return _MISSING[language][name].format(options=_options(options, language))


def _options(options: Sequence[str], language: Language) -> str:
    if not options:
        return _NONE[language]
    return ", ".join(options[:_SHOWN]) + (", …" if len(options) > _SHOWN else "")


def _joined(parts: Sequence[str], language: Language) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return "; ".join(parts[:-1]) + ";" + _AND[language] + parts[-1]
