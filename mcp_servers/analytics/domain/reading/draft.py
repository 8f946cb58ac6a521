"""The query while it is being understood: the question's items and what has been made of them so far."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from mcp_servers.analytics.domain.catalogue import Catalogue, Value
from mcp_servers.analytics.domain.model import DimensionName, Grain, Language, MetricName, SemanticModel
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import Comparison, OrderBy
from mcp_servers.analytics.domain.reading.lexicon import (
    DimensionTerm,
    Lexicon,
    MetricTerm,
    PeriodTerm,
    RoleTerm,
    ValueTerm,
)
from mcp_servers.analytics.domain.reading.scan import Item
from mcp_servers.analytics.domain.reading.vocabulary import Role
from mcp_servers.analytics.domain.wording import dimension_label, metric_label

LIGHT: frozenset[Role] = frozenset({"article", "filler", "earned"})
JOINING: frozenset[Role] = frozenset({"and", "or", "versus"})


@dataclass(slots=True)
class Draft:
    items: list[Item]
    lexicon: Lexicon
    catalogue: Catalogue
    as_of: date
    language: Language
    metrics: list[MetricName] = field(default_factory=list[MetricName])
    dimensions: list[DimensionName] = field(default_factory=list[DimensionName])
    grain: Grain | None = None
    included: dict[DimensionName, list[Value]] = field(default_factory=dict[DimensionName, list[Value]])
    excluded: dict[DimensionName, list[Value]] = field(default_factory=dict[DimensionName, list[Value]])
    period: Period | None = None
    compare_to: Comparison | Period | None = None
    order: OrderBy | None = None
    limit: int | None = None
    share: bool = False
    """Whether every row's share of the total is wanted."""

    @property
    def model(self) -> SemanticModel:
        return self.lexicon.model

    # Looking around

    def roles(self, *roles: Role) -> Iterator[int]:
        """Places of items with one of these roles that nothing has used."""
        return (at for at, item in enumerate(self.items) if not item.used and self.has_role(at, *roles))

    def has_role(self, at: int | None, *roles: Role) -> bool:
        if at is None:
            return False
        term = self.items[at].term
        return isinstance(term, RoleTerm) and term.role in roles

    def after(self, at: int, *, skipping: frozenset[Role] = LIGHT) -> int | None:
        """The next item that says something."""
        return next((n for n in range(at + 1, len(self.items)) if not self.has_role(n, *skipping)), None)

    def before(self, at: int, *, skipping: frozenset[Role] = LIGHT) -> int | None:
        """The item before that says something."""
        return next((n for n in range(at - 1, -1, -1) if not self.has_role(n, *skipping)), None)

    def dimension_at(self, at: int | None) -> DimensionTerm | None:
        term = self.items[at].term if at is not None else None
        return term if isinstance(term, DimensionTerm) else None

    def metric_at(self, at: int | None) -> MetricTerm | None:
        term = self.items[at].term if at is not None else None
        return term if isinstance(term, MetricTerm) else None

    def values_at(self, at: int | None) -> tuple[Value, ...]:
        term = self.items[at].term if at is not None else None
        return term.values if isinstance(term, ValueTerm) else ()

    def period_at(self, at: int | None) -> PeriodTerm | None:
        term = self.items[at].term if at is not None else None
        return term if isinstance(term, PeriodTerm) else None

    def periods(self) -> list[int]:
        """Places of the periods that nothing has used."""
        return [n for n, item in enumerate(self.items) if isinstance(item.term, PeriodTerm) and not item.used]

    def use(self, *places: int | None) -> None:
        for at in places:
            if at is not None:
                self.items[at].used = True

    def list_of_values(self, at: int, dimension: DimensionName) -> list[int]:
        """Places of the values of one dimension that stand in a row from `at` on: `Mexico, Colombia and Spain`."""
        places: list[int] = []
        position: int | None = at
        while position is not None and any(v.dimension == dimension for v in self.values_at(position)):
            places.append(position)
            position = self._next_in_list(position)
        return places

    def _next_in_list(self, at: int) -> int | None:
        following = self.after(at, skipping=frozenset({"article"}))
        if self.has_role(following, *JOINING) and following is not None:
            return self.after(following)
        return following if following is not None and self.items[following].after_comma else None

    # Building

    def add_metrics(self, names: Sequence[MetricName]) -> None:
        self.metrics.extend(name for name in names if name not in self.metrics)

    def add_dimension(self, name: DimensionName) -> None:
        if name not in self.dimensions:
            self.dimensions.append(name)

    def include(self, value: Value) -> None:
        values = self.included.setdefault(value.dimension, [])
        if value not in values:
            values.append(value)

    def exclude(self, value: Value) -> None:
        values = self.excluded.setdefault(value.dimension, [])
        if value not in values:
            values.append(value)

    # Naming

    def metric_names(self, names: Sequence[MetricName]) -> list[str]:
        return [metric_label(self.model, name, self.language) for name in names]

    def dimension_name(self, name: DimensionName) -> str:
        return dimension_label(self.model, name, self.language)
