"""Which phrases of the model and the vocabulary mean what, and in which language they are said."""

from dataclasses import dataclass

from rapidfuzz import fuzz, process

from mcp_servers.analytics.domain.catalogue import Value
from mcp_servers.analytics.domain.model import DimensionName, Grain, Language, MetricName, SemanticModel, Synonyms
from mcp_servers.analytics.domain.reading.period_pieces import Mention
from mcp_servers.analytics.domain.reading.vocabulary import Role, Vocabulary, Words
from mcp_servers.analytics.domain.text import fold, phrase

_SIMILAR = 85
"""Similarity, of 100, from which a name is worth suggesting."""


@dataclass(frozen=True, slots=True)
class MetricTerm:
    """One metric, or several: `all` of them or `one_of` them."""

    metrics: tuple[MetricName, ...]
    one_of: bool = False
    ask: bool = False
    """Not even another of them beside it says which."""
    how_much: MetricName | None = None
    how_many: MetricName | None = None


@dataclass(frozen=True, slots=True)
class DimensionTerm:
    dimension: DimensionName
    plural: bool


@dataclass(frozen=True, slots=True)
class GrainTerm:
    """A unit of time as a noun (`month`) or, when `every`, as what to cut by (`monthly`)."""

    grain: Grain
    every: bool


@dataclass(frozen=True, slots=True)
class RoleTerm:
    role: Role


@dataclass(frozen=True, slots=True)
class SupportTerm:
    """A word that needs one of these metrics beside it."""

    metrics: tuple[MetricName, ...]


@dataclass(frozen=True, slots=True)
class ValueTerm:
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class AbsentTerm:
    """A name that is known to the world, of a dimension, and absent from the data."""

    dimension: DimensionName


@dataclass(frozen=True, slots=True)
class PeriodTerm:
    mention: Mention


@dataclass(frozen=True, slots=True)
class NumberTerm:
    number: int


@dataclass(frozen=True, slots=True)
class UnknownTerm:
    """A word that nothing explains."""


Term = (
    MetricTerm
    | DimensionTerm
    | GrainTerm
    | RoleTerm
    | SupportTerm
    | ValueTerm
    | AbsentTerm
    | PeriodTerm
    | NumberTerm
    | UnknownTerm
)


class Lexicon:
    """The phrases that do not depend on a tenant's data."""

    def __init__(self, model: SemanticModel, vocabulary: Vocabulary) -> None:
        self.model = model
        self.vocabulary = vocabulary
        self.terms: dict[tuple[str, ...], Term] = {}
        self._spoken: dict[Language, set[str]] = {"en": set(), "es": set()}
        self._add_roles(vocabulary)
        self._add_dimensions(model)
        self._add_metrics(model)
        self.longest = max(map(len, self.terms))
        shared = self._spoken["en"] & self._spoken["es"]
        self._only: dict[Language, set[str]] = {language: said - shared for language, said in self._spoken.items()}

    @property
    def words(self) -> frozenset[str]:
        """Every word that some phrase has."""
        return frozenset(word for said in self.terms for word in said)

    @property
    def telling_words(self) -> frozenset[str]:
        """The words of phrases that say something."""
        light = (RoleTerm("article"), RoleTerm("filler"), RoleTerm("earned"))
        return frozenset(word for said, term in self.terms.items() if term not in light for word in said)

    def averaged(self, said: tuple[str, ...]) -> MetricTerm | None:
        """The ratio in `costo promedio por clic`: one with a word for average inside, which says nothing of it."""
        plain = tuple(word for word in said if self.terms.get((word,)) != RoleTerm("average"))
        term = self.terms.get(plain) if 1 < len(plain) < len(said) else None
        if not isinstance(term, MetricTerm):
            return None
        match term.metrics:
            case (metric,) if self.model.metrics[metric].additivity == "ratio":
                return term
            case _:
                return None

    def language(self, text: str) -> Language | None:
        """The language more words of a text belong to, or None when it cannot be told."""
        said = phrase(text)
        spanish = sum(word in self._only["es"] for word in said) + 2 * any(mark in text for mark in "¿¡ñÑ")
        english = sum(word in self._only["en"] for word in said)
        if spanish == english:
            return None
        return "es" if spanish > english else "en"

    def _add(self, phrases: Synonyms | Words, term: Term) -> None:
        for language, texts in phrases.items():
            for text in texts:
                self.terms[phrase(text)] = term
                self._spoken[language].update(phrase(text))

    def _add_roles(self, vocabulary: Vocabulary) -> None:
        for role, phrases in vocabulary.roles.items():
            self._add(phrases, RoleTerm(role))
        for support in vocabulary.supports:
            self.terms.update({phrase(word): SupportTerm(support.metrics) for word in support.words})
        for grain, phrases in vocabulary.time.units.items():
            self._add(phrases, GrainTerm(grain, every=False))
        for grain, phrases in vocabulary.time.every.items():
            self._add(phrases, GrainTerm(grain, every=True))
        for language, months in vocabulary.time.months.items():
            self._spoken[language].update(names[0] for names in months)

    def _add_dimensions(self, model: SemanticModel) -> None:
        for name, dimension in model.dimensions.items():
            self._add(dimension.singular, DimensionTerm(name, plural=False))
            self._add(dimension.plural, DimensionTerm(name, plural=True))

    def _add_metrics(self, model: SemanticModel) -> None:
        for bundle in model.bundles:
            one_of, ask = bundle.reading != "all", bundle.reading == "ask"
            self._add(bundle.synonyms, MetricTerm(bundle.metrics, one_of, ask, bundle.how_much, bundle.how_many))
        for name, metric in model.metrics.items():
            self._add(metric.synonyms, MetricTerm((name,)))
            self.terms[phrase(name)] = MetricTerm((name,))
            self._add({lang: (label,) for lang, label in metric.label.items()}, MetricTerm((name,)))

    def similar(self, text: str, language: Language) -> list[str]:
        """Labels of metrics and dimensions spelt much like a text, to suggest."""
        names = {" ".join(words): term for words, term in self.terms.items()}
        close = process.extract(fold(text), names.keys(), scorer=fuzz.ratio, limit=4, score_cutoff=_SIMILAR)
        labels: dict[str, None] = {}
        for name, _, _ in close if len(text) > 3 else ():
            match names[name]:
                case MetricTerm(metrics=(metric,)):
                    labels[self.model.metrics[metric].label[language]] = None
                case DimensionTerm(dimension=dimension):
                    labels[self.model.dimensions[dimension].label[language]] = None
                case _:
                    continue
        return list(labels)
