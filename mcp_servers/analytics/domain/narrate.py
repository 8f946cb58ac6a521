"""The sentence of an answer, built from its rows alone."""

from datetime import date
from typing import cast

from mcp_servers.analytics.domain.answer import Cell, Row
from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.checks import Checked
from mcp_servers.analytics.domain.model import DimensionName, Grain, Language, MetricName
from mcp_servers.analytics.domain.periods import containing
from mcp_servers.analytics.domain.table import Table
from mcp_servers.analytics.domain.wording import (
    change,
    day,
    dimension_label,
    grain_label,
    joined,
    metric_label,
    number,
    reason,
    share,
)
from mcp_servers.analytics.domain.wording import period as period_words

_SHOWN = 5
_SHARES = 12
"""Shares that are named: a question after one of them (`how much of it was TikTok's?`) is answered by all."""
_WINNERS = 20
"""How many that share the first place are named: all of them, unless nothing tells anything apart."""
_FILTERED = 10
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
    "tied_highest": {
        "en": "several share the highest {metric} by {key}: {winners}",
        "es": "varios comparten el valor más alto de {metric} por {key}: {winners}",
    },
    "tied_lowest": {
        "en": "several share the lowest {metric} by {key}: {winners}",
        "es": "varios comparten el valor más bajo de {metric} por {key}: {winners}",
    },
    "last_tied": {
        "en": "The last place is shared, so there are more rows than asked for.",
        "es": "El último puesto está empatado, por eso hay más filas de las pedidas.",
    },
    "others": {"en": "and others", "es": "y otros"},
    "nothing": {"en": "nothing is recorded for", "es": "no hay nada registrado de"},
    "unattributed": {"en": "unattributed", "es": "sin atribuir"},
    "against": {"en": "against", "es": "frente a"},
    "of_total": {"en": "{share} of the total", "es": "{share} del total"},
    "of_unit": {"en": "{share} of the {unit}'s total", "es": "{share} del total de su {unit}"},
    "compared": {"en": ", compared with {period}", "es": ", comparado con {period}"},
    "covers": {"en": "The data covers {start} to {end}.", "es": "Los datos cubren del {start} al {end}."},
    "overlapping": {
        "en": "{metric} adds up days, places and campaigns, so it may count the same people more than once.",
        "es": "{metric} suma días, lugares y campañas, por lo que puede contar a las mismas personas más de una vez.",
    },
    "converted": {
        "en": "Amounts in several currencies were converted to {currency} at dated rates.",
        "es": "Los importes en varias monedas se convirtieron a {currency} con tipos de cambio por fecha.",
    },
    "_change": {"en": "change of {metric}", "es": "cambio de {metric}"},
    "_previous": {"en": "{metric} before", "es": "{metric} anterior"},
    "_share": {"en": "share of {metric}", "es": "porcentaje de {metric}"},
    "_share_previous": {"en": "share of {metric} before", "es": "porcentaje de {metric} anterior"},
}


