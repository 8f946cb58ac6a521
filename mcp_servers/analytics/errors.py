"""What ends a question or a query without an answer.

InvalidInput
├── InvalidModel         the semantic model's file cannot be used; it lists every fault
├── InvalidQuery         a metric query whose parts contradict each other
├── InvalidValue         a filter value that no data can have
├── UnknownName          a metric or dimension that the model does not have
├── InvalidExplanation   a part of a request that needs another one
├── TooLittleData        there is too little data for a statement; worded in the language of the caller
└── Unanswered           carries a topic and its facts; worded in the language of the question
    ├── Unsupported      it cannot be answered from this data or this model
    └── NeedsClarification   it has several readings; `options` are the ways to go on
NotFound
└── CampaignNotFound     the tenant has no such campaign
Unavailable
├── QueryTooSlow         the database did not finish within the time allowed
└── ForecastTooSlow      the models were not fitted within the time allowed
"""

import re
from collections.abc import Sequence
from typing import Literal

from pydantic import ValidationError

from kernel.errors import InvalidInput, NotFound, Unavailable

UnsupportedTopic = Literal[
    "unknown_words",
    "unused_words",
    "absent_value",
    "unknown_value",
    "counting",
    "rank_within",
    "rank_several",
    "rank_by_change",
    "rank_place",
    "averaging",
    "several_grains",
    "several_periods",
    "not_by_dimension",
    "no_data",
    "outside_data",
    "outside_compared",
    "mixed_currency",
    "rates_missing",
    "contradictory_filters",
    "share_of_ratio",
    "share_of_nothing",
]
ClarificationTopic = Literal[
    "which_metric",
    "which_value",
    "did_you_mean",
    "which_reading",
    "which_period",
    "two_periods",
    "rank_by",
    "rank_what",
    "rank_direction",
    "total_or_each",
    "amount_or_number",
    "several_metrics",
    "which_place",
    "cut_by",
    "joined_values",
]
Topic = UnsupportedTopic | ClarificationTopic
_NAMED = re.compile(r"((?:metrics|dimensions|filters|time|compare_to|order_by|limit|share_of_total)[\w.]*): ")


class Unanswered(InvalidInput):
    """A question or query that gets no rows, with the facts to word the reason from."""

    def __init__(self, topic: Topic, options: Sequence[str] = (), **facts: str) -> None:
        super().__init__(f"{topic}: {', '.join(facts.values())}")
        self.topic: Topic = topic
        self.options = tuple(options)
        self.facts = facts


class Unsupported(Unanswered):
    """It cannot be answered from this data or this model."""

    def __init__(self, topic: UnsupportedTopic, **facts: str) -> None:
        super().__init__(topic, **facts)


class NeedsClarification(Unanswered):
    """It has several readings; the options say how to go on."""

    def __init__(self, topic: ClarificationTopic, options: Sequence[str], **facts: str) -> None:
        super().__init__(topic, options, **facts)


class InvalidModel(InvalidInput):
    """The semantic model's file cannot be used; `faults` are every fault with how to put it right."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("The semantic model cannot be used:" + "".join(f"\n- {fault}" for fault in faults))
        self.faults = tuple(faults)


class UnknownName(InvalidInput):
    """A metric or dimension that the model does not have; `field` says where it is named."""


class InvalidValue(InvalidInput):
    """A filter value that no data can have: empty, endless, or with characters that are not text."""


class InvalidQuery(InvalidInput):
    """A metric query whose parts contradict each other; `field` names the first that does."""

    def __init__(self, error: ValidationError) -> None:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        place = ".".join(str(part) for part in first["loc"])
        if not place and (named := _NAMED.match(message)):
            place, message = named.group(1), message[named.end() :]
        field = place or "query"
        super().__init__(f"{field}: {message}.", field=field, fix="Correct this field and call again.")


class QueryTooSlow(Unavailable):
    """The database did not finish within the time allowed."""


class ForecastTooSlow(Unavailable):
    """The models were not fitted within the time allowed."""


class InvalidExplanation(InvalidInput):
    """A part of a request that needs another one; `field` names the one that is missing."""


class TooLittleData(InvalidInput):
    """There is too little data for a statement; the message says how much is needed, in the language of the caller."""


class CampaignNotFound(NotFound):
    """The tenant has no such campaign."""
