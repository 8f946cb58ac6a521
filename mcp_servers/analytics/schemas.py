"""What the tools that describe the model and the data give. Answers themselves are `domain.answer`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from mcp_servers.analytics.domain.catalogue import Catalogue, Value
from mcp_servers.analytics.domain.model import (
    Additivity,
    DimensionName,
    Grain,
    Language,
    MetricName,
    SemanticModel,
    Unit,
    Weekday,
)
from mcp_servers.analytics.domain.query import GRAINS
from mcp_servers.analytics.domain.wording import grain_label


@dataclass(frozen=True, slots=True)
class NamesOf:
    """Publishes the names that the loaded model has in a tool's schema; `field` is where they stand in an object.

    The schema alone: names are checked by `domain.naming`, which says what was probably meant.
    """

    names: tuple[str, ...]
    field: str | None = None

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        published = handler(schema)
        target = published
        if self.field:
            target = handler.resolve_ref_schema(published)["properties"][self.field]
        target["enum"] = list(self.names)
        return published


def metric_names(model: SemanticModel) -> NamesOf:
    return NamesOf(tuple(model.metrics))


def dimension_names(model: SemanticModel, also: Iterable[str] = (), *, field: str | None = None) -> NamesOf:
    return NamesOf((*model.dimensions, *also), field)


class MetricCard(BaseModel):
    name: MetricName
    version: int = Field(description="Raised when the metric's number means something else.")
    label: str
    definition: str
    formula: str = Field(description="Arithmetic over measures, each summed first.")
    unit: Unit
    better: Literal["up", "down", "neutral"] = Field(description="Which direction is good.")
    additivity: Additivity = Field(description="overlapping: sums may count a person more than once.")
    dimensions: tuple[DimensionName, ...]
    synonyms: tuple[str, ...]


class MetricList(BaseModel):
    model_version: int
    metrics: tuple[MetricCard, ...]

    @classmethod
    def of(cls, model: SemanticModel, language: Language) -> "MetricList":
        return cls(
            model_version=model.version,
            metrics=tuple(
                MetricCard(
                    name=name,
                    version=metric.version,
                    label=metric.label[language],
                    definition=metric.definition[language],
                    formula=metric.formula,
                    unit=metric.unit,
                    better=metric.better,
                    additivity=metric.additivity,
                    dimensions=metric.dimensions,
                    synonyms=metric.synonyms.get(language, ()),
                )
                for name, metric in model.metrics.items()
            ),
        )


class ValueCard(BaseModel):
    value: str
    id: str | None = Field(default=None, description="A campaign's id.")

    @classmethod
    def of(cls, value: Value) -> "ValueCard":
        return cls(value=value.name, id=value.id)


class DimensionCard(BaseModel):
    name: DimensionName | Grain
    kind: Literal["dimension", "time"]
    label: str
    definition: str
    hierarchy: str | None = Field(default=None, description="What it is a level of: geography, media.")
    parent: DimensionName | None = Field(default=None, description="The next wider level.")
    child: DimensionName | None = Field(default=None, description="The next narrower level: what to drill down by.")
    values: tuple[ValueCard, ...] = Field(default=(), description="The first of the values that exist in the data.")
    values_total: int = 0


class DimensionList(BaseModel):
    dimensions: tuple[DimensionCard, ...]
    week_start: Weekday = Field(description="The day that weeks begin on.")

    @classmethod
    def of(cls, catalogue: Catalogue, language: Language, values_limit: int) -> "DimensionList":
        cards = [
            DimensionCard(
                name=name,
                kind="dimension",
                label=dimension.label[language],
                definition=dimension.definition[language],
                hierarchy=_label_of(catalogue.model, name, language),
                parent=catalogue.model.parent_of(name),
                child=catalogue.model.child_of(name),
                values=tuple(ValueCard.of(value) for value in catalogue.of(name)[:values_limit]),
                values_total=len(catalogue.of(name)),
            )
            for name, dimension in catalogue.model.dimensions.items()
        ]
        for grain in GRAINS:
            label = grain_label(grain, language)
            cards.append(DimensionCard(name=grain, kind="time", label=label, definition=label))
        return cls(dimensions=tuple(cards), week_start=catalogue.model.time.week_start)


def _label_of(model: SemanticModel, dimension: DimensionName, language: Language) -> str | None:
    name = model.hierarchy_of(dimension)
    return model.hierarchies[name].label[language] if name else None


class SourceFreshness(BaseModel):
    source: str
    last_run_at: datetime | None = Field(description="When the pipeline last read it (UTC).")
    rows_total: int
    data_from: date | None = Field(description="First day it has rows for.")
    data_through: date | None = Field(description="Last day it has rows for.")
    watermark: str = Field(description="Transaction of the source up to which everything is in the hub.")


class Freshness(BaseModel):
    data_as_of: datetime | None = Field(description="The oldest of the sources' last runs: nothing is staler.")
    sources: tuple[SourceFreshness, ...]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]]) -> "Freshness":
        sources = tuple(SourceFreshness.model_validate(row) for row in rows)
        return cls(
            data_as_of=min((source.last_run_at for source in sources if source.last_run_at), default=None),
            sources=sources,
        )
