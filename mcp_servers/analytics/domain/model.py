"""The semantic model: metrics as formulas over summed measures, dimensions, and their names in two languages."""

import ast
from collections.abc import Callable, Mapping
from typing import Literal, Protocol, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

Language = Literal["en", "es"]
MetricName = Literal[
    "spend",
    "impressions",
    "reach",
    "clicks",
    "conversions",
    "leads",
    "sales",
    "revenue",
    "ctr",
    "cpc",
    "cpm",
    "conversion_rate",
    "cpl",
    "cac",
    "average_order_value",
    "roas",
    "roi",
]
DimensionName = Literal[
    "client", "product", "campaign", "platform", "channel", "country", "region", "audience", "currency"
]
Grain = Literal["date", "week", "month", "quarter", "year"]
Unit = Literal["money", "count", "people", "ratio", "percent"]
Bilingual = Mapping[Language, str]
Synonyms = Mapping[Language, tuple[str, ...]]


class Operand(Protocol):
    """What a formula can be computed over: numbers, or SQL expressions."""

    def __add__(self, other: Self, /) -> Self: ...
    def __sub__(self, other: Self, /) -> Self: ...
    def __mul__(self, other: Self, /) -> Self: ...


T = TypeVar("T", bound=Operand)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    through: Literal["own", "all"]
    """Whether its data ends with its own last day or with the last day of any source."""


class Measure(_Part):
    source: str
    money: bool = False


class Metric(_Part):
    label: Bilingual
    sentence: Bilingual
    definition: Bilingual
    formula: str
    unit: Unit
    better: Literal["up", "down", "neutral"]
    additivity: Literal["additive", "overlapping", "ratio"]
    dimensions: tuple[DimensionName, ...]
    synonyms: Synonyms

    @property
    def measures(self) -> frozenset[str]:
        """Names of the measures the formula is computed from."""
        return frozenset(node.id for node in ast.walk(ast.parse(self.formula)) if isinstance(node, ast.Name))

    def compute(self, measure: Callable[[str], T], number: Callable[[int], T], divide: Callable[[T, T], T]) -> T:
        """Evaluate the formula over anything that adds and multiplies: numbers, or SQL expressions."""

        def value(node: ast.expr) -> T:
            match node:
                case ast.Name(id=name):
                    return measure(name)
                case ast.Constant(value=int(constant)):
                    return number(constant)
                case ast.BinOp(left=left, op=ast.Add(), right=right):
                    return value(left) + value(right)
                case ast.BinOp(left=left, op=ast.Sub(), right=right):
                    return value(left) - value(right)
                case ast.BinOp(left=left, op=ast.Mult(), right=right):
                    return value(left) * value(right)
                case ast.BinOp(left=left, op=ast.Div(), right=right):
                    return divide(value(left), value(right))
                case _:
                    raise ValueError(f"{self.formula}: a formula has measures, integers, + - * / and brackets only.")

        return value(ast.parse(self.formula, mode="eval").body)


class Bundle(_Part):
    """Words that name several metrics: `all` of them, or `one_of` them, which has to be asked."""

    metrics: tuple[MetricName, ...]
    reading: Literal["all", "one_of"]
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


class SemanticModel(_Part):
    version: int
    sources: Mapping[str, Source]
    measures: Mapping[str, Measure]
    metrics: Mapping[MetricName, Metric]
    bundles: tuple[Bundle, ...]
    dimensions: Mapping[DimensionName, Dimension]
    countries: Mapping[str, tuple[str, ...]]
    """ISO 3166 code → names of a country that CLDR does not list."""

    @classmethod
    def parse(cls, document: str) -> Self:
        """Read and check a model written in YAML."""
        return cls.model_validate(yaml.safe_load(document))

    @model_validator(mode="after")
    def _formulas_use_known_measures(self) -> Self:
        for name, metric in self.metrics.items():
            if unknown := metric.measures - set(self.measures):
                raise ValueError(f"metric {name}: no measure named {', '.join(sorted(unknown))}")
        for name, measure in self.measures.items():
            if measure.source not in self.sources:
                raise ValueError(f"measure {name}: no source named {measure.source}")
        return self

    def sources_of(self, metric: MetricName) -> frozenset[str]:
        """The hub sources a metric needs data of."""
        return frozenset(self.measures[measure].source for measure in self.metrics[metric].measures)

    def money_measures(self, metric: MetricName) -> frozenset[str]:
        """The measures of a metric that are amounts in a currency."""
        return frozenset(measure for measure in self.metrics[metric].measures if self.measures[measure].money)
