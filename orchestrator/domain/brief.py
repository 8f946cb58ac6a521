"""What a person has said so far about the campaign they want, and what is wrong or missing in it."""

from datetime import date
from decimal import Decimal
from typing import Literal, TypeVar

from agents.assignment import (
    Assignment,
    Budget,
    Channel,
    Country,
    Frozen,
    Goal,
    Language,
    Period,
    Platform,
)
from orchestrator.domain.catalogue import Catalogue

BriefField = Literal["message", "client", "product", "goal", "country", "budget", "period", "campaign"]
Essential = Literal["client", "product", "goal", "country", "budget", "period"]
ProblemCode = Literal[
    "unknown",
    "ambiguous",
    "not_positive",
    "currency_missing",
    "several",
    "invalid_date",
    "reversed",
    "too_precise",
    "metric_missing",
]
T = TypeVar("T")
ListEdit = Literal["set", "add", "remove"]


class Problem(Frozen):
    """Something said that cannot be used as it is: which field, why, what was said, and what would be valid."""

    field: BriefField
    code: ProblemCode
    said: str = ""
    options: tuple[str, ...] = ()


class BudgetChange(Frozen):
    """A budget said against the present one: an amount or a percentage, up or down."""

    direction: Literal["increase", "decrease"]
    amount: Decimal | None = None
    percent: Decimal | None = None

    def applied(self, current: Decimal, unit: Decimal) -> Decimal:
        step = self.amount if self.amount is not None else current * (self.percent or Decimal(0)) / 100
        return (current + (step if self.direction == "increase" else -step)).quantize(unit)


class Brief(Frozen):
    """Every part is optional: a conversation fills it. `None` or empty means not said."""

    client: str | None = None
    products: tuple[str, ...] = ()
    countries: tuple[Country, ...] = ()
    budget: Budget | None = None
    start: date | None = None
    end: date | None = None
    goal: Goal | None = None
    audiences: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    platforms: tuple[Platform, ...] = ()
    bare_amount: Decimal | None = None
    """A budget said without its currency, kept until the currency is."""

    def missing(self) -> tuple[Essential, ...]:
        """The essentials still to be asked for, in the order to ask."""
        have: dict[Essential, bool] = {
            "client": self.client is not None or not self.products,
            "product": bool(self.products),
            "goal": self.goal is not None,
            "country": bool(self.countries),
            "budget": self.budget is not None,
            "period": self.start is not None and self.end is not None,
        }
        return tuple(name for name, present in have.items() if not present)

    def conflicts(self) -> tuple[Problem, ...]:
        """What cannot be true together."""
        if self.start and self.end and self.end < self.start:
            return (Problem(field="period", code="reversed", said=f"{self.start} – {self.end}"),)
        return ()

    def merged(self, said: "Brief", lists: ListEdit = "set") -> "Brief":
        """This brief with what was said now; `lists` tells what happens to countries, channels and audiences."""
        product_changed = bool(said.products) and said.client is not None and said.client != self.client
        return Brief(
            client=said.client or (None if product_changed else self.client),
            products=_edited(self.products, said.products, "set" if product_changed else lists),
            countries=_edited(self.countries, said.countries, lists),
            budget=said.budget or self.budget,
            start=said.start or self.start,
            end=said.end or self.end,
            goal=said.goal or self.goal,
            audiences=_edited(self.audiences, said.audiences, lists),
            channels=_edited(self.channels, said.channels, lists),
            platforms=_edited(self.platforms, said.platforms, lists),
            bare_amount=None if said.budget else said.bare_amount or self.bare_amount,
        )

    def assignment(self, catalogue: Catalogue, language: Language, as_of: date) -> Assignment:
        """The complete brief as specialists get it; call it when nothing is missing."""
        client, budget, goal, start, end = self.client, self.budget, self.goal, self.start, self.end
        if client is None or budget is None or goal is None or start is None or end is None:
            raise ValueError(f"the brief lacks {', '.join(self.missing())}")
        known = catalogue.client(client)
        return Assignment(
            client=client,
            products=self.products,
            countries=self.countries,
            budget=budget,
            period=Period(start=start, end=end),
            goal=goal,
            audiences=self.audiences or (known.audiences[:2] if known else ()),
            channels=self.channels,
            platforms=self.platforms,
            language=language,
            as_of=as_of,
        )


def _edited(current: tuple[T, ...], said: tuple[T, ...], how: ListEdit) -> tuple[T, ...]:
    if not said:
        return current
    if how == "add":
        return tuple(dict.fromkeys((*current, *said)))
    if how == "remove":
        return tuple(item for item in current if item not in said)
    return said
