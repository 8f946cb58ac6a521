"""The semantic model: metrics as formulas over summed measures, dimensions, and their names in two languages."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, Literal, TypeVar
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mcp_servers.analytics.domain.formula import Constant, Formula, Operand

Language = Literal["en", "es"]
MetricName = str
"""A name among the loaded model's metrics; `naming.check_names` refuses the others."""
DimensionName = str
"""A name among the loaded model's dimensions; `naming.check_names` refuses the others."""
Grain = Literal["date", "week", "month", "quarter", "year"]
Unit = Literal["money", "count", "people", "ratio", "percent"]
Additivity = Literal["additive", "overlapping", "ratio"]
"""Whether sums over days, places and campaigns add up; add up and count a person twice; or do not add up."""
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
LANGUAGES: tuple[Language, ...] = ("en", "es")
T = TypeVar("T", bound=Operand)


def _in_both_languages(texts: Mapping[Language, str]) -> Mapping[Language, str]:
    if missing := [language for language in LANGUAGES if not texts.get(language, "").strip()]:
        raise ValueError(f"say it in {' and '.join(missing)} too")
    return texts


def _known_time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"no time zone {name!r}; write one of the IANA database, such as America/Costa_Rica")
    return name


Bilingual = Annotated[Mapping[Language, str], AfterValidator(_in_both_languages)]
Synonyms = Mapping[Language, tuple[str, ...]]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Time(_Part):
    default_time_zone: Annotated[str, AfterValidator(_known_time_zone)] = "UTC"
    """Of a tenant that has set none: it decides which day is today."""
    week_start: Weekday = "monday"


class Source(_Part):
    through: Literal["own", "all"]
    """Whether its data ends with its own last day or with the last day of any source."""


class Measure(_Part):
    source: str
    money: bool = False
    reporting: str | None = None
    """The column with the same amount in the tenant's reporting currency; where no rate is known it is NULL."""


class Format(_Part):
    """How values are written: `decimals` in sentences, `kept` decimals in rows (none means whole numbers)."""

    style: Literal["number", "currency", "percent"]
    decimals: int = Field(ge=0, le=8)
    kept: int = Field(ge=0, le=12)
    noun: Bilingual | None = None
    """What is counted, after the number: `12 people`."""


class Metric(_Part):
    version: int = Field(ge=1)
    """Raised whenever the formula or the definition changes what the number means."""
    label: Bilingual
    sentence: Bilingual
    definition: Bilingual
    formula: str
    unit: Unit
    format: str
    better: Literal["up", "down", "neutral"]
    additivity: Additivity
    dimensions: tuple[DimensionName, ...]
    synonyms: Synonyms

    @cached_property
    def parsed(self) -> Formula:
        return Formula(self.formula)

    @property
    def measures(self) -> frozenset[str]:
        """Names of the measures the formula is computed from."""
        return self.parsed.measures

    def compute(self, measure: Callable[[str], T], number: Callable[[Constant], T], divide: Callable[[T, T], T]) -> T:
        """Evaluate the formula over anything that adds and multiplies: numbers, or SQL expressions."""
        return self.parsed.compute(measure, number, divide)


class Bundle(_Part):
    """Words that name several metrics: `all` of them, or `one_of` them, which has to be asked unless the question names
    one; `ask` for words that name something near them, so that naming one does not say it.
    """

    metrics: tuple[MetricName, ...] = Field(min_length=2)
    reading: Literal["all", "one_of", "ask"]
    how_much: MetricName | None = None
    how_many: MetricName | None = None
    synonyms: Synonyms


class Dimension(_Part):
    label: Bilingual
    definition: Bilingual
    singular: Synonyms
    plural: Synonyms
    aliases: Mapping[str, tuple[str, ...]] = {}
    """Other names of a value. They count only where the value itself exists."""
    doubtful: Synonyms = {}
    """Aliases that are also ordinary words of a language, and count there only where nothing else can be meant."""
    suggest: Mapping[str, tuple[str, ...]] = {}
    """Names that are not the value, for which it is worth suggesting."""


class Hierarchy(_Part):
    """Dimensions from the wide to the narrow: what a figure is drilled down by."""

    label: Bilingual
    levels: tuple[DimensionName, ...] = Field(min_length=2)
    nested: bool
    """Whether a value belongs to one value of the level above, so that one name under two of them is two things."""


class SemanticModel(_Part):
    version: int = Field(ge=1)
    time: Time = Time()
    sources: Mapping[str, Source]
    measures: Mapping[Identifier, Measure]
    formats: Mapping[Identifier, Format]
    metrics: Mapping[Identifier, Metric] = Field(min_length=1)
    bundles: tuple[Bundle, ...] = ()
    dimensions: Mapping[Identifier, Dimension]
    hierarchies: Mapping[Identifier, Hierarchy] = {}
    countries: Mapping[str, tuple[str, ...]] = {}
    """ISO 3166 code → names of a country that CLDR does not list."""

    def sources_of(self, metric: MetricName) -> frozenset[str]:
        """The hub sources a metric needs data of."""
        return frozenset(self.measures[measure].source for measure in self.metrics[metric].measures)

    def money_measures(self, metric: MetricName) -> frozenset[str]:
        """The measures of a metric that are amounts in a currency."""
        return frozenset(measure for measure in self.metrics[metric].measures if self.measures[measure].money)

    def format_of(self, metric: MetricName) -> Format:
        return self.formats[self.metrics[metric].format]

    def hierarchy_of(self, dimension: DimensionName) -> str | None:
        """Name of the hierarchy a dimension is a level of."""
        return next((name for name, it in self.hierarchies.items() if dimension in it.levels), None)

    def parent_of(self, dimension: DimensionName) -> DimensionName | None:
        """The next wider dimension: the country of a region."""
        return self._beside(dimension, -1)

    def child_of(self, dimension: DimensionName) -> DimensionName | None:
        """The next narrower dimension, which a figure is drilled down by: the regions of a country."""
        return self._beside(dimension, 1)

    def told_apart_by(self, dimension: DimensionName) -> DimensionName | None:
        """The dimension that tells values of one name apart: two regions named Córdoba, by their country."""
        hierarchy = self.hierarchies.get(self.hierarchy_of(dimension) or "")
        return self.parent_of(dimension) if hierarchy and hierarchy.nested else None

    def _beside(self, dimension: DimensionName, step: Literal[-1, 1]) -> DimensionName | None:
        for hierarchy in self.hierarchies.values():
            if dimension in hierarchy.levels:
                at = hierarchy.levels.index(dimension) + step
                return hierarchy.levels[at] if 0 <= at < len(hierarchy.levels) else None
        return None
