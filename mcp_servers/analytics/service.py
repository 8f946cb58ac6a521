"""Use cases: read a question, check a query, run it, word the answer. Reads only; an answer is of one moment."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from kernel.telemetry import span
from mcp_servers.analytics.catalogues import Catalogues
from mcp_servers.analytics.domain.answer import AnalyticsAnswer, Clarification
from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.chart import chart
from mcp_servers.analytics.domain.checks import Checked, checked
from mcp_servers.analytics.domain.hidden import CURRENCY_HIGH, CURRENCY_LOW, UNRATED
from mcp_servers.analytics.domain.model import Language
from mcp_servers.analytics.domain.narrate import Narrator
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.domain.reading import Lexicon
from mcp_servers.analytics.domain.table import Money, Table, table
from mcp_servers.analytics.domain.wording import metric_label, reason
from mcp_servers.analytics.errors import NeedsClarification, Unanswered, Unsupported
from mcp_servers.analytics.interpreters import Interpreter
from mcp_servers.analytics.namesakes import tell_apart
from mcp_servers.analytics.repository import (
    AnswerCache,
    AnswerKey,
    Compiled,
    FactsRepository,
    TenantFacts,
    compile_missing_rates,
    compile_query,
)

_STATEMENTS = 1_000
"""Statements that are kept: after new data, the same queries come again."""


class AnalyticsService:
    def __init__(
        self,
        repository: FactsRepository,
        answers: AnswerCache,
        interpreter: Interpreter,
        lexicon: Lexicon,
        catalogues: Catalogues,
        clock: Callable[[], datetime],
    ) -> None:
        self._repository = repository
        self._answers = answers
        self._interpreter = interpreter
        self._lexicon = lexicon
        self._model = lexicon.model
        self._catalogues = catalogues
        self._clock = clock
        self._compile = lru_cache(_STATEMENTS)(partial(compile_query, model=self._model))

    async def ask(
        self, tenant: str, question: str, *, as_of: date | None = None, language: Language | None = None
    ) -> AnalyticsAnswer:
        """Answer a question in its language, or say why not, or what would have to be known."""
        spoken: Language = language or self._lexicon.language(question) or "en"
        with span("analytics.ask", language=spoken):
            catalogue = await self.catalogue(tenant)
            today = as_of or self._clock().astimezone(ZoneInfo(catalogue.facts.time_zone)).date()
            try:
                read = await self._interpreter.interpret(question, catalogue, as_of=today, language=spoken)
            except Unanswered as refusal:
                return self._refused(refusal, None, catalogue, spoken)
            answer = await self.query(tenant, read.query, spoken)
            return answer.model_copy(update={"interpreter": read.interpreter})

    async def query(self, tenant: str, query: MetricQuery, language: Language) -> AnalyticsAnswer:
        """Answer a query as it was answered before, if nothing changed since; else compute it, or say why not."""
        async with self._repository.reading(tenant) as data:
            catalogue = await self._catalogues.of(tenant, data)
            key = AnswerKey(tenant, catalogue.facts.version, query, language)
            if kept := await self._answers.get(key):
                return kept.model_copy(update={"data_as_of": _data_as_of(catalogue)})
            answer = await self._answer(data, query, catalogue, language)
        if answer.status == "answered":
            await self._answers.put(key, answer)
        return answer

    async def catalogue(self, tenant: str) -> Catalogue:
        """What exists in the tenant's data."""
        async with self._repository.reading(tenant) as data:
            return await self._catalogues.of(tenant, data)

    async def sources(self, tenant: str) -> list[dict[str, Any]]:
        """Freshness of each source."""
        return await self._repository.sources(tenant)

    async def _answer(
        self, data: TenantFacts, query: MetricQuery, catalogue: Catalogue, language: Language
    ) -> AnalyticsAnswer:
        try:
            sound = checked(query, catalogue, language)
            await tell_apart(sound.query, self._model, data.run)
            compiled = self._compile(sound.query, certain=catalogue.certain)
            found = await data.run(compiled)
            money = Money(_currency(sound.query, found, catalogue))
            if found and found[0].get(CURRENCY_LOW) != found[0].get(CURRENCY_HIGH):
                compiled, found, money = await self._converted(data, sound, catalogue)
        except Unanswered as refusal:
            return self._refused(refusal, query, catalogue, language)
        return self._answered(sound, compiled, table(sound, found, money, self._model, language), catalogue, language)

    async def _converted(
        self, data: TenantFacts, sound: Checked, catalogue: Catalogue
    ) -> tuple[Compiled, list[dict[str, Any]], Money]:
        """Amounts of several currencies have no sum, unless all of them have a rate to the reporting currency."""
        currency = catalogue.facts.reporting_currency
        names = ", ".join(value.name for value in catalogue.of("currency"))
        if currency is None:
            raise Unsupported("mixed_currency", names=names)
        compiled = self._compile(sound.query, reporting=True)
        found = await data.run(compiled)
        if found and found[0][UNRATED]:
            lacking = await data.run(compile_missing_rates(sound.query, self._model))
            missing = ", ".join(f"{row['currency']} ({row['first_day']}..{row['last_day']})" for row in lacking)
            raise Unsupported("rates_missing", names=names, currency=currency, missing=missing)
        return compiled, found, Money(currency, converted=True)

    def _answered(
        self, sound: Checked, compiled: Compiled, shown: Table, catalogue: Catalogue, language: Language
    ) -> AnalyticsAnswer:
        query = sound.query
        title = ", ".join(metric_label(self._model, name, language) for name in query.metrics)
        return AnalyticsAnswer(
            status="answered",
            answer=Narrator(sound, catalogue, shown, language).sentence(),
            language=language,
            query=query,
            columns=shown.columns,
            rows=shown.rows,
            without_data=tuple(sound.missing),
            truncated=shown.truncated,
            sql=compiled.sql,
            definitions={name: self._model.metrics[name].definition[language] for name in query.metrics},
            model_version=self._model.version,
            metric_versions={name: self._model.metrics[name].version for name in query.metrics},
            data_as_of=_data_as_of(catalogue),
            chart=chart(shown.columns, shown.rows, title),
        )

    def _refused(
        self, refusal: Unanswered, query: MetricQuery | None, catalogue: Catalogue, language: Language
    ) -> AnalyticsAnswer:
        words = reason(refusal.topic, refusal.facts, language)
        asking = isinstance(refusal, NeedsClarification)
        return AnalyticsAnswer(
            status="needs_clarification" if asking else "unsupported",
            language=language,
            query=query,
            data_as_of=_data_as_of(catalogue),
            clarification=Clarification(question=words, options=refusal.options) if asking else None,
            reason=None if asking else words,
        )


def _currency(query: MetricQuery, found: Sequence[Mapping[str, Any]], catalogue: Catalogue) -> str | None:
    """The one currency of all amounts, where rows do not say each its own."""
    if catalogue.certain.currency and "currency" not in query.dimensions:
        return catalogue.certain.currency
    return found[0].get(CURRENCY_LOW) if found else None


def _data_as_of(catalogue: Catalogue) -> datetime | None:
    """The oldest of the last runs of the sources that facts come from."""
    sources = catalogue.facts.sources
    runs = [sources[name].last_run_at for name in catalogue.model.sources if name in sources]
    return min((run for run in runs if run), default=None)
