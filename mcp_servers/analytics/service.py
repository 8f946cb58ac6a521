"""Use cases: read a question, check a query, run it, word the answer. Reads only; one transaction each."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from kernel.telemetry import span
from mcp_servers.analytics.domain.answer import AnalyticsAnswer, Cell, Clarification, Column, Row
from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.chart import chart
from mcp_servers.analytics.domain.checks import Checked, checked
from mcp_servers.analytics.domain.model import Language, MetricName
from mcp_servers.analytics.domain.narrate import Narrator
from mcp_servers.analytics.domain.query import MAX_ROWS, MetricQuery
from mcp_servers.analytics.domain.reading import Lexicon
from mcp_servers.analytics.domain.wording import dimension_label, grain_label, metric_label, reason
from mcp_servers.analytics.errors import NeedsClarification, Unanswered, Unsupported
from mcp_servers.analytics.interpreters import Interpreter
from mcp_servers.analytics.repository import AnswerCache, AnswerKey, Compiled, FactsRepository, compile_query
from mcp_servers.analytics.repository.compile import CAMPAIGN_ID, CURRENCY_HIGH, CURRENCY_LOW, FACT_ROWS

DatabaseRow = Mapping[str, Any]


class AnalyticsService:
    def __init__(
        self,
        repository: FactsRepository,
        answers: AnswerCache,
        interpreter: Interpreter,
        lexicon: Lexicon,
        clock: Callable[[], datetime],
        *,
        cached_tenants: int,
    ) -> None:
        self._repository = repository
        self._answers = answers
        self._interpreter = interpreter
        self._lexicon = lexicon
        self._model = lexicon.model
        self._clock = clock
        self._cached_tenants = cached_tenants
        self._catalogues: OrderedDict[str, Catalogue] = OrderedDict()

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
            answer = await self._kept_or_answered(tenant, read.query, catalogue, spoken)
            return answer.model_copy(update={"interpreter": read.interpreter})

    async def query(self, tenant: str, query: MetricQuery, language: Language) -> AnalyticsAnswer:
        """Answer a query, or say why it cannot be answered."""
        return await self._kept_or_answered(tenant, query, await self.catalogue(tenant), language)

    async def catalogue(self, tenant: str) -> Catalogue:
        """What exists in the tenant's data, read again whenever the pipeline changed something."""
        known = self._catalogues.get(tenant)
        version, sources = await self._repository.coverage(tenant)
        if known is None or known.facts.version != version:
            known = Catalogue(self._model, await self._repository.facts(tenant))
            self._catalogues[tenant] = known
        else:
            known.facts = replace(known.facts, sources=sources)
        self._catalogues.move_to_end(tenant)
        while len(self._catalogues) > self._cached_tenants:
            self._catalogues.popitem(last=False)
        return known

    async def sources(self, tenant: str) -> list[dict[str, Any]]:
        """Freshness of each source."""
        return await self._repository.sources(tenant)

    async def _kept_or_answered(
        self, tenant: str, query: MetricQuery, catalogue: Catalogue, language: Language
    ) -> AnalyticsAnswer:
        """The answer as it was computed before, if nothing changed since; else computed now."""
        key = AnswerKey(tenant, catalogue.facts.version, query, language)
        if kept := await self._answers.get(key):
            return kept.model_copy(update={"data_as_of": _data_as_of(catalogue)})
        answer = await self._answer(tenant, query, catalogue, language)
        if answer.status == "answered":
            await self._answers.put(key, answer)
        return answer

    async def _answer(
        self, tenant: str, query: MetricQuery, catalogue: Catalogue, language: Language
    ) -> AnalyticsAnswer:
        try:
            sound = checked(query, catalogue, language)
            compiled = compile_query(sound.query, self._model)
            found = await self._repository.run(tenant, compiled)
            _refuse_mixed_currency(found, catalogue)
        except Unanswered as refusal:
            return self._refused(refusal, query, catalogue, language)
        return self._answered(sound, compiled, found, catalogue, language)

    def _answered(
        self,
        sound: Checked,
        compiled: Compiled,
        found: list[dict[str, Any]],
        catalogue: Catalogue,
        language: Language,
    ) -> AnalyticsAnswer:
        query = sound.query
        limit = query.limit or MAX_ROWS
        empty = not found or not found[0][FACT_ROWS]
        rows = tuple(self._row(sound, row) for row in _distinguished(found[:limit]))
        columns = self._columns(query, found[0].get(CURRENCY_LOW) if found else None, language)
        sentence = Narrator(sound, catalogue, columns, language).sentence(rows, empty=empty)
        title = ", ".join(metric_label(self._model, name, language) for name in query.metrics)
        return AnalyticsAnswer(
            status="answered",
            answer=sentence,
            language=language,
            query=query,
            columns=columns,
            rows=rows,
            without_data=tuple(sound.missing),
            truncated=query.limit is None and len(found) > limit,
            sql=compiled.sql,
            definitions={name: self._model.metrics[name].definition[language] for name in query.metrics},
            data_as_of=_data_as_of(catalogue),
            chart=chart(columns, rows, title),
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

    def _columns(self, query: MetricQuery, currency: str | None, language: Language) -> tuple[Column, ...]:
        columns: list[Column] = []
        if query.time.grain:
            columns.append(Column(name=query.time.grain, kind="time", label=grain_label(query.time.grain, language)))
        columns.extend(
            Column(name=name, kind="dimension", label=dimension_label(self._model, name, language))
            for name in query.dimensions
        )
        for name in query.metrics:
            columns += self._metric_columns(name, query, currency, language)
        return tuple(columns)

    def _metric_columns(
        self, name: MetricName, query: MetricQuery, currency: str | None, language: Language
    ) -> list[Column]:
        unit = self._model.metrics[name].unit
        shared = currency if unit == "money" else None
        label = metric_label(self._model, name, language)
        columns = [Column(name=name, kind="metric", label=label, unit=unit, currency=shared)]
        if query.compare_to:
            columns += [
                Column(name=f"{name}_previous", kind="previous", label=label, unit=unit, currency=shared),
                Column(name=f"{name}_change", kind="change", label=label, unit="fraction"),
            ]
        return columns

    def _row(self, sound: Checked, found: DatabaseRow) -> Row:
        query = sound.query
        row: Row = {}
        if query.time.grain:
            row[query.time.grain] = cast("date", found[query.time.grain]).isoformat()
        for name in query.dimensions:
            row[name] = found[name]
        for name in query.metrics:
            for column in query.metric_columns(name):
                value = None if name in sound.missing else found[column]
                row[column] = self._cell(name, value, fraction=column.endswith("_change"))
        return row

    def _cell(self, name: MetricName, value: Decimal | int | None, *, fraction: bool) -> Cell:
        if value is None:
            return None
        metric = self._model.metrics[name]
        if fraction or metric.additivity == "ratio":
            return float(round(Decimal(value), 6))
        return float(round(Decimal(value), 2)) if metric.unit == "money" else int(value)


def _refuse_mixed_currency(found: list[dict[str, Any]], catalogue: Catalogue) -> None:
    """Amounts of several currencies have no sum. Every row knows the first and last currency of all of them."""
    first = found[0] if found else {}
    if first.get(CURRENCY_LOW) != first.get(CURRENCY_HIGH):
        names = [value.name for value in catalogue.of("currency")]
        raise Unsupported("mixed_currency", names=", ".join(names))


def _distinguished(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Campaigns of the same name told apart by their id."""
    ids: dict[str, set[str]] = {}
    for row in found:
        if row.get(CAMPAIGN_ID):
            ids.setdefault(row["campaign"], set()).add(row[CAMPAIGN_ID])
    return [
        {**row, "campaign": f"{row['campaign']} ({row[CAMPAIGN_ID]})"}
        if row.get(CAMPAIGN_ID) and len(ids[row["campaign"]]) > 1
        else row
        for row in found
    ]


def _data_as_of(catalogue: Catalogue) -> datetime | None:
    """The oldest of the last runs of the sources that facts come from."""
    sources = catalogue.facts.sources
    runs = [sources[name].last_run_at for name in catalogue.model.sources if name in sources]
    return min((run for run in runs if run), default=None)
