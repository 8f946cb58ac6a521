"""Verdicts on what the conformance suite reports."""

import pytest

from tests.conformance.expectations import Check, Excuse, Expectations
from tests.conformance.outcome import Verdict

EXPECTATIONS = Expectations(
    expected=[Excuse(reason="needs a tool of the example server", entries=["tools-call-image", "stateless:probe"])],
    vacuous=[Excuse(reason="tests nothing here", entries=["tools-call-error"])],
)
GENERIC = {"tools-list", "stateless"}


@pytest.mark.parametrize(
    ("scenario", "statuses", "verdict"),
    [
        ("tools-list", {"list": "SUCCESS"}, "passed"),
        ("tools-list", {"list": "SUCCESS", "names": "FAILURE"}, "failed"),
        ("tools-list", {"list": "SUCCESS", "names": "WARNING"}, "failed"),
        ("tools-call-image", {"call": "FAILURE"}, "expected"),
        ("tools-call-image", {"call": "SUCCESS"}, "failed"),
        ("stateless", {"discover": "SUCCESS", "probe": "FAILURE"}, "passed"),
        ("stateless", {"discover": "FAILURE", "probe": "FAILURE"}, "failed"),
        ("stateless", {"discover": "SUCCESS", "probe": "SUCCESS"}, "failed"),
        ("stateless", {"discover": "SUCCESS", "probe": "SKIPPED"}, "passed"),
        ("tools-call-error", {"call": "SUCCESS"}, "vacuous"),
        ("tools-call-error", {"call": "FAILURE"}, "failed"),
        ("new-in-the-suite", {"call": "SUCCESS"}, "failed"),
    ],
)
def test_a_scenario_is_judged_by_every_check_that_is_not_excused(
    scenario: str, statuses: dict[str, str], verdict: Verdict
) -> None:
    checks = [Check.model_validate({"id": name, "status": status}) for name, status in statuses.items()]

    outcome = EXPECTATIONS.judge("suite", scenario, checks, GENERIC)

    assert outcome.verdict == verdict


def test_an_expected_failure_carries_its_reason() -> None:
    outcome = EXPECTATIONS.judge("suite", "tools-call-image", [Check(id="call", status="FAILURE")], GENERIC)

    assert outcome.detail == "needs a tool of the example server"


def test_no_failure_is_expected_without_a_reason() -> None:
    expectations = Expectations.read()

    assert all(excuse.reason and excuse.entries for excuse in [*expectations.expected, *expectations.vacuous])
