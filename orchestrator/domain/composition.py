"""Composing the specialists' parts into one strategy: deterministic, no model involved."""

from dataclasses import dataclass

from agents.ads.outputs import AdsFacts, AdsOutput
from agents.analytics.outputs import AnalyticsFacts, AnalyticsOutput
from agents.assignment import Assignment, Channel, Language
from agents.content.outputs import ContentFacts, ContentOutput, Message
from agents.crm.outputs import CrmFacts, CrmOutput
from agents.report import Report
from agents.words import country_labels
from orchestrator.domain.allocation import allocate
from orchestrator.domain.calendar import plan_calendar
from orchestrator.domain.kpis import plan_kpis
from orchestrator.domain.strategy import ChannelPlan, Strategy

AnalyticsReport = Report[AnalyticsOutput, AnalyticsFacts]
AdsReport = Report[AdsOutput, AdsFacts]
ContentReport = Report[ContentOutput, ContentFacts]
CrmReport = Report[CrmOutput, CrmFacts]

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "no_history": "There are no past results of {client} in {countries}: the split starts from the platforms' main "
        "channels and is to be corrected with the first results.",
        "partial": "Past results cover {known} only; elsewhere the split starts even.",
        "attribution": "Past results stay comparable: same prices, same tracking, data through {through}.",
        "audience": "No audience was named: the client's usual ones are taken.",
        "no_audience": "No audience was named and the client has none on record: everyone in the countries.",
        "approval": "Nothing is published or spent before a reviewer approves exactly that.",
        "similar": "Similar campaigns exist already: {names}.",
        "playbook": "Prepared by the playbook engine (fixed policies, no language model).",
        "past": "Part of the period is over already: spending can only begin once it is approved.",
        "refused": "A server could not answer: {text}",
    },
    "es": {
        "no_history": "No hay resultados anteriores de {client} en {countries}: el reparto parte de los canales "
        "principales de las plataformas y se corrige con los primeros resultados.",
        "partial": "Los resultados anteriores cubren solo {known}; en el resto el reparto empieza parejo.",
        "attribution": "Los resultados anteriores siguen siendo comparables: mismos precios, misma medición, "
        "datos hasta {through}.",
        "audience": "No se nombró un público: se toman los habituales del cliente.",
        "no_audience": "No se nombró un público y el cliente no tiene ninguno registrado: toda persona en los países.",
        "approval": "Nada se publica ni se gasta antes de que una persona revisora apruebe exactamente eso.",
        "similar": "Ya existen campañas parecidas: {names}.",
        "playbook": "Preparada por el motor playbook (políticas fijas, sin modelo de lenguaje).",
        "past": "Parte del período ya pasó: el gasto solo puede empezar cuando se apruebe.",
        "refused": "Un servidor no pudo responder: {text}",
    },
}


@dataclass(frozen=True, slots=True)
class Reports:
    """One part from each specialist."""

    analytics: AnalyticsReport
    ads: AdsReport
    content: ContentReport
    crm: CrmReport

    @property
    def all(self) -> tuple[AnalyticsReport, AdsReport, ContentReport, CrmReport]:
        return (self.analytics, self.ads, self.content, self.crm)


def compose(
    assignment: Assignment, reports: Reports, *, thread_id: str, version: int, audience_was_named: bool
) -> Strategy:
    """The strategy of an assignment. Budgets add up exactly; every task lies inside the dates."""
    analytics, ads = reports.analytics, reports.ads
    channels = allocate(assignment, ads.output.lines, ads.facts.lines, analytics.output, analytics.facts.places)
    messages = _messages(assignment, reports.content, channels)
    placements: list[tuple[Channel, str]] = [(message.channel, message.country) for message in messages]
    return Strategy(
        thread_id=thread_id,
        version=version,
        engine="llm" if any(report.engine == "llm" for report in reports.all) else "playbook",
        language=assignment.language,
        objective=ads.output.objective,
        goal=assignment.goal,
        client=assignment.client,
        products=assignment.products,
        audiences=ads.output.audiences,
        countries=assignment.countries,
        period=assignment.period,
        budget=assignment.budget,
        intents=ads.output.intents,
        messages=messages,
        channels=channels,
        calendar=plan_calendar(
            assignment.period,
            tuple(dict.fromkeys(placements)),
            assignment.language,
            sales_follow_up=bool(reports.crm.output.follow_up),
        ),
        kpis=plan_kpis(assignment, analytics.facts.places, ads.facts.expected),
        assumptions=_assumptions(assignment, reports, audience_was_named=audience_was_named),
        evidence=tuple(item for report in reports.all for item in report.evidence),
    )


def _messages(assignment: Assignment, report: ContentReport, channels: tuple[ChannelPlan, ...]) -> tuple[Message, ...]:
    """Messages for the channels that got money; all that fit the countries when none does."""
    funded = {(plan.channel, plan.country.name) for plan in channels}
    countries = {country.name for country in assignment.countries}
    written = [
        message.model_copy(update={"engine": "llm"}) if report.engine == "llm" else message
        for message in report.output.messages
        if message.country in countries
    ]
    return tuple(message for message in written if (message.channel, message.country) in funded) or tuple(written)


def _assumptions(assignment: Assignment, reports: Reports, *, audience_was_named: bool) -> tuple[str, ...]:
    words = _WORDS[assignment.language]
    places, facts = reports.analytics.facts.places, reports.ads.facts
    covered = {place.country for place in places}
    known = [country for country in assignment.countries if country.name in covered]
    found: list[str] = []
    if not known:
        found.append(
            words["no_history"].format(
                client=assignment.client, countries=country_labels(assignment.countries, assignment.language)
            )
        )
    else:
        if len(known) < len(assignment.countries):
            found.append(words["partial"].format(known=country_labels(known, assignment.language)))
        found.append(words["attribution"].format(through=reports.analytics.facts.data_through or "?"))
    if not audience_was_named:
        found.append(words["audience" if assignment.audiences else "no_audience"])
    if assignment.period.start < assignment.as_of:
        found.append(words["past"])
    if facts.similar_campaigns:
        found.append(words["similar"].format(names=", ".join(facts.similar_campaigns)))
    found += reports.content.facts.warnings
    found += [words["refused"].format(text=text) for report in reports.all for text in report.refusals]
    found.append(words["approval"])
    if any(report.engine == "playbook" for report in reports.all):
        found.append(words["playbook"])
    return tuple(found)
