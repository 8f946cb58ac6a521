"""A grammar of questions, with the right answer of each known by construction: to find what the suite's own do not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from evals.analytics.gold import Market
from evals.analytics.questions import Language, Question, span
from evals.analytics.specs import Span, Spec
from evals.analytics.worlds import World

Bilingual = Mapping[Language, Sequence[str]]

METRICS: Mapping[str, Bilingual] = {
    "spend": {
        "en": ["spend", "ad spend", "investment", "advertising cost"],
        "es": ["gasto", "inversión", "gasto publicitario", "costo"],
    },
    "impressions": {"en": ["impressions", "number of impressions"], "es": ["impresiones", "número de impresiones"]},
    "clicks": {"en": ["clicks", "number of clicks"], "es": ["clics", "cantidad de clics"]},
    "conversions": {"en": ["conversions"], "es": ["conversiones", "número de conversiones"]},
    "reach": {"en": ["reach"], "es": ["alcance"]},
    "leads": {"en": ["leads", "new leads", "prospects"], "es": ["leads", "prospectos", "nuevos leads"]},
    "sales": {"en": ["number of sales", "sales", "orders"], "es": ["ventas", "número de ventas", "pedidos"]},
    "revenue": {"en": ["revenue", "income", "sales revenue"], "es": ["ingresos", "facturación", "ingresos por ventas"]},
    "ctr": {"en": ["CTR", "click-through rate"], "es": ["CTR", "tasa de clics"]},
    "cpc": {"en": ["CPC", "cost per click", "average CPC"], "es": ["CPC", "costo por clic", "coste por clic"]},
    "cpm": {"en": ["CPM", "cost per thousand impressions"], "es": ["CPM", "costo por mil impresiones"]},
    "conversion_rate": {"en": ["conversion rate"], "es": ["tasa de conversión"]},
    "cpl": {"en": ["CPL", "cost per lead"], "es": ["CPL", "costo por lead"]},
    "cac": {"en": ["CAC", "customer acquisition cost"], "es": ["CAC", "costo de adquisición de clientes"]},
    "average_order_value": {
        "en": ["average order value", "AOV"],
        "es": ["ticket promedio", "valor promedio del pedido"],
    },
    "roas": {"en": ["ROAS", "return on ad spend"], "es": ["ROAS", "retorno de la inversión publicitaria"]},
    "roi": {"en": ["ROI", "return on investment"], "es": ["ROI", "retorno de la inversión"]},
}
FEMININE = {"gasto", "costo", "coste", "alcance", "ticket", "valor", "retorno", "número", "CTR", "CPC", "CPM", "CPL",
            "CAC", "ROAS", "ROI"}  # fmt: skip
BETTER_LOW = {"cpc", "cpm", "cpl", "cac"}
GOOD_HIGH = set(METRICS) - BETTER_LOW - {"spend"}
NOUNS: Mapping[str, Mapping[Language, tuple[str, str]]] = {
    "client": {"en": ("client", "clients"), "es": ("cliente", "clientes")},
    "product": {"en": ("product", "products"), "es": ("producto", "productos")},
    "campaign": {"en": ("campaign", "campaigns"), "es": ("campaña", "campañas")},
    "platform": {"en": ("platform", "platforms"), "es": ("plataforma", "plataformas")},
    "channel": {"en": ("channel", "channels"), "es": ("canal", "canales")},
    "country": {"en": ("country", "countries"), "es": ("país", "países")},
    "region": {"en": ("region", "regions"), "es": ("región", "regiones")},
    "audience": {"en": ("audience", "audiences"), "es": ("audiencia", "audiencias")},
}
_FEMALE = {"campaign", "platform", "region", "audience"}
_FILTERS: Mapping[str, Bilingual] = {
    "client": {"en": ["for {}", "of {}", "for client {}"], "es": ["de {}", "para {}", "del cliente {}"]},
    "product": {"en": ["for {}", "of the product {}"], "es": ["de {}", "del producto {}"]},
    "campaign": {"en": ["for the campaign {}", "from campaign {}", "for the {} campaign"],
                 "es": ["de la campaña {}", "en la campaña {}"]},
    "platform": {"en": ["on {}", "from {}", "through {}"], "es": ["en {}", "de {}", "a través de {}"]},
    "channel": {"en": ["via {}", "on the {} channel"], "es": ["por {}", "en el canal {}"]},
    "country": {"en": ["in {}", "from {}"], "es": ["en {}", "de {}"]},
    "region": {"en": ["in {}", "in the region of {}"], "es": ["en {}", "en la región de {}"]},
    "audience": {"en": ["for the audience {}", "among {}"], "es": ["de la audiencia {}", "para {}"]},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Said:
    words: str
    spec: Spec


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Makes the parts of questions in one language about one market."""

    world: World
    market: Market
    random: Random
    language: Language

    def metric(self, among: Sequence[str] = tuple(METRICS)) -> tuple[str, str]:
        name = self.random.choice(among)
        return name, self.random.choice(METRICS[name][self.language])

    def period(self) -> tuple[str, Span | None]:
        words, days = self.random.choice(_periods(self.world.as_of)[self.language])
        return words, days

    def filter(self) -> tuple[str, str, str]:
        """A dimension, the value as a filter holds it, and how it is said."""
        dimension = self.random.choice(list(_FILTERS))
        key, name = self.value(dimension)
        return dimension, key, self.random.choice(_FILTERS[dimension][self.language]).format(name)

    def value(self, dimension: str) -> tuple[str, str]:
        if dimension == "campaign":
            once = [(key, name) for key, name in self.market.names.items() if self._is_clear(name)]
            return self.random.choice(once)
        name = self.random.choice(self.market.values(dimension))
        return name, name

    def _is_clear(self, name: str) -> bool:
        return list(self.market.names.values()).count(name) == 1

    def noun(self, dimension: str, *, plural: bool = False) -> str:
        return NOUNS[dimension][self.language][plural]


