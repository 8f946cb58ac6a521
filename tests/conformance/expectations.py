"""Judging what the suite found, with the failures that are expected of these servers."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from tests.conformance.outcome import Outcome

_FILE = Path(__file__).with_name("expected-failures.yml")
_STALE = "passes: remove it from expected-failures.yml"
_OF_EVERY_SCENARIO = "wire-schema-valid"
"""Says that the messages were well formed, whatever they said."""


class Check(BaseModel):
    """One check of a scenario, as the suite reports it."""

    id: str
    status: Literal["SUCCESS", "FAILURE", "WARNING", "SKIPPED", "INFO"]
    errorMessage: str = ""  # noqa: N815 - the suite's name

    @property
    def fails(self) -> bool:
        return self.status in {"FAILURE", "WARNING"}

    @property
    def succeeds(self) -> bool:
        return self.status == "SUCCESS"

    @property
    def proves(self) -> bool:
        """Whether it is evidence of what its scenario is about."""
        return self.succeeds and self.id != _OF_EVERY_SCENARIO


class Excuse(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str
    says: str = ""
    """What every failure that is excused has in its message."""
    entries: list[str]

    def covers(self, check: Check) -> bool:
        return self.says in check.errorMessage


class Expectations(BaseModel):
    """The contents of expected-failures.yml."""

    model_config = ConfigDict(extra="forbid")

    expected: list[Excuse]
    vacuous: list[Excuse]

    @classmethod
    def read(cls) -> "Expectations":
        return cls.model_validate(yaml.safe_load(_FILE.read_text()))

    def judge(self, group: str, scenario: str, checks: Sequence[Check], generic: Collection[str]) -> Outcome:
        """The verdict on one scenario; `generic` are those of which nothing may be excused."""
        excuses = self._excuses(scenario, checks)
        if scenario in generic and excuses:
            return Outcome(group, scenario, "failed", "it is generic, and expected-failures.yml excuses some of it")
        if problem := self._problem(scenario, checks, excuses):
            return Outcome(group, scenario, "failed", problem)
        if scenario in self._vacuous:
            return Outcome(group, scenario, "vacuous", self._vacuous[scenario].reason)
        if excuses and not any(check.proves for check in checks):
            return Outcome(group, scenario, "expected", next(iter(excuses.values())).reason)
        return Outcome(group, scenario, "passed", _counted(checks))

    def _problem(self, scenario: str, checks: Sequence[Check], excuses: Mapping[str, Excuse]) -> str:
        failing = [check for check in checks if check.fails]
        if unexcused := [
            f"{check.id}: {check.errorMessage}"
            for check in failing
            if check.id not in excuses or not excuses[check.id].covers(check)
        ]:
            return "; ".join(unexcused)
        if excuses and not failing:
            return f"{scenario} {_STALE}"
        tested = bool(excuses) or any(check.proves for check in checks)
        if tested and scenario in self._vacuous:
            return f"{scenario} {_STALE}"
        return "" if tested or scenario in self._vacuous else "nothing in it succeeded, and it is not listed as vacuous"

    def _excuses(self, scenario: str, checks: Sequence[Check]) -> dict[str, Excuse]:
        """By check: why it may fail."""
        found = {check.id: self._expected.get(f"{scenario}:{check.id}") for check in checks}
        whole = self._expected.get(scenario)
        return {check: excuse for check, own in found.items() if (excuse := own or whole)}

    @cached_property
    def _expected(self) -> dict[str, Excuse]:
        return {entry: excuse for excuse in self.expected for entry in excuse.entries}

    @cached_property
    def _vacuous(self) -> dict[str, Excuse]:
        return {entry: excuse for excuse in self.vacuous for entry in excuse.entries}


def _counted(checks: Sequence[Check]) -> str:
    counts = {
        "": sum(check.succeeds for check in checks),
        " n/a": sum(check.status == "SKIPPED" for check in checks),
        " expected": sum(check.fails for check in checks),
    }
    return ", ".join(f"{count}{what}" for what, count in counts.items() if count)
