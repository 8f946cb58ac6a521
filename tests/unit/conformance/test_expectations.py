"""Verdicts on what the conformance suite reports."""

import pytest

from tests.conformance.expectations import Check, Excuse, Expectations
from tests.conformance.outcome import Verdict
from tests.conformance.suite import SUITES

EXPECTATIONS = Expectations(
    expected=[
        Excuse(reason="needs a session", entries=["polling", "streams:session", "stateless:probe"]),
        Excuse(reason="needs a channel back", says="no channel", entries=["sampling"]),
    ],
    vacuous=[Excuse(reason="ends a session", entries=["lifecycle"])],
)
GENERIC = {"tools-list", "stateless"}


@pytest.mark.parametrize(
    ("scenario", "statuses", "verdict"),
    [
        ("tools-list", {"list": "SUCCESS"}, "passed"),
        ("tools-list", {"list": "SUCCESS", "order": "SKIPPED"}, "passed"),
        ("tools-list", {"list": "SUCCESS", "names": "FAILURE"}, "failed"),
        ("tools-list", {"list": "SUCCESS", "names": "WARNING"}, "failed"),
        ("stateless", {"discover": "SUCCESS", "probe": "FAILURE"}, "failed"),
        ("polling", {"resume": "FAILURE"}, "expected"),
        ("polling", {"resume": "FAILURE", "wire-schema-valid": "SUCCESS"}, "expected"),
        ("polling", {"resume": "SUCCESS"}, "failed"),
        ("streams", {"session": "WARNING"}, "expected"),
        ("streams", {"session": "WARNING", "accepted": "SUCCESS"}, "passed"),
        ("streams", {"session": "WARNING", "accepted": "FAILURE"}, "failed"),
        ("streams", {"accepted": "SUCCESS"}, "passed"),
        ("streams", {"session": "SUCCESS"}, "failed"),
        ("lifecycle", {"stateless": "INFO"}, "vacuous"),
        ("lifecycle", {"ended": "SUCCESS"}, "failed"),
        ("lifecycle", {"ended": "FAILURE"}, "failed"),
        ("tools-call-image", {"call": "SUCCESS"}, "passed"),
        ("tools-call-image", {"call": "INFO", "wire-schema-valid": "SUCCESS"}, "failed"),
    ],
)
def test_a_scenario_is_judged_by_every_check_that_is_not_excused(
    scenario: str, statuses: dict[str, str], verdict: Verdict
) -> None:
    checks = [Check.model_validate({"id": name, "status": status}) for name, status in statuses.items()]

    outcome = EXPECTATIONS.judge("suite", scenario, checks, GENERIC)

    assert outcome.verdict == verdict


@pytest.mark.parametrize(("message", "verdict"), [("there is no channel back", "expected"), ("it crashed", "failed")])
def test_a_failure_is_excused_only_for_what_it_says(message: str, verdict: Verdict) -> None:
    checks = [Check(id="call", status="FAILURE", errorMessage=message)]

    outcome = EXPECTATIONS.judge("suite", "sampling", checks, GENERIC)

    assert outcome.verdict == verdict


def test_an_expected_failure_carries_its_reason() -> None:
    outcome = EXPECTATIONS.judge("suite", "polling", [Check(id="resume", status="FAILURE")], GENERIC)

    assert outcome.detail == "needs a session"


def test_no_failure_is_expected_without_a_reason_and_none_of_a_generic_scenario() -> None:
    expectations = Expectations.read()
    generic = frozenset[str]().union(*(suite.generic for suite in SUITES))
    excuses = [*expectations.expected, *expectations.vacuous]

    assert all(excuse.reason and excuse.entries for excuse in excuses)
    assert not generic & {entry.partition(":")[0] for excuse in excuses for entry in excuse.entries}
