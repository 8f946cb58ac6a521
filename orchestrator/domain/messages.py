"""What the supervisor says in its own words, in English and Spanish."""

from collections.abc import Sequence

from agents.assignment import Engine, Language
from agents.words import country_label, country_labels, goal_label
from kernel.errors import PromptSalesError
from orchestrator.domain.catalogue import Catalogue
from orchestrator.domain.changes import Changes
from orchestrator.domain.strategy import ApprovalRef, Strategy

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "help": "I plan campaigns, answer questions about results, and propose actions on campaigns. Try one of "
        "these:\n"
        "- “Launch {product} in Costa Rica from 1 to 31 December 2026 with 12000 USD, goal: 300 sales”\n"
        "- “How many sales did we close last month by country?”\n"
        "- “What is pending approval?”\n"
        "- “Pause the campaign …” or “change the budget of campaign … to 5000 USD”\n"
        "Whatever spends, publishes or sends waits for a reviewer's approval.",
        "product": "a product",
        "no_change": "Nothing in the strategy would change with that. Tell me what should differ: budget, dates, "
        "countries, goal, audience, channels or product.",
        "strategy": "Strategy v{version} for {products} of {client}: {budget} from {start} to {end} in {countries}, "
        "goal {goal}.",
        "change": "Strategy v{version} replaces v{before}: {fields}.",
        "split": "- {platform}, {channel}, {country}: {budget} {currency} ({share})",
        "proposed": "Proposed and waiting for a reviewer: {items}.",
        "withdrawn": "Withdrawn, because this version supersedes them: {items}.",
        "refused": "Could not be proposed: {items}.",
        "evidence": "It rests on {count} figures from the data.",
        "playbook": "Prepared by the playbook engine: fixed policies, no language model.",
        "pending": "{count} waiting for a decision:",
        "pending_none": "Nothing is waiting for approval.",
        "pending_end": "Reviewers decide them in the approval inbox; a chat cannot approve anything.",
        "pending_line": "- {summary} (until {until}) {url}",
        "action": "Proposed, not done: {summary} It waits for a reviewer: {url}",
        "action_refused": "That could not be proposed: {reason}",
        "which_campaign": "Which campaign? There are: {options}.",
        "no_campaigns": "There is no campaign that this can be done to.",
        "no_such_campaign": "I find no campaign “{said}”. There are: {options}.",
        "unavailable": "I could not finish: something this depends on does not answer. Try again in a moment. "
        "({detail})",
        "forbidden": "Your role does not allow this. ({detail})",
        "invalid_input": "That cannot be accepted as it is. ({detail})",
        "long_question": "A question about results may have {most} characters. Ask it more shortly.",
        "which_budget": "What should the new total budget of {campaign} be? For example 5000 USD.",
        "budget_zero": "The budget of {campaign} would be {amount}: it has to be above zero.",
    },
    "es": {
        "help": "Planifico campañas, respondo preguntas sobre resultados y propongo acciones sobre campañas. Prueba "
        "algo así:\n"
        "- «Lanza {product} en Costa Rica del 1 al 31 de diciembre de 2026 con 12000 USD, meta: 300 ventas»\n"
        "- «¿Cuántas ventas cerramos el mes pasado por país?»\n"
        "- «¿Qué está pendiente de aprobación?»\n"
        "- «Pausa la campaña …» o «cambia el presupuesto de la campaña … a 5000 USD»\n"
        "Todo lo que gasta, publica o envía espera la aprobación de una persona revisora.",
        "product": "un producto",
        "no_change": "Con eso no cambiaría nada en la estrategia. Dime qué debe ser distinto: presupuesto, fechas, "
        "países, meta, público, canales o producto.",
        "strategy": "Estrategia v{version} para {products} de {client}: {budget} del {start} al {end} en {countries}, "
        "meta {goal}.",
        "change": "La estrategia v{version} reemplaza la v{before}: {fields}.",
        "split": "- {platform}, {channel}, {country}: {budget} {currency} ({share})",
        "proposed": "Propuesto y en espera de una persona revisora: {items}.",
        "withdrawn": "Retirado, porque esta versión lo reemplaza: {items}.",
        "refused": "No se pudo proponer: {items}.",
        "evidence": "Se apoya en {count} cifras de los datos.",
        "playbook": "Preparada por el motor playbook: políticas fijas, sin modelo de lenguaje.",
        "pending": "{count} en espera de decisión:",
        "pending_none": "No hay nada pendiente de aprobación.",
        "pending_end": "Las personas revisoras deciden en la bandeja de aprobaciones; un chat no puede aprobar nada.",
        "pending_line": "- {summary} (hasta {until}) {url}",
        "action": "Propuesto, no hecho: {summary} Espera a una persona revisora: {url}",
        "action_refused": "Eso no se pudo proponer: {reason}",
        "which_campaign": "¿Qué campaña? Hay: {options}.",
        "no_campaigns": "No hay ninguna campaña a la que se le pueda hacer eso.",
        "no_such_campaign": "No encuentro la campaña «{said}». Hay: {options}.",
        "unavailable": "No pude terminar: algo de lo que esto depende no responde. Intenta de nuevo en un momento. "
        "({detail})",
        "forbidden": "Tu rol no permite esto. ({detail})",
        "invalid_input": "Eso no se puede aceptar así. ({detail})",
        "long_question": "Una pregunta sobre resultados puede tener {most} caracteres. Hazla más corta.",
        "which_budget": "¿Cuál debe ser el nuevo presupuesto total de {campaign}? Por ejemplo 5000 USD.",
        "budget_zero": "El presupuesto de {campaign} quedaría en {amount}: tiene que ser mayor que cero.",
    },
}
_FIELDS: dict[Language, dict[str, str]] = {
    "en": {},
    "es": {
        "client": "cliente", "products": "productos", "countries": "países", "budget": "presupuesto",
        "period": "fechas", "goal": "meta", "audiences": "público", "channels": "canales",
        "messages": "mensajes", "objective": "objetivo",
        "intents": "intenciones", "kpis": "indicadores", "assumptions": "supuestos",
    },
}  # fmt: skip
_SHOWN = 12


