"""The values that exist in a tenant's data, and what people may call them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from rapidfuzz import fuzz, process

from mcp_servers.analytics.domain.countries import code_of, is_code, names_of
from mcp_servers.analytics.domain.model import DimensionName, SemanticModel
from mcp_servers.analytics.domain.text import fold, phrase

_SIMILAR = 80
"""Similarity, of 100, from which a value is worth suggesting."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a dimension: its name and, for campaigns, which have one, its id."""

    dimension: DimensionName
    name: str
    id: str | None = None

    @property
    def key(self) -> str:
        """What a filter on it holds: the id where there is one, since names repeat."""
        return self.id or self.name


@dataclass(frozen=True, slots=True)
class SourceData:
    """What the hub holds of one source."""

    source: str
    rows: int
    first_day: date | None
    last_day: date | None
    last_run_at: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a tenant's data at one version of it."""

    version: int
    time_zone: str
    values: tuple[Value, ...]
    sources: Mapping[str, SourceData] = field(default_factory=dict[str, SourceData])
    reporting_currency: str | None = None
    """What amounts in several currencies are converted to, where the tenant has set it (ISO 4217)."""


@dataclass(frozen=True, slots=True)
class Certain:
    """What the values alone tell of any result."""

    currency: str | None = None
    """The only currency there is."""
    unique: frozenset[DimensionName] = frozenset()
    """Dimensions whose values have names of their own."""


NOTHING_CERTAIN = Certain()
Names = Mapping[tuple[str, ...], tuple[Value, ...]]


class Catalogue:
    """Look-up of values by any name they go by. Built once for each version of the data."""

    def __init__(self, model: SemanticModel, facts: Facts) -> None:
        self.model = model
        self.facts = facts
        names: dict[tuple[str, ...], dict[Value, None]] = {}
        for value in facts.values:
            for name in _names(model, value):
                names.setdefault(name, {})[value] = None
        self.names: Names = {name: tuple(values) for name, values in names.items() if name}
        self.longest = max(map(len, self.names), default=0)
        self._labels = {value: fold(value.name) for value in facts.values}
        self._suggested = _suggested(model)
        self.certain = _certain(facts.values)

    def find(self, dimension: DimensionName, text: str) -> tuple[Value, ...]:
        """The values of a dimension that a text names: one, none, or several campaigns of one name."""
        found = tuple(value for value in self.names.get(phrase(text), ()) if value.dimension == dimension)
        if found or dimension != "country" or not is_code(text.upper()):
            return found
        names = names_of(text.upper(), self.model.countries)
        return tuple({v: None for name in names for v in self.names.get(name, ()) if v.dimension == "country"})

    def similar(self, text: str, dimension: DimensionName | None = None, *, limit: int = 4) -> list[Value]:
        """Existing values whose names resemble a text, to suggest; never to answer with."""
        choices = {v: label for v, label in self._labels.items() if dimension in (None, v.dimension)}
        folded = fold(text)
        known = [v for v in choices if v.name in self._suggested.get(phrase(text), ())]
        if len(folded) < 4:
            return known
        close = process.extract(folded, choices, scorer=fuzz.ratio, limit=limit, score_cutoff=_SIMILAR)
        wanted = set(phrase(text))
        parts = [value for value in choices if wanted and wanted <= set(phrase(value.name))]
        return list(dict.fromkeys([*known, *(value for _, _, value in close), *parts]))[:limit]

    def of(self, dimension: DimensionName) -> list[Value]:
        return sorted((v for v in self.facts.values if v.dimension == dimension), key=lambda v: (fold(v.name), v.key))


def _certain(values: Sequence[Value]) -> Certain:
    currencies = [value.name for value in values if value.dimension == "currency"]
    campaigns = Counter(value.name for value in values if value.id)
    return Certain(
        currency=currencies[0] if len(currencies) == 1 else None,
        unique=frozenset(["campaign"] if all(n == 1 for n in campaigns.values()) else []),
    )


def _names(model: SemanticModel, value: Value) -> Sequence[tuple[str, ...]]:
    names = [phrase(value.name), *(phrase(value.name.replace("&", f" {joint} ")) for joint in ("and", "y"))]
    if value.id:
        names.append(phrase(value.id))
    aliases = model.dimensions[value.dimension].aliases
    names += [phrase(alias) for name, known in aliases.items() if fold(name) == fold(value.name) for alias in known]
    if value.dimension == "country" and (code := code_of(value.name, model.countries)):
        names += names_of(code, model.countries)
    return names


def _suggested(model: SemanticModel) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    result: dict[tuple[str, ...], tuple[str, ...]] = {}
    for dimension in model.dimensions.values():
        for value, others in dimension.suggest.items():
            for other in others:
                result[phrase(other)] = (*result.get(phrase(other), ()), value)
    return result
