"""What an anomaly report says in words."""

from mcp_servers.analytics.domain.model import Language, SemanticModel
from mcp_servers.analytics.domain.wording import change, day
from mcp_servers.analytics.insights.answers import Anomaly, AnomalyReport, LevelShift
from mcp_servers.analytics.insights.wording import Texts, during, figure, say

TOO_SHORT: Texts = {
    "history": {
        "en": "It takes {needed} days with data, in the period and the eight weeks before it, to know what is usual;"
        " there are {known}.",
        "es": "Hacen falta {needed} días con datos, en el período y las ocho semanas anteriores, para saber qué es lo"
        " habitual; hay {known}.",
    }
}
METHOD: Texts = {
    "method": {
        "en": "Each day against a running median of two weeks plus the effect of its weekday; it stands out from"
        " {threshold} robust standard deviations (1.4826 · MAD) on. Lasting changes: medians of the 10 days before and"
        " after. A series is judged from {needed} days with data on, and days that are over only.",
        "es": "Cada día frente a una mediana móvil de dos semanas más el efecto de su día de la semana; sobresale desde"
        " {threshold} desviaciones típicas robustas (1,4826 · MAD). Cambios duraderos: medianas de los 10 días"
        " anteriores y posteriores. Una serie se juzga desde {needed} días con datos, y solo en días terminados.",
    }
}
_TEXTS: Texts = {
    "none": {
        "en": "No day of {metric} stands out {during}.",
        "es": "Ningún día de {metric} sobresale {during}.",
    },
    "one": {
        "en": "1 day of {metric} stands out {during}: {first}.",
        "es": "1 día de {metric} sobresale {during}: {first}.",
    },
    "several": {
        "en": "{n} days of {metric} stand out {during}, most of all {first}.",
        "es": "{n} días de {metric} sobresalen {during}, sobre todo {first}.",
    },
    "first": {
        "en": "{day}{group} with {value}, where {low} to {high} would be usual",
        "es": "{day}{group} con {value}, cuando lo habitual sería de {low} a {high}",
    },
    "driver": {"en": " (mostly {value})", "es": " (sobre todo {value})"},
    "shift": {
        "en": "From {day} on{group}, a typical day went from {before} to {after}{fraction}.",
        "es": "Desde el {day}{group}, un día típico pasó de {before} a {after}{fraction}.",
    },
    "missing": {
        "en": "{n} days have no data: they were left out, not counted as zero.",
        "es": "{n} días no tienen datos: se dejaron fuera, no se contaron como cero.",
    },
    "missing_one": {
        "en": "1 day has no data: it was left out, not counted as zero.",
        "es": "1 día no tiene datos: se dejó fuera, no se contó como cero.",
    },
    "unattributed": {"en": "unattributed", "es": "sin atribuir"},
}


def report_sentence(report: AnomalyReport, model: SemanticModel, found: int) -> str:
    """How many days stand out, the one that does most, and the largest lasting change."""
    language = report.language
    facts = {"metric": report.label.lower(), "during": during(report.period, language) if report.period else ""}
    if not found:
        said = [say(_TEXTS, "none", language, **facts)]
    else:
        first = _first(report.anomalies[0], report, model)
        said = [say(_TEXTS, "one" if found == 1 else "several", language, n=found, first=first, **facts)]
    if report.level_shifts:
        largest = max(report.level_shifts, key=lambda shift: abs(shift.score))
        said.append(_shift(largest, report, model))
    if missing := len(report.missing_days):
        said.append(say(_TEXTS, "missing_one" if missing == 1 else "missing", language, n=missing))
    return " ".join(said)


def _first(one: Anomaly, report: AnomalyReport, model: SemanticModel) -> str:
    language = report.language
    facts = {
        name: figure(model, report.metric, value, report.currency, language)
        for name, value in (("value", one.value), ("low", one.interval.low), ("high", one.interval.high))
    }
    text = say(_TEXTS, "first", language, day=day(one.day, language), group=_group(one.group, language), **facts)
    if one.drivers:
        value = one.drivers[0].value or say(_TEXTS, "unattributed", language)
        text += say(_TEXTS, "driver", language, value=value)
    return text


def _shift(one: LevelShift, report: AnomalyReport, model: SemanticModel) -> str:
    language = report.language
    fraction = f" ({change(one.change_fraction, language)})" if one.change_fraction is not None else ""
    return say(
        _TEXTS,
        "shift",
        language,
        day=day(one.day, language),
        group=_group(one.group, language),
        before=figure(model, report.metric, one.before, report.currency, language),
        after=figure(model, report.metric, one.after, report.currency, language),
        fraction=fraction,
    )


def _group(group: dict[str, str | None], language: Language) -> str:
    if not group:
        return ""
    return f" ({' · '.join(value or say(_TEXTS, 'unattributed', language) for value in group.values())})"
