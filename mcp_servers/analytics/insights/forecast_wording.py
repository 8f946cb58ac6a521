"""What a forecast says in words."""

from babel.numbers import format_decimal

from mcp_servers.analytics.domain.model import Language, SemanticModel
from mcp_servers.analytics.insights.answers import MetricForecast
from mcp_servers.analytics.insights.wording import Texts, during, figure, say

REFUSALS: Texts = {
    "short": {
        "en": "To forecast {horizon} days of {metric} takes {needed} days of history; there are {known}.",
        "es": "Para pronosticar {horizon} días de {metric} hacen falta {needed} días de historia; hay {known}.",
    },
    "ended": {
        "en": "There is no data for {metric} after {day}: nothing goes on that could be forecast.",
        "es": "No hay datos de {metric} después del {day}: no continúa nada que se pueda pronosticar.",
    },
    "holes": {
        "en": "{missing} of the {days} days of history of {metric} have no data; at most one in five may be filled in.",
        "es": "{missing} de los {days} días de historia de {metric} no tienen datos; se puede completar a lo sumo uno"
        " de cada cinco.",
    },
    "constant": {
        "en": "{metric} never changed in its history, or has nothing to divide by: there is nothing to forecast from.",
        "es": "{metric} nunca cambió en su historia, o no tiene por qué dividirse: no hay de dónde pronosticar.",
    },
}
_TEXTS: Texts = {
    "total": {
        "en": "The forecast of {metric} {during} is {total}{overall}, and between {low} and {high} with {level} %"
        " probability.",
        "es": "El pronóstico de {metric} {during} es {total}{overall}, y entre {low} y {high} con {level} % de"
        " probabilidad.",
    },
    "overall": {"en": " in total", "es": " en total"},
    "tried": {
        "en": "On {days} past days hidden from it, the error was {mase} times that of repeating the week before, and"
        " {coverage} % of the days lay in the {level} % interval.",
        "es": "En {days} días pasados que se le ocultaron, el error fue {mase} veces el de repetir la semana previa, y"
        " el {coverage} % de los días cayó en el intervalo del {level} %.",
    },
    "filled": {
        "en": "{n} days of the history had no data and were filled in.",
        "es": "{n} días de la historia no tenían datos y se completaron.",
    },
    "method": {
        "en": "For each measure of the formula the model that was least off on hidden past days, of: repeating last"
        " week, weekday means, exponential smoothing (Holt-Winters) without and with a damped trend; on square roots."
        " Intervals are quantiles of 1,000 simulated futures that draw past surprises, the same day's for all"
        " measures; a ratio is that of the simulated sums.",
        "es": "Para cada medida de la fórmula, el modelo que menos erró en días pasados ocultos, entre: repetir la"
        " última semana, medias por día de la semana y suavizado exponencial (Holt-Winters) sin tendencia y con"
        " tendencia amortiguada; sobre raíces cuadradas. Los intervalos son cuantiles de 1.000 futuros simulados con"
        " las sorpresas pasadas, las del mismo día para todas las medidas; una razón es la de las sumas simuladas.",
    },
}


def method(language: Language) -> str:
    return say(_TEXTS, "method", language)


def forecast_sentence(answer: MetricForecast, model: SemanticModel) -> str:
    """The horizon's total with its interval, and how good such forecasts were."""
    language = answer.language
    level, interval = next(iter(answer.total_intervals.items()))
    worded = {
        name: figure(model, answer.metric, value, answer.currency, language)
        for name, value in (("total", answer.total), ("low", interval.low), ("high", interval.high))
    }
    ratio = model.metrics[answer.metric].additivity == "ratio"
    said = [
        say(
            _TEXTS,
            "total",
            language,
            during=during(answer.horizon, language) if answer.horizon else "",
            metric=answer.label.lower(),
            overall="" if ratio else say(_TEXTS, "overall", language),
            level=level,
            **worded,
        )
    ]
    tried = answer.back_test
    if tried is not None and tried.mase is not None:
        said.append(
            say(
                _TEXTS,
                "tried",
                language,
                days=tried.days,
                mase=_number(tried.mase, "0.00", language),
                coverage=_number(100 * tried.coverage[level], "0", language),
                level=level,
            )
        )
    if answer.filled_days:
        said.append(say(_TEXTS, "filled", language, n=answer.filled_days))
    return " ".join(said)


def _number(value: float, pattern: str, language: Language) -> str:
    return format_decimal(value, pattern, locale="en" if language == "en" else "es_419")