def paraphrases(world: World, market: Market, seed: int, count: int) -> list[Question]:
    """So many questions about a market, half of them Spanish; the same ones for the same seed."""
    random = Random(f"questions {world.name} {seed}")
    kinds: Sequence[tuple[str, Callable[[_Speaker], _Said]]] = (
        ("totals", _total),
        ("breakdowns", _breakdown),
        ("rankings", _ranking),
        ("rankings", _superlative),
        ("exclusions", _exclusion),
        ("changes", _change),
        ("changes", _values_compared),
        ("shares", _share),
        ("shares", _part),
    )
    made: list[Question] = []
    for number in range(count):
        language: Language = "en" if number % 2 else "es"
        kind, make = kinds[number // 2 % len(kinds)]
        said = make(_Speaker(world, market, random, language))
        words = _varied(said.words, random)
        made.append(Question(world.name, f"made_{kind}", language, words, said.spec))
    return made


def _varied(words: str, random: Random) -> str:
    """The same words as different people type them."""
    plain = words.translate(str.maketrans("áéíóúÁÉÍÓÚ¿", "aeiouAEIOU ")).strip()
    forms = (words, words, words, words.lower(), plain, words.rstrip("?"), words.upper())
    return random.choice(forms)


_TOTALS: Bilingual = {
    "en": ["{m} {f} {p}", "What was the {m} {f} {p}?", "What's our {m} {f} {p}?", "show me the {m} {f} {p}",
           "{p}, what was the {m} {f}?", "Give me {m} {p} {f}", "I need the {m} {f} {p}", "{m} {p} {f}",
           "Can you tell me the {m} {f} {p}?", "what is the total {m} {p} {f}"],
    "es": ["{m} {f} {p}", "¿Cuál fue {a} {m} {f} {p}?", "muéstrame {a} {m} {f} {p}", "dame {a} {m} {p} {f}",
           "{p}, ¿cuál fue {a} {m} {f}?", "Necesito {a} {m} {f} {p}", "quiero saber {a} {m} {f} {p}", "{m} {p} {f}",
           "¿Me puedes decir {a} {m} {f} {p}?", "¿cuál es {a} {m} total {f} {p}?"],
}  # fmt: skip


def _total(speaker: _Speaker) -> _Said:
    metric, named = speaker.metric()
    dimension, key, said = speaker.filter()
    when, days = speaker.period()
    words = _fill(speaker, _TOTALS, m=named, f=said, p=when)
    return _Said(words, Spec((metric,), within={dimension: (key,)}, time=days))


_BREAKDOWNS: Bilingual = {
    "en": ["{m} by {d} {p}", "{m} per {d} {p} {f}", "{m} for each {d} {f} {p}", "What was the {m} by {d} {f} {p}?",
           "Break down {m} by {d} {p}", "show {m} {f} by {d} {p}", "{m} split by {d} {f} {p}",
           "{p}, {m} by {d} {f}"],
    "es": ["{m} por {d} {p}", "{m} por {d} {f} {p}", "{m} de cada {d} {p}", "¿Cuál fue {a} {m} por {d} {f} {p}?",
           "Desglosa {a} {m} por {d} {p}", "muestra {a} {m} {f} por {d} {p}", "{m} según {d} {f} {p}",
           "{p}, {m} por {d} {f}"],
}  # fmt: skip


def _breakdown(speaker: _Speaker) -> _Said:
    metric, named = speaker.metric()
    dimension, key, said = speaker.filter()
    by = speaker.random.choice([name for name in NOUNS if name != dimension])
    when, days = speaker.period()
    template = speaker.random.choice(_BREAKDOWNS[speaker.language])
    words = _fill(speaker, {speaker.language: [template]}, m=named, f=said, p=when, d=speaker.noun(by))
    within = {dimension: (key,)} if "{f}" in template else {}
    return _Said(words, Spec((metric,), by=(by,), within=within, time=days))


_TOPS: Bilingual = {
    "en": ["top {n} {ds} by {m} {p}", "the {n} best {ds} by {m} {p}", "What are the {n} best {ds} in terms of {m} {p}?",
           "{n} {ds} with the best {m} {p}", "best {n} {ds} by {m} {p}"],
    "es": ["las {n} mejores {ds} por {m} {p}", "¿Cuáles son las {n} mejores {ds} en {m} {p}?",
           "las {n} {ds} con mejor {m} {p}", "top {n} de {ds} por {m} {p}"],
}  # fmt: skip
_SMALL: Mapping[Language, Mapping[int, str]] = {
    "en": {2: "two", 3: "three", 5: "five"},
    "es": {2: "dos", 3: "tres", 5: "cinco"},
}


def _ranking(speaker: _Speaker) -> _Said:
    metric, named = speaker.metric(sorted(GOOD_HIGH))
    by = speaker.random.choice(list(NOUNS))
    when, days = speaker.period()
    n = speaker.random.choice([2, 3, 5])
    number = speaker.random.choice([str(n), _SMALL[speaker.language][n]])
    words = _fill(speaker, _TOPS, m=named, p=when, ds=speaker.noun(by, plural=True), n=number)
    if by not in _FEMALE:
        words = words.replace("las ", "los ")
    return _Said(words, Spec((metric,), by=(by,), time=days, order=f"-{metric}", limit=n))


_MOST: Bilingual = {
    "en": ["Which {d} had the {s} {m} {p}?", "{d} with the {s} {m} {p}", "What {d} got the {s} {m} {f} {p}?",
           "the {d} with the {s} {m} {f} {p}", "{p}, which {d} had the {s} {m}?"],
    "es": ["¿Qué {d} tuvo {a} {s} {m} {p}?", "{d} con {a} {s} {m} {p}", "¿Cuál {d} tuvo {a} {s} {m} {f} {p}?",
           "{p}, ¿qué {d} tuvo {a} {s} {m}?"],
}  # fmt: skip


def _superlative(speaker: _Speaker) -> _Said:
    metric, named = speaker.metric()
    dimension, key, said = speaker.filter()
    by = speaker.random.choice([name for name in NOUNS if name != dimension])
    when, days = speaker.period()
    high = speaker.random.random() < 0.5
    singular, several = {"en": (("highest", "lowest"),) * 2, "es": (("mayor", "menor"), ("mayores", "menores"))}[
        speaker.language
    ]
    spanish_plural = speaker.language == "es" and named.split()[0].endswith("s") and not named.isupper()
    superlative = (several if spanish_plural else singular)[0 if high else 1]
    template = speaker.random.choice(_MOST[speaker.language])
    words = _fill(speaker, {speaker.language: [template]}, m=named, f=said, p=when, d=speaker.noun(by), s=superlative)
    within = {dimension: (key,)} if "{f}" in template else {}
    order = f"-{metric}" if high else metric
    return _Said(words, Spec((metric,), by=(by,), within=within, time=days, order=order, limit=1))


_EXCEPT: Bilingual = {
    "en": ["{m} {p} excluding {v}", "{m} excluding {v} {p}", "{m} {p} except {v}", "{m} without {v} {p}",
           "What was the {m} {p}, not counting {v}?", "{m} by {d} {p} excluding {v}", "{m} by {d} {p} other than {v}"],
    "es": ["{m} {p} excluyendo {v}", "{m} sin contar {v} {p}", "{m} {p} excepto {v}", "{m} sin {v} {p}",
           "¿Cuál fue {a} {m} {p}, sin incluir {v}?", "{m} por {d} {p} salvo {v}"],
}  # fmt: skip


def _exclusion(speaker: _Speaker) -> _Said:
    metric, named = speaker.metric()
    dimension = speaker.random.choice(["country", "platform", "client", "channel", "product", "audience"])
    key, name = speaker.value(dimension)
    when, days = speaker.period()
    by = speaker.random.choice(["country", "platform", "client"])
    template = speaker.random.choice(_EXCEPT[speaker.language])
    words = _fill(speaker, {speaker.language: [template]}, m=named, p=when, v=name, d=speaker.noun(by))
    cut = (by,) if "{d}" in template else ()
    return _Said(words, Spec((metric,), by=cut, without={dimension: (key,)}, time=days))


_CHANGES: Bilingual = {
    "en": ["{m} in {b} vs {a}", "How did {m} change from {a} to {b}?", "{m} in {b} compared to {a}",
           "compare {m} in {b} with {a}", "{m} {f} in {b} versus {a}", "{m} by {d} in {b} compared with {a}",
           "How did {m} {f} change in {b} compared to {a}?", "change in {m} from {a} to {b}"],
    "es": ["{m} de {b} vs {a}", "{m} en {b} comparado con {a}", "compara {art} {m} de {b} con {a}",
           "{m} {f} en {b} frente a {a}", "{m} por {d} en {b} comparado con {a}", "{m} en {b} respecto a {a}",
           "¿Cómo cambió {art} {m} de {a} a {b}?", "variación de {m} de {a} a {b}"],
}  # fmt: skip


def _change(speaker: _Speaker) -> _Said:
    metric, named = speaker.metric()
    dimension, key, said = speaker.filter()
    by = speaker.random.choice(["platform", "country", "client"])
    first, last = speaker.random.choice(_months_apart(speaker.world.as_of))
    template = speaker.random.choice(_CHANGES[speaker.language])
    names = [_month_name(month, speaker.language) for month in (first, last)]
    words = template.format(
        m=named, f=said, d=speaker.noun(by), a=names[0], b=names[1], art=_article(named) if "{art}" in template else ""
    )
    spec = Spec((metric,), time=_month(last), versus=_month(first))
    if "{f}" in template:
        spec = replace(spec, within={dimension: (key,)})
    if "{d}" in template:
        spec = replace(spec, by=(by,))
    return _Said(" ".join(words.split()), spec)


_COMPARED: Bilingual = {
    "en": ["Compare {m} of {v} and {w} {p}", "{v} vs {w}: {m} {p}", "{m} {p}: {v} versus {w}", "{m} of {v} vs {w} {p}"],
    "es": ["Compara {a} {m} de {v} y {w} {p}", "{v} vs {w}: {m} {p}", "{m} {p}: {v} contra {w}",
           "{m} de {v} vs {w} {p}"],
}  # fmt: skip


def _values_compared(speaker: _Speaker) -> _Said:
    metric, named = speaker.metric()
    dimension = speaker.random.choice(["country", "platform", "client", "channel"])
    values = speaker.random.sample(speaker.market.values(dimension), 2)
    when, days = speaker.period()
    words = _fill(speaker, _COMPARED, m=named, v=values[0], w=values[1], p=when)
    return _Said(words, Spec((metric,), by=(dimension,), within={dimension: tuple(values)}, time=days))


ADDING = ("spend", "impressions", "clicks", "conversions", "leads", "sales", "revenue")
_SHARES: Bilingual = {
    "en": ["share of {m} by {d} {p}", "{m} by {d} {p} as a percentage of the total", "percentage of {m} by {d} {f} {p}",
           "What share of {m} did each {d} get {p}?", "% of {m} by {d} {f} {p}", "distribution of {m} by {d} {p}"],
    "es": ["porcentaje de {a} {m} por {d} {p}", "participación en {a} {m} por {d} {f} {p}",
           "distribución de {a} {m} por {d} {p}", "{m} por {d} {p} como porcentaje del total",
           "¿Qué proporción de {a} {m} tuvo cada {d} {f} {p}?", "reparto de {a} {m} por {d} {p}"],
}  # fmt: skip


def _share(speaker: _Speaker) -> _Said:
    metric, named = speaker.metric(ADDING)
    dimension, key, said = speaker.filter()
    by = speaker.random.choice([name for name in NOUNS if name != dimension])
    when, days = speaker.period()
    template = speaker.random.choice(_SHARES[speaker.language])
    words = _fill(speaker, {speaker.language: [template]}, m=named, f=said, p=when, d=speaker.noun(by))
    within = {dimension: (key,)} if "{f}" in template else {}
    return _Said(_contracted(words), Spec((metric,), by=(by,), within=within, time=days, share=True))


_PARTS: Bilingual = {
    "en": ["What percentage of {m} came from {v} {p}?", "what share of {m} went to {v} {p}", "{v} share of {m} {p}",
           "What percentage of {m} does {v} account for {p}?", "{p}, what share of {m} was from {v}?"],
    "es": ["¿Qué porcentaje de {a} {m} fue de {v} {p}?", "participación de {v} en {a} {m} {p}",
           "¿Qué parte de {a} {m} proviene de {v} {p}?", "{p}, ¿qué porcentaje de {a} {m} representa {v}?"],
}  # fmt: skip


def _part(speaker: _Speaker) -> _Said:
    metric, named = speaker.metric(ADDING)
    dimension = speaker.random.choice(["country", "platform", "client", "channel"])
    _, name = speaker.value(dimension)
    when, days = speaker.period()
    words = _fill(speaker, _PARTS, m=named, v=name, p=when)
    return _Said(_contracted(words), Spec((metric,), by=(dimension,), time=days, share=True))


def _contracted(words: str) -> str:
    return words.replace(" de el ", " del ")


def _fill(speaker: _Speaker, templates: Bilingual, **parts: str) -> str:
    template = speaker.random.choice(templates[speaker.language])
    words = template.format(**parts, a=_article(parts["m"]))
    return " ".join(words.replace(" ,", ",").split())


def _article(named: str) -> str:
    first = named.split(maxsplit=1)[0]
    if first in FEMININE:
        return "el"
    if first.endswith("s"):
        feminine = first in {"impresiones", "conversiones", "ventas"}
        return "las" if feminine else "los"
    return "la"


def _periods(as_of: date) -> Mapping[Language, Sequence[tuple[str, Span | None]]]:
    first = as_of.replace(day=1)
    last_month = _month(first - timedelta(days=1))
    earlier = _month(last_month.first - timedelta(days=1))
    monday = as_of - timedelta(days=as_of.weekday())
    week = Span(monday - timedelta(days=7), monday - timedelta(days=1))
    year = Span(as_of.replace(month=1, day=1), as_of)
    thirty, ninety = (Span(as_of - timedelta(days=n - 1), as_of) for n in (30, 90))
    y = as_of.year
    en, es = (_month_name(earlier.first, language) for language in ("en", "es"))
    half_of_may = Span(date(y, 5, 3), date(y, 5, 17))
    return {
        "en": [("", None), ("last month", last_month), (f"in {en}", earlier), ("last week", week), ("this year", year),
               ("in the last 30 days", thirty), ("over the last 90 days", ninety), (f"in Q2 {y}", span(f"{y}-Q2")),
               (f"in the first quarter of {y}", span(f"{y}-Q1")), (f"from 3 to 17 May {y}", half_of_may),
               (f"between January and March {y}", span(f"{y}-Q1")), ("year to date", year),
               (f"in the first half of {y}", span(f"{y}-H1")), (f"during {y - 1}", span(f"{y - 1}"))],
        "es": [("", None), ("el mes pasado", last_month), (f"en {es}", earlier), ("la semana pasada", week),
               ("este año", year), ("en los últimos 30 días", thirty), ("durante los últimos 90 días", ninety),
               (f"en el segundo trimestre de {y}", span(f"{y}-Q2")), (f"en el T1 de {y}", span(f"{y}-Q1")),
               (f"del 3 al 17 de mayo de {y}", half_of_may), (f"entre enero y marzo de {y}", span(f"{y}-Q1")),
               ("en lo que va del año", year), (f"en el primer semestre de {y}", span(f"{y}-H1")),
               (f"durante {y - 1}", span(f"{y - 1}"))],
    }  # fmt: skip


def _month(day: date) -> Span:
    return span(f"{day.year}-{day.month:02}")


def _months_apart(as_of: date) -> Sequence[tuple[date, date]]:
    starts = [as_of.replace(day=1)]
    while len(starts) < 7:
        starts.append((starts[-1] - timedelta(days=1)).replace(day=1))
    return list(zip(starts[2:], starts[1:], strict=False))


_NAMES: Mapping[Language, str] = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}


def _month_name(day: date, language: Language) -> str:
    name = _NAMES[language].split()[day.month - 1]
    return f"{name} de {day.year}" if language == "es" else f"{name} {day.year}"
