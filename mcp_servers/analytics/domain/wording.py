"""Names, numbers, periods and reasons in English and Spanish."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal

from mcp_servers.analytics.domain.model import (
    DimensionName,
    Format,
    Grain,
    Language,
    MetricName,
    SemanticModel,
    Unit,
)
from mcp_servers.analytics.domain.periods import Period, containing
from mcp_servers.analytics.errors import Topic

_LOCALE: dict[Language, str] = {"en": "en", "es": "es_419"}

_GRAINS: dict[Grain, dict[Language, str]] = {
    "date": {"en": "day", "es": "día"},
    "week": {"en": "week", "es": "semana"},
    "month": {"en": "month", "es": "mes"},
    "quarter": {"en": "quarter", "es": "trimestre"},
    "year": {"en": "year", "es": "año"},
}

REASONS: dict[Topic, dict[Language, str]] = {
    "unknown_words": {
        "en": "I do not understand {words}: no metric, dimension, period or value of the data has that name.",
        "es": "No entiendo {words}: ninguna métrica, dimensión, período ni valor de los datos se llama así.",
    },
    "unused_words": {
        "en": "I cannot account for {words} in this question, so I would be guessing.",
        "es": "No sé qué hacer con {words} en esta pregunta; responder sería adivinar.",
    },
    "absent_value": {
        "en": "There is no data for {dimension} {name}.",
        "es": "No hay datos de {dimension} {name}.",
    },
    "unknown_value": {
        "en": "There is no {dimension} named {name} in the data.",
        "es": "En los datos no hay {dimension} con el nombre {name}.",
    },
    "counting": {
        "en": "Counting {dimension} is not one of the metrics.",
        "es": "Contar {dimension} no es una de las métricas.",
    },
    "rank_within": {
        "en": "Ranking inside each {dimension} is not supported; ask for one {dimension} at a time.",
        "es": "No se puede ordenar dentro de cada {dimension}; pregunte por un solo valor a la vez.",
    },
    "rank_several": {
        "en": "I can rank by one thing at a time.",
        "es": "Solo puedo ordenar por un criterio a la vez.",
    },
    "rank_by_change": {
        "en": "Ranking by how much something changed is not supported; ask for the comparison of each.",
        "es": "No se puede ordenar por cuánto cambió algo; pida la comparación de cada uno.",
    },
    "rank_place": {
        "en": "One place of a ranking ({words}) cannot be asked for by itself; ask for the first {count}, in order.",
        "es": "No se puede pedir un solo lugar de una clasificación ({words}); pida los primeros {count}, en orden.",
    },
    "averaging": {
        "en": "Averages of totals are not among the metrics; the metrics that are averages are ratios such as {words}.",
        "es": "Los promedios de totales no están entre las métricas; las que promedian son razones como {words}.",
    },
    "several_grains": {
        "en": "I can cut by one unit of time at a time.",
        "es": "Solo puedo dividir por una unidad de tiempo a la vez.",
    },
    "several_periods": {
        "en": "The question names more periods than can be compared: one, or two.",
        "es": "La pregunta nombra más períodos de los que se pueden comparar: uno o dos.",
    },
    "not_by_dimension": {
        "en": "{metric} cannot be cut by {dimension}.",
        "es": "{metric} no se puede dividir por {dimension}.",
    },
    "no_data": {
        "en": "There is no data for {metric} yet.",
        "es": "Todavía no hay datos de {metric}.",
    },
    "outside_data": {
        "en": "There is no data for {metric} in that period ({period}); it goes from {first} to {last}.",
        "es": "No hay datos de {metric} en ese período ({period}); van del {first} al {last}.",
    },
    "outside_compared": {
        "en": "There is no data for {metric} to compare with ({period}); it goes from {first} to {last}.",
        "es": "No hay datos de {metric} con que comparar ({period}); van del {first} al {last}.",
    },
    "mixed_currency": {
        "en": "The amounts are in several currencies ({names}), which do not add up. Filter by one, cut by currency, or"
        " set a reporting currency to convert them to.",
        "es": "Los importes están en varias monedas ({names}), que no se suman. Filtre por una, divida por moneda o"
        " defina una moneda de informe a la que convertirlos.",
    },
    "rates_missing": {
        "en": "The amounts are in several currencies ({names}), and some have no rate to {currency}: {missing}. Add the"
        " rates, filter by one currency or cut by currency.",
        "es": "Los importes están en varias monedas ({names}) y algunos no tienen tipo de cambio a {currency}:"
        " {missing}. Agregue los tipos de cambio, filtre por una moneda o divida por moneda.",
    },
    "contradictory_filters": {
        "en": "The filters on {dimension} contradict each other: they ask for {names} and leave all of it out.",
        "es": "Los filtros de {dimension} se contradicen: piden {names} y lo dejan todo fuera.",
    },
    "share_of_ratio": {
        "en": "{metric} is a ratio, which does not add up to a total: it has no share. Ask for the share of spend,"
        " sales or another amount.",
        "es": "{metric} es una razón, que no suma un total: no tiene porcentaje del total. Pida el del gasto, las"
        " ventas u otra cantidad.",
    },
    "share_of_nothing": {
        "en": "A share of the total needs something to cut the total by: a dimension or a unit of time.",
        "es": "Un porcentaje del total necesita algo por lo que dividir el total: una dimensión o una unidad"
        " de tiempo.",
    },
    "which_metric": {
        "en": "Which metric do you mean?",
        "es": "¿Qué métrica quiere ver?",
    },
    "which_value": {
        "en": "Which {dimension} do you mean?",
        "es": "¿Qué {dimension} quiere ver?",
    },
    "did_you_mean": {
        "en": "I do not know {words}. Did you mean one of these?",
        "es": "No conozco {words}. ¿Quiso decir alguno de estos?",
    },
    "which_reading": {
        "en": "{name} is the name of several things. Which one?",
        "es": "{name} es el nombre de varias cosas. ¿Cuál?",
    },
    "which_period": {
        "en": "For which period?",
        "es": "¿De qué período?",
    },
    "two_periods": {
        "en": "You name two periods. What should be done with them?",
        "es": "Nombra dos períodos. ¿Qué se hace con ellos?",
    },
    "rank_by": {
        "en": "Ranked by which metric?",
        "es": "¿Ordenado por qué métrica?",
    },
    "rank_what": {
        "en": "What should be ranked?",
        "es": "¿Qué se ordena?",
    },
    "rank_direction": {
        "en": "Do you want the highest or the lowest {metric} first?",
        "es": "¿Primero el valor más alto o el más bajo de {metric}?",
    },
    "total_or_each": {
        "en": "In total, or for each {dimension}?",
        "es": "¿En total o por {dimension}?",
    },
    "amount_or_number": {
        "en": "The number of sales, or their amount?",
        "es": "¿El número de ventas o su importe?",
    },
    "several_metrics": {
        "en": "Do you want {first}, {second}, or both?",
        "es": "¿Quiere {first}, {second} o ambas?",
    },
    "joined_values": {
        "en": "Do you want {first} within {second}, or each by itself?",
        "es": "¿Quiere {first} dentro de {second}, o cada uno por su lado?",
    },
    "cut_by": {
        "en": "Broken down by what?",
        "es": "¿Desglosado por qué?",
    },
    "which_place": {
        "en": "By country or by region?",
        "es": "¿Por país o por región?",
    },
}


def reason(topic: Topic, facts: dict[str, str], language: Language) -> str:
    """A reason or a question back, in a language."""
    return REASONS[topic][language].format(**facts)


def quoted(texts: Sequence[str]) -> str:
    return ", ".join(f"“{text}”" for text in texts)


def joined(texts: Sequence[str], language: Language) -> str:
    """`a, b and c`."""
    conjunction = " and " if language == "en" else " y "
    return conjunction.join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)


def metric_label(model: SemanticModel, name: MetricName, language: Language) -> str:
    return model.metrics[name].label[language]


def dimension_label(model: SemanticModel, name: DimensionName, language: Language) -> str:
    return model.dimensions[name].label[language]


def grain_label(grain: Grain, language: Language) -> str:
    return _GRAINS[grain][language]


def day(value: date, language: Language) -> str:
    pattern = "d MMMM y" if language == "en" else "d 'de' MMMM 'de' y"
    return format_date(value, pattern, locale=_LOCALE[language])


def period(value: Period, language: Language) -> str:
    """`October 2026`, `1 to 15 October 2026` and the like."""
    locale = _LOCALE[language]
    if value == containing(value.start, "month"):
        return format_date(value.start, "MMMM y" if language == "en" else "MMMM 'de' y", locale=locale)
    if value == containing(value.start, "year"):
        return str(value.start.year)
    if value.start == value.end:
        return day(value.start, language)
    start = day(value.start, language)
    if value.start.year == value.end.year:
        same_month = value.start.month == value.end.month
        pattern = "d" if same_month else "d MMMM" if language == "en" else "d 'de' MMMM"
        start = format_date(value.start, pattern, locale=locale)
    return f"{start} to {day(value.end, language)}" if language == "en" else f"{start} al {day(value.end, language)}"


_BY_UNIT: dict[Unit, Format] = {
    "money": Format(style="currency", decimals=2, kept=2),
    "percent": Format(style="percent", decimals=2, kept=6),
    "ratio": Format(style="number", decimals=2, kept=6),
    "people": Format(style="number", decimals=0, kept=0, noun={"en": "people", "es": "personas"}),
    "count": Format(style="number", decimals=0, kept=0),
}


def number(
    value: float | Decimal | None, unit: Unit, currency: str | None, language: Language, written: Format | None = None
) -> str:
    """A value with its unit: `1,234.50 USD`, `2.35 %`, `3.20`, `12 people`; a value that does not exist is said so.

    `written` is how the model writes the metric; without it, the way that is usual for the unit.
    """
    if value is None:
        return "undefined (divided by zero)" if language == "en" else "indefinido (división por cero)"
    written = written or _BY_UNIT[unit]
    exact = Decimal(str(value)) * (100 if written.style == "percent" else 1)
    pattern = "#,##0." + "0" * written.decimals if written.decimals else "#,##0"
    figure = format_decimal(exact, pattern, locale=_LOCALE[language])
    match written.style:
        case "percent":
            return f"{figure} %"
        case "currency":
            return f"{figure} {currency}" if currency else figure
        case "number":
            return f"{figure} {written.noun[language]}" if written.noun else figure


def share(value: float | Decimal, language: Language) -> str:
    """A fraction of a total as a percentage."""
    return f"{format_decimal(Decimal(str(value)) * 100, '#,##0.0', locale=_LOCALE[language])} %"


def change(value: float, language: Language) -> str:
    """A fraction as a signed percentage."""
    return f"{format_decimal(Decimal(str(value)) * 100, '+#,##0.0;-#,##0.0', locale=_LOCALE[language])} %"
