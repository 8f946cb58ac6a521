from typing import Any

import pytest

from approvals.outcomes import Answer, Drifted, Finished, TryAgain, backoff_seconds, give_up_or_wait, outcome


def _receipt(**changed: Any) -> dict[str, Any]:
    receipt: dict[str, Any] = {
        "platform": "sandbox ads",
        "platform_id": "p1",
        "sandbox": True,
        "requested": {"budget": "100.00"},
        "applied": {"budget": "100.00"},
        "differences": [],
        "applied_at": "2026-11-22T00:00:00Z",
    }
    return receipt | changed


def test_receipt_without_differences_is_success() -> None:
    assert outcome(Answer(200, {"receipt": _receipt()}), 1) == Finished("SUCCEEDED", _receipt(), None)


def test_declared_difference_is_failure_with_the_receipt() -> None:
    receipt = _receipt(
        applied={"budget": "90.00"}, differences=[{"field": "budget", "requested": "100.00", "applied": "90.00"}]
    )

    assert outcome(Answer(200, {"receipt": receipt}), 1) == Finished("FAILED_PARTIAL", receipt, "applied_differs")


def test_difference_that_the_server_does_not_admit_is_found() -> None:
    result = outcome(Answer(200, {"receipt": _receipt(applied={})}), 1)

    assert isinstance(result, Finished)
    assert (result.state, result.reason) == ("FAILED_PARTIAL", "applied_differs")
    assert result.receipt is not None
    assert result.receipt["differences"] == [{"field": "budget", "requested": "100.00", "applied": None}]


def test_drift_carries_what_the_server_would_propose_now() -> None:
    answer = Answer(409, {"code": "target_drifted", "detail": "It changed.", "prepared": {"tool": "t"}})

    assert outcome(answer, 1) == Drifted({"tool": "t"}, "target_drifted: It changed.")


def test_outcome_that_nobody_knows_is_a_persons() -> None:
    assert outcome(Answer(409, {"code": "outcome_unknown"}), 1) == Finished("UNKNOWN", None, "outcome_unknown")


@pytest.mark.parametrize("body", [{}, {"receipt": None}, {"receipt": {"requested": {}}}, {"receipt": "ok"}])
def test_answer_without_a_receipt_is_no_answer(body: dict[str, Any]) -> None:
    assert isinstance(outcome(Answer(200, body), 1), TryAgain)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_first_refusal_is_definitive(status: int) -> None:
    answer = Answer(status, {"code": "target_drifted", "detail": "It changed."})

    assert outcome(answer, 1) == Finished("FAILED", None, "target_drifted: It changed.")


@pytest.mark.parametrize("status", [301, 401, 408, 425, 429, 500, 502, 503, 504])
def test_trouble_on_the_way_is_tried_again(status: int) -> None:
    assert outcome(Answer(status, {}), 1) == TryAgain(f"http_{status}")


def test_stale_fence_is_tried_again_with_a_higher_one() -> None:
    assert isinstance(outcome(Answer(409, {"code": "stale_fence"}), 1), TryAgain)


@pytest.mark.parametrize(
    ("status", "code"), [(403, "payload_altered"), (404, "not_found"), (409, "tool_contract_changed")]
)
def test_refusal_without_a_look_after_an_attempt_without_answer_leaves_it_unknown(status: int, code: str) -> None:
    result = outcome(Answer(status, {"code": code}), 2)

    assert result == Finished("UNKNOWN", None, code)


@pytest.mark.parametrize("status", [409, 422])
def test_settled_refusal_is_definitive_on_a_later_attempt_too(status: int) -> None:
    assert outcome(Answer(status, {"code": "budget_too_low"}), 3) == Finished("FAILED", None, "budget_too_low")


def test_out_of_attempts_nobody_knows() -> None:
    again = TryAgain("unreachable: ConnectError")

    assert give_up_or_wait(again, 7, 8) is again
    assert give_up_or_wait(again, 8, 8) == Finished("UNKNOWN", None, "attempts_exhausted: unreachable: ConnectError")


def test_pauses_double_up_to_five_minutes() -> None:
    assert [backoff_seconds(attempt, 2.0) for attempt in (1, 2, 3)] == [2.0, 4.0, 8.0]
    assert backoff_seconds(60, 2.0) == 300.0
