"""The figures of a run, by kind and language, and whether they reach the targets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from evals.analytics.suite import Outcome, Result

EXACT = 0.97
REFUSED = 0.97


@dataclass(frozen=True, slots=True)
class Score:
    questions: int
    right: int

    @property
    def share(self) -> float:
        return self.right / self.questions if self.questions else 1.0


@dataclass(frozen=True, slots=True)
class Report:
    exact: Score
    """Questions that have an answer, answered exactly."""
    refused: Score
    """Questions that have none, declined or asked back."""
    wrong: tuple[str, ...]
    """Answers given with confidence that are not right."""
    second: tuple[str, ...]
    """Answers that the second computation or the look at the sentence found at fault."""
    loading: tuple[str, ...]
    by: dict[str, Score]
    """`kind language` → score."""
    rows: int
    faults: tuple[tuple[str, str, str], ...]
    """Question, kind of fault, detail."""

    @property
    def passed(self) -> bool:
        reached = self.exact.share >= EXACT and self.refused.share >= REFUSED
        return reached and not (self.wrong or self.second or self.loading)

    def as_json(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "questions": self.exact.questions + self.refused.questions,
            "exact": self.exact.share,
            "refused": self.refused.share,
            "confident_wrong": len(self.wrong),
            "second_look_faults": len(self.second),
            "loading_faults": list(self.loading),
            "rows_loaded": self.rows,
            "by": {name: {"questions": score.questions, "right": score.right} for name, score in self.by.items()},
            "faults": [dict(zip(("question", "fault", "detail"), fault, strict=True)) for fault in self.faults],
        }

    def lines(self) -> list[str]:
        said = [f"{'kind':<16}{'language':<10}{'questions':>10}{'right':>8}"]
        for name, score in self.by.items():
            kind, language = name.split()
            said.append(f"{kind:<16}{language:<10}{score.questions:>10}{score.right:>8}")
        said += [f"{fault}: {question}\n    {detail}" for question, fault, detail in self.faults]
        said += [f"loading: {what}" for what in self.loading]
        said.append(
            f"{self.exact.right} of {self.exact.questions} answered exactly ({self.exact.share:.1%}), "
            f"{self.refused.right} of {self.refused.questions} declined or asked back ({self.refused.share:.1%}), "
            f"{len(self.wrong)} confident wrong answers, {len(self.second)} faults found by the second look; "
            f"{self.rows:,} rows imported and brought, none of them twice."
            if not self.loading
            else f"{len(self.loading)} faults in loading."
        )
        return said


def report_of(outcome: Outcome) -> Report:
    """The figures of a run."""
    results = outcome.results
    names = sorted({f"{result.question.kind} {result.question.language}" for result in results})
    return Report(
        exact=_score(results, lambda result: result.question.gold is not None),
        refused=_score(results, lambda result: result.question.gold is None),
        wrong=_texts(results, ("wrong",)),
        second=_texts(results, ("computed", "sentence")),
        loading=tuple(outcome.loading),
        by={
            name: _score(results, lambda r, name=name: f"{r.question.kind} {r.question.language}" == name)
            for name in names
        },
        rows=outcome.rows,
        faults=tuple((r.question.text, fault.kind, fault.detail) for r in results for fault in r.faults),
    )


def _score(results: Sequence[Result], counts: Callable[[Result], bool]) -> Score:
    chosen = [result for result in results if counts(result)]
    return Score(len(chosen), sum(not result.faults for result in chosen))


def _texts(results: Sequence[Result], kinds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(r.question.text for r in results if any(fault.kind in kinds for fault in r.faults))
