"""Judging what the suite found, with the failures that are expected of any server but the suite's own example."""

from collections.abc import Collection, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from tests.conformance.outcome import Outcome

_FILE = Path(__file__).with_name("expected-failures.yml")
_STALE = "passes: remove it from expected-failures.yml"


class Check(BaseModel):
    """One check of a scenario, as the suite reports it."""

    id: str
    status: Literal["SUCCESS", "FAILURE", "WARNING", "SKIPPED", "INFO"]
    errorMessage: str = ""  # noqa: N815 - the suite's name

    @property
    def fails(self) -> bool:
        return self.status in {"FAILURE", "WARNING"}


class Excuse(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str
    entries: list[str]


class Expectations(BaseModel):
    """The contents of expected-failures.yml."""

    model_config = ConfigDict(extra="forbid")

    expected: list[Excuse]
    vacuous: list[Excuse]

    @classmethod
    def read(cls) -> "Expectations":
        return cls.model_validate(yaml.safe_load(_FILE.read_text()))

    def judge(self, group: str, scenario: str, checks: Sequence[Check], generic: Collection[str]) -> Outcome:
        """The verdict on one scenario; `generic` are those that every server has to pass."""
        if problem := self._problem(scenario, checks, generic):
            return Outcome(group, scenario, "failed", problem)
        if scenario in self._expected:
            return Outcome(group, scenario, "expected", self._expected[scenario])
        if scenario in self._vacuous:
            return Outcome(group, scenario, "vacuous", self._vacuous[scenario])
        return Outcome(group, scenario, "passed", _counted(checks, self._excused(scenario, checks)))

    def _problem(self, scenario: str, checks: Sequence[Check], generic: Collection[str]) -> str:
        if scenario in self._expected:
            return "" if any(check.fails for check in checks) else f"{scenario} {_STALE}"
        excused = self._excused(scenario, checks)
        if failing := [
            f"{check.id}: {check.errorMessage}" for check in checks if check.fails and check.id not in excused
        ]:
            return "; ".join(failing)
        if stale := [check.id for check in checks if check.id in excused and check.status == "SUCCESS"]:
            return f"{stale[0]} {_STALE}"
        return "" if scenario in self._vacuous or scenario in generic else "it is neither generic nor listed as vacuous"

    def _excused(self, scenario: str, checks: Sequence[Check]) -> set[str]:
        return {check.id for check in checks if f"{scenario}:{check.id}" in self._expected}

    @cached_property
    def _expected(self) -> dict[str, str]:
        return {entry: excuse.reason for excuse in self.expected for entry in excuse.entries}

    @cached_property
    def _vacuous(self) -> dict[str, str]:
        return {entry: excuse.reason for excuse in self.vacuous for entry in excuse.entries}


def _counted(checks: Sequence[Check], excused: Collection[str]) -> str:
    passed = sum(check.status == "SUCCESS" for check in checks)
    skipped = sum(check.status == "SKIPPED" for check in checks)
    parts = [str(passed), f"{skipped} n/a" if skipped else "", f"{len(excused)} expected" if excused else ""]
    return ", ".join(part for part in parts if part)