class Narrator:
    """Words one answer in one language."""

    def __init__(self, sound: Checked, catalogue: Catalogue, shown: Table, language: Language) -> None:
        self._sound = sound
        self._query = sound.query
        self._metrics: list[MetricName] = [name for name in sound.query.metrics if name not in sound.missing]
        self._catalogue = catalogue
        self._model = catalogue.model
        self._language: Language = language
        self._shown = shown
        self._rows = shown.rows
        self._currencies = {column.name: column.currency for column in shown.columns}

    def sentence(self) -> str:
        """The figures with unit, currency and period; says so where nothing is recorded or data is missing."""
        said = self._said()
        compared = self._query.compared_period
        if compared and not self._shown.empty:
            said += self._say("compared").format(period=period_words(compared, self._language))
        text = f"{self._when()}{self._where()}, {said}."
        return " ".join([text, *self._reservations()])

    def _said(self) -> str:
        if self._shown.empty:
            return f"{self._say('nothing')} {self._metric_list()}"
        if not self._query.keys:
            return self._totals(self._rows[0])
        if self._query.limit == 1 and self._ranked_column():
            return self._winner(self._rows[0]) if len(self._rows) == 1 else self._winners()
        return self._listing()

    def _reservations(self) -> list[str]:
        """What the figures do not tell: days and metrics without data, people counted twice, amounts converted."""
        said = [reason(why.topic, why.facts, self._language) for why in self._sound.missing.values()]
        if covered := self._sound.covered:
            start, end = day(covered.start, self._language), day(covered.end, self._language)
            said.append(self._say("covers").format(start=start, end=end))
        if self._shown.empty:
            return said
        limit = self._query.limit
        if limit is not None and limit > 1 and len(self._rows) > limit:
            said.append(self._say("last_tied"))
        for name in self._shown.overlapping:
            label = metric_label(self._model, name, self._language)
            said.append(self._say("overlapping").format(metric=label))
        converted = next((column.currency for column in self._shown.columns if column.converted), None)
        if converted:
            said.append(self._say("converted").format(currency=converted))
        return said

    def _say(self, word: str) -> str:
        return _WORDS[word][self._language]

    def _label(self, name: MetricName) -> str:
        return metric_label(self._model, name, self._language).lower()

    def _metric_list(self) -> str:
        return joined([self._label(name) for name in self._metrics], self._language)

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
            names = [self._value_name(item.dimension, key) for key in item.values[:_FILTERED]]
            if len(item.values) > _FILTERED:
                names.append(self._say("others"))
            label = dimension_label(self._model, item.dimension, self._language)
            excluded = f"{self._say('excluding')} " if item.op == "not_in" else ""
            parts.append(f"{excluded}{label}: {', '.join(names)}")
        return f" ({'; '.join(parts)})" if parts else ""

    def _value_name(self, dimension: DimensionName, key: str) -> str:
        return next((value.name for value in self._catalogue.find(dimension, key) if value.key == key), key)

    def _totals(self, row: Row) -> str:
        if len(self._metrics) == 1:
            name = self._metrics[0]
            return f"{self._model.metrics[name].sentence[self._language]} {self._figure(name, row)}"
        return ", ".join(f"{self._label(name)} {self._figure(name, row)}" for name in self._metrics)

    def _ranked_column(self) -> str | None:
        """What the rows are ranked by, when it is a figure: `spend`, `change of spend`."""
        if not self._query.order_by:
            return None
        field = self._query.order_by[0].field
        metric = next((name for name in self._metrics if field in self._query.metric_columns(name)), None)
        if metric is None:
            return None
        suffix = field.removeprefix(metric)
        return self._say(suffix).format(metric=self._label(metric)) if suffix else self._label(metric)

    def _winner(self, row: Row) -> str:
        template = self._say("highest" if self._query.order_by[0].direction == "desc" else "lowest")
        return template.format(
            key=" · ".join(map(self._key_label, self._query.keys)),
            metric=self._ranked_column(),
            winner=self._key_values(row),
            figures=self._figures(row),
        )

    def _winners(self) -> str:
        template = self._say("tied_highest" if self._query.order_by[0].direction == "desc" else "tied_lowest")
        key = " · ".join(map(self._key_label, self._query.keys))
        return template.format(key=key, metric=self._ranked_column(), winners=self._listed(_WINNERS))

    def _listing(self) -> str:
        by = joined([self._key_label(key) for key in self._query.keys], self._language)
        shares = self._query.share_of_total and len(self._query.keys) == 1
        listed = self._listed(_SHARES if shares else _SHOWN)
        return f"{self._metric_list()} {self._say('by')} {by}: {listed}"

    def _listed(self, most: int) -> str:
        shown = [f"{self._key_values(row)}: {self._figures(row)}" for row in self._rows[:most]]
        if len(self._rows) > most:
            shown.append(self._say("others"))
        return "; ".join(shown)

    def _figures(self, row: Row) -> str:
        return ", ".join(self._figure(name, row) for name in self._metrics)

    def _key_label(self, key: str) -> str:
        if key == self._query.time.grain and self._query.time.grain:
            return grain_label(self._query.time.grain, self._language)
        return dimension_label(self._model, key, self._language)

    def _key_values(self, row: Row) -> str:
        return " · ".join(self._key_value(key, row[key]) for key in self._query.keys)

    def _key_value(self, key: str, value: Cell) -> str:
        if value is None:
            return self._say("unattributed")
        if key == self._query.time.grain and self._query.time.grain:
            return self._unit(date.fromisoformat(str(value)), self._query.time.grain)
        return str(value)

    def _unit(self, first: date, grain: Grain) -> str:
        return period_words(containing(first, grain, self._model.time.week_start), self._language)

    def _figure(self, name: MetricName, row: Row) -> str:
        value = self._number(name, name, row)
        beside = [words for words in (self._compared(name, row), self._share(name, row)) if words]
        return f"{value} ({'; '.join(beside)})" if beside else value

    def _number(self, name: MetricName, column: str, row: Row) -> str:
        unit = self._model.metrics[name].unit
        currency = self._currencies.get(name) or cast("str | None", row.get("currency"))
        written = self._model.format_of(name)
        return number(cast("float | None", row[column]), unit, currency, self._language, written)

    def _compared(self, name: MetricName, row: Row) -> str:
        if self._query.compare_to is None:
            return ""
        fraction = cast("float | None", row[f"{name}_change"])
        against = f"{self._say('against')} {self._number(name, f'{name}_previous', row)}"
        return f"{change(fraction, self._language)} {against}" if fraction is not None else against

    def _share(self, name: MetricName, row: Row) -> str:
        if not self._query.share_of_total:
            return ""
        now, before = (cast("float | None", row.get(f"{name}_share{suffix}")) for suffix in ("", "_previous"))
        if now is None:
            return ""
        grain = self._query.time.grain
        if grain and self._query.dimensions:
            unit = grain_label(grain, self._language)
            said = self._say("of_unit").format(share=share(now, self._language), unit=unit)
        else:
            said = self._say("of_total").format(share=share(now, self._language))
        return f"{said} {self._say('against')} {share(before, self._language)}" if before is not None else said
