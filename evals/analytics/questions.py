"""The questions of the suite: words in two languages, and what the right answer is made of."""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

import yaml

from evals.analytics.specs import DIMENSIONS, Span, Spec
from evals.analytics.worlds import WorldName

Language = Literal["en", "es"]
Words = str | list[str]
_FILE = Path(__file__).with_name("questions.yaml")


@dataclass(frozen=True, slots=True)
class Question:
    world: WorldName
    kind: str
    language: Language
    text: str
    gold: Spec | None
    """None where the right answer is to decline or to ask back."""


def load_questions(file: Path = _FILE) -> list[Question]:
    """Every question of the file. Raises ValueError, naming it, for a gold answer that is not well formed."""
    document = cast("dict[WorldName, dict[str, list[dict[str, Any]]]]", yaml.safe_load(file.read_text("utf-8")))
    return [
        question
        for world, kinds in document.items()
        for kind, cases in kinds.items()
        for case in cases
        for question in _of(world, kind, case)
    ]


def _of(world: WorldName, kind: str, case: Mapping[str, Any]) -> Iterator[Question]:
    gold = case.get("gold")
    spec = spec_from(gold) if gold is not None else None
    for language in ("en", "es"):
        words = cast("Words", case.get(language, []))
        for text in [words] if isinstance(words, str) else words:
            yield Question(world, kind, language, text, spec)


def spec_from(gold: Mapping[str, Any]) -> Spec:
    """A gold answer as the file writes it: `{metrics: spend, by: country, in: {client: [X]}, time: 2026-10}`."""
    if strange := set(gold) - {"metrics", "by", "in", "out", "time", "vs", "order", "limit", "share"}:
        raise ValueError(f"gold has {', '.join(sorted(strange))}")
    within, without = (_values(cast("Mapping[str, Words]", gold.get(name, {}))) for name in ("in", "out"))
    if strange := (set(within) | set(without)) - set(DIMENSIONS):
        raise ValueError(f"gold filters by {', '.join(sorted(strange))}")
    return Spec(
        metrics=tuple(str(gold["metrics"]).split()),
        by=tuple(str(gold.get("by", "")).split()),
        within=within,
        without=without,
        time=span(str(gold["time"])) if "time" in gold else None,
        versus=span(str(gold["vs"])) if "vs" in gold else None,
        order=gold.get("order"),
        limit=gold.get("limit"),
        share=bool(gold.get("share")),
    )


def _values(filters: Mapping[str, Words]) -> dict[str, tuple[str, ...]]:
    return {name: (given,) if isinstance(given, str) else tuple(given) for name, given in filters.items()}


def span(text: str) -> Span:
    """`2026`, `2026-Q3`, `2026-H1`, `2026-10`, `2026-10-05`, or two of them with `..` between."""
    first, _, last = text.partition("..")
    return Span(_unit(first).first, _unit(last or first).last)


def _unit(text: str) -> Span:
    year, _, rest = text.partition("-")
    if not rest:
        return _months(int(year), 1, 12)
    if rest[0] in "QH":
        size = 3 if rest[0] == "Q" else 6
        return _months(int(year), (int(rest[1]) - 1) * size + 1, size)
    if len(rest) == 2:
        return _months(int(year), int(rest), 1)
    day = date.fromisoformat(text)
    return Span(day, day)


def _months(year: int, first: int, count: int) -> Span:
    last = first + count - 1
    return Span(date(year, first, 1), date(year, last, monthrange(year, last)[1]))
