"""The sentence of an answer, built from its rows alone."""

from datetime import date
from typing import cast

from mcp_servers.analytics.domain.answer import Cell, Column, Row
from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.checks import Checked
from mcp_servers.analytics.domain.model import DimensionName, Language, MetricName
from mcp_servers.analytics.domain.periods import containing
from mcp_servers.analytics.domain.wording import (
    change,
    day,
    dimension_label,
    grain_label,
    joined,
    metric_label,
    number,
    reason,
)
from mcp_servers.analytics.domain.wording import period as period_words

_SHOWN = 5
_WORDS: dict[str, dict[Language, str]] = {
    "excluding": {"en": "excluding", "es": "sin"},
    "by": {"en": "by", "es": "por"},
    "highest": {
        "en": "the {key} with the highest {metric} was {winner}, with {figures}",
        "es": "el valor más alto de {metric} por {key} fue el de {winner}: {figures}",
    },
    "lowest": {
        "en": "the {key} with the lowest {metric} was {winner}, with {figures}",
        "es": "el valor más bajo de {metric} por {key} fue el de {winner}: {figures}",
    },
    "more": {"en": "and {n} more", "es": "y {n} más"},
    "nothing": {"en": "nothing is recorded for", "es": "no hay nada registrado de"},
    "unattributed": {"en": "unattributed", "es": "sin atribuir"},
    "against": {"en": "against", "es": "frente a"},
    "compared": {"en": ", compared with {period}", "es": ", comparado con {period}"},
    "covers": {"en": "The data covers {start} to {end}.", "es": "Los datos cubren del {start} al {end}."},
}


class Narrator:
    """Words one answer in one language."""

    def __init__(self, sound: Checked, catalogue: Catalogue, columns: tuple[Column, ...], language: Language) -> None:
        self._sound = sound
        self._query = sound.query
        self._metrics: list[MetricName] = [name for name in sound.query.metrics if name not in sound.missing]
        self._catalogue = catalogue
        self._language: Language = language
        self._currencies = {column.name: column.currency for column in columns}

    def sentence(self, rows: tuple[Row, ...], *, empty: bool) -> str:
        """The figures with unit, currency and period; says so where nothing is recorded or data is missing."""
        if empty:
            said = f"{self._say('nothing')} {self._metric_list()}"
        elif not self._keys:
            said = self._totals(rows[0])
        elif len(rows) == 1 and self._query.limit == 1 and self._query.order_by:
            said = self._winner(rows[0])
        else:
            said = self._listing(rows)
        compared = self._query.compared_period
        if compared and not empty:
            said += self._say("compared").format(period=period_words(compared, self._language))
        text = f"{self._when()}{self._where()}, {said}."
        return " ".join([text, *self._reservations()])

    def _reservations(self) -> list[str]:
        """What the figures do not tell: days and metrics without data."""
        said = [reason(why.topic, why.facts, self._language) for why in self._sound.missing.values()]
        if covered := self._sound.covered:
            start, end = day(covered.start, self._language), day(covered.end, self._language)
            said.append(self._say("covers").format(start=start, end=end))
        return said

    @property
    def _keys(self) -> tuple[str, ...]:
        grain = (self._query.time.grain,) if self._query.time.grain else ()
        return (*grain, *self._query.dimensions)

    def _say(self, word: str) -> str:
        return _WORDS[word][self._language]

    def _metric_list(self) -> str:
        labels = [metric_label(self._catalogue.model, name, self._language).lower() for name in self._metrics]
        return joined(labels, self._language)

    def _when(self) -> str:
        period = self._query.period
        if period is None:
            return ""
        words = period_words(period, self._language)
        whole = any(period == containing(period.start, unit) for unit in ("month", "year"))
        if period.start == period.end:
            return f"On {words}" if self._language == "en" else f"El {words}"
        if whole:
            return f"In {words}" if self._language == "en" else f"En {words}"
        return f"From {words}" if self._language == "en" else f"Del {words}"

    def _where(self) -> str:
        parts: list[str] = []
        for item in self._query.filters:
            names = [self._value_name(item.dimension, key) for key in item.values]
            label = dimension_label(self._catalogue.model, item.dimension, self._language)
            excluded = f"{self._say('excluding')} " if item.op == "not_in" else ""
            parts.append(f"{excluded}{label}: {', '.join(names)}")
        return f" ({'; '.join(parts)})" if parts else ""

    def _value_name(self, dimension: DimensionName, key: str) -> str:
        return next((value.name for value in self._catalogue.find(dimension, key) if value.key == key), key)

    def _totals(self, row: Row) -> str:
        if len(self._metrics) == 1:
            name = self._metrics[0]
            phrase = self._catalogue.model.metrics[name].sentence[self._language]
            return f"{phrase} {self._figure(name, row)}"
        return ", ".join(
            f"{metric_label(self._catalogue.model, name, self._language).lower()} {self._figure(name, row)}"
            for name in self._metrics
        )

    def _winner(self, row: Row) -> str:
        order = self._query.order_by[0]
        template = self._say("highest" if order.direction == "desc" else "lowest")
        ranked = cast("MetricName", order.field)
        return template.format(
            key=" · ".join(self._key_label(key) for key in self._keys),
            metric=metric_label(self._catalogue.model, ranked, self._language).lower(),
            winner=self._key_values(row),
            figures=self._figures(row),
        )

    def _listing(self, rows: tuple[Row, ...]) -> str:
        by = joined([self._key_label(key) for key in self._keys], self._language)
        shown = [f"{self._key_values(row)}: {self._figures(row)}" for row in rows[:_SHOWN]]
        if len(rows) > _SHOWN:
            shown.append(self._say("more").format(n=len(rows) - _SHOWN))
        return f"{self._metric_list()} {self._say('by')} {by}: {'; '.join(shown)}"

    def _figures(self, row: Row) -> str:
        return ", ".join(self._figure(name, row) for name in self._metrics)

    def _key_label(self, key: str) -> str:
        if key == self._query.time.grain and self._query.time.grain:
            return grain_label(self._query.time.grain, self._language)
        return dimension_label(self._catalogue.model, cast("DimensionName", key), self._language)

    def _key_values(self, row: Row) -> str:
        return " · ".join(self._key_value(key, row[key]) for key in self._keys)

    def _key_value(self, key: str, value: Cell) -> str:
        if value is None:
            return self._say("unattributed")
        if key == self._query.time.grain and self._query.time.grain:
            return period_words(containing(date.fromisoformat(str(value)), self._query.time.grain), self._language)
        return str(value)

    def _figure(self, name: MetricName, row: Row) -> str:
        unit = self._catalogue.model.metrics[name].unit
        currency = self._currencies.get(name) or cast("str | None", row.get("currency"))
        value = number(cast("float | None", row[name]), unit, currency, self._language)
        if self._query.compare_to is None:
            return value
        before = number(cast("float | None", row[f"{name}_previous"]), unit, currency, self._language)
        fraction = cast("float | None", row[f"{name}_change"])
        against = f"{self._say('against')} {before}"
        return (
            f"{value} ({change(fraction, self._language)} {against})"
            if fraction is not None
            else f"{value} ({against})"
        )