def say(language: Language, name: str, **values: object) -> str:
    """One of the sentences above, filled in."""
    return _WORDS[language][name].format(**values)


def error_message(error: PromptSalesError, language: Language) -> str:
    """Why a turn ended without a result, the technical words in brackets."""
    name = error.kind if error.kind in ("unavailable", "forbidden") else "invalid_input"
    return say(language, name, detail=str(error))


def help_message(language: Language, catalogue: Catalogue) -> str:
    product = next(iter(catalogue.products()), _WORDS[language]["product"])
    return say(language, "help", product=product)


def no_change_message(language: Language) -> str:
    return _WORDS[language]["no_change"]


def options(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def strategy_message(
    strategy: Strategy, changes: Changes | None, refusals: Sequence[str], engine: Engine, language: Language
) -> str:
    """The summary a person reads beside the typed strategy."""
    words = _WORDS[language]
    lines = [_headline(strategy, language)]
    if changes:
        fields = ", ".join(_FIELDS[language].get(item.field, item.field) for item in changes.fields)
        lines.append(words["change"].format(version=changes.after, before=changes.before, fields=fields))
    lines += [
        words["split"].format(
            platform=line.platform,
            channel=line.channel,
            country=country_label(line.country, language),
            budget=f"{line.budget:.2f}",
            currency=strategy.budget.currency,
            share=f"{line.share:.1%}",
        )
        for line in strategy.channels
    ]
    if strategy.evidence:
        lines.append(words["evidence"].format(count=len(strategy.evidence)))
    if strategy.approvals:
        lines.append(words["proposed"].format(items="; ".join(item.summary.rstrip(".") for item in strategy.approvals)))
    if changes and changes.approvals_cancelled:
        lines.append(words["withdrawn"].format(items=", ".join(changes.approvals_cancelled)))
    if refusals:
        lines.append(words["refused"].format(items="; ".join(refusals)))
    if engine == "playbook":
        lines.append(words["playbook"])
    return "\n".join(lines)


def _headline(strategy: Strategy, language: Language) -> str:
    return say(
        language,
        "strategy",
        version=strategy.version,
        products=", ".join(strategy.products),
        client=strategy.client,
        budget=strategy.budget,
        start=strategy.period.start,
        end=strategy.period.end,
        countries=country_labels(strategy.countries, language),
        goal=goal_label(strategy.goal, strategy.budget.currency, language),
    )


def pending_message(found: Sequence[ApprovalRef], language: Language) -> str:
    if not found:
        return _WORDS[language]["pending_none"]
    lines = [
        say(language, "pending_line", summary=item.summary, until=item.expires_at[:16].replace("T", " "), url=item.url)
        for item in found
    ]
    return "\n".join([say(language, "pending", count=len(found)), *lines, _WORDS[language]["pending_end"]])
