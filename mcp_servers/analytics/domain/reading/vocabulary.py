"""The words of questions that are neither names in the model nor values: roles, units of time, numbers."""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict

from mcp_servers.analytics.domain.model import Grain, Language, MetricName

Role = Literal[
    "article",
    "filler",
    "by",
    "each",
    "which",
    "all",
    "list",
    "top",
    "bottom",
    "best",
    "worst",
    "most",
    "least",
    "minus",
    "more",
    "less",
    "exclude",
    "leave",
    "out",
    "versus",
    "comparison",
    "previous_period",
    "previous_year",
    "growth",
    "trend",
    "average",
    "dear",
    "cheap",
    "breakdown",
    "distribution",
    "share",
    "part",
    "cumulative",
    "descending",
    "ascending",
    "among",
    "between",
    "but",
    "earned",
    "seen",
    "count",
    "how_much",
    "how_many",
    "used",
    "where",
    "all_time",
    "and",
    "or",
]
Words = Mapping[Language, tuple[str, ...]]
Lists = Mapping[Language, tuple[tuple[str, ...], ...]]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Support(_Part):
    """Words that are allowed only when one of these metrics is asked for."""

    words: tuple[str, ...]
    metrics: tuple[MetricName, ...]


class TimeWords(_Part):
    months: Lists
    units: Mapping[Grain, Words]
    every: Mapping[Grain, Words]
    ordinals: Lists
    halves: Words
    half_months: Words

    @cached_property
    def month_numbers(self) -> Mapping[str, int]:
        """Every name and abbreviation of a month."""
        return {name: n for lists in self.months.values() for n, names in enumerate(lists, 1) for name in names}

    @cached_property
    def full_months(self) -> frozenset[str]:
        """Unabbreviated names, which stand for the month without a year beside them."""
        return frozenset(names[0] for lists in self.months.values() for names in lists) | {"setiembre"}

    @cached_property
    def unit_of(self) -> Mapping[str, Grain]:
        return {word: unit for unit, words in self.units.items() for lists in words.values() for word in lists}

    @cached_property
    def plural_units(self) -> frozenset[str]:
        return frozenset(lists[-1] for words in self.units.values() for lists in words.values())

    @cached_property
    def words(self) -> frozenset[str]:
        """Units, ordinals and halves, single words."""
        return frozenset({*self.unit_of, *self.ordinal_numbers, *self.half_words, *self.fortnights})

    @cached_property
    def ordinal_numbers(self) -> Mapping[str, int]:
        return {name: n for lists in self.ordinals.values() for n, names in enumerate(lists, 1) for name in names}

    @cached_property
    def fortnights(self) -> frozenset[str]:
        return frozenset(word for words in self.half_months.values() for word in words)

    @cached_property
    def half_words(self) -> frozenset[str]:
        return frozenset(word for words in self.halves.values() for word in words)


class Vocabulary(_Part):
    roles: Mapping[Role, Words]
    linking: Words
    """Between a metric and a value: that the value is what a share is of."""
    supports: tuple[Support, ...]
    time: TimeWords
    numbers: Words
    tens: Words
    """Twenty, thirty and so on."""

    @classmethod
    def parse(cls, document: str) -> Self:
        """Read and check a vocabulary written in YAML."""
        return cls.model_validate(yaml.safe_load(document))

    @cached_property
    def links(self) -> frozenset[str]:
        return frozenset(word for words in self.linking.values() for word in words)

    @cached_property
    def number_words(self) -> Mapping[str, int]:
        ones = {word: n for words in self.numbers.values() for n, word in enumerate(words, 1)}
        return ones | {word: 10 * n for words in self.tens.values() for n, word in enumerate(words, 2)}

    def number(self, word: str) -> int | None:
        """A whole number in figures or in words up to ninety."""
        return int(word) if word.isdecimal() and len(word) <= 4 else self.number_words.get(word)
