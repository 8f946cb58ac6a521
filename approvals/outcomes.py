"""What a server's answer means for the action: done, refused, try again, or nobody knows. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

APPLIED_DIFFERS = "applied_differs"
_MAX_BACKOFF_SECONDS = 300.0
_TRY_AGAIN = frozenset({401, 408, 425, 429})
_TAKEN_OVER = "stale_fence"
_DRIFTED = "target_drifted"
_NOBODY_KNOWS = "outcome_unknown"
_SETTLED = frozenset({409, 422})
_BEFORE_LOOKING = frozenset({"action_form_changed", "tool_contract_changed"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from a server: an HTTP status and a JSON object, empty when it was none."""

    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finished:
    state: Literal["SUCCEEDED", "FAILED", "FAILED_PARTIAL", "UNKNOWN"]
    receipt: dict[str, Any] | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class TryAgain:
    """No clear answer: the effect may have happened, so only a repeat under the same action id can tell."""

    reason: str


@dataclass(frozen=True, slots=True)
class Drifted:
    """The target is not what was approved: the action as its server would propose it now."""

    prepared: dict[str, Any]
    reason: str


def outcome(answer: Answer, attempts: int) -> Finished | TryAgain | Drifted:
    """What one attempt came to. `attempts` counts this one: a refusal says less after an attempt without an answer."""
    if answer.status == 200:
        return _executed(answer.body)
    code = str(answer.body.get("code", f"http_{answer.status}"))
    detail = answer.body.get("detail")
    reason = f"{code}: {detail}" if detail else code
    if answer.status not in range(400, 500) or answer.status in _TRY_AGAIN or code == _TAKEN_OVER:
        return TryAgain(reason)
    prepared: object = answer.body.get("prepared")
    if code == _DRIFTED and isinstance(prepared, dict):
        return Drifted(cast("dict[str, Any]", prepared), reason)
    if code == _NOBODY_KNOWS:
        return Finished("UNKNOWN", None, reason)
    if attempts > 1 and (answer.status not in _SETTLED or code in _BEFORE_LOOKING):
        # This refusal was given without a look at what an earlier attempt may have done.
        return Finished("UNKNOWN", None, reason)
    return Finished("FAILED", None, reason)


def give_up_or_wait(again: TryAgain, attempts: int, max_attempts: int) -> Finished | TryAgain:
    """The same, unless there have been enough attempts: then a person has to find out."""
    if attempts < max_attempts:
        return again
    return Finished("UNKNOWN", None, f"attempts_exhausted: {again.reason}")


def backoff_seconds(attempts: int, base: float) -> float:
    """Pause after so many attempts: doubling, five minutes at most."""
    return min(base * 2 ** min(attempts - 1, 20), _MAX_BACKOFF_SECONDS)


def read_back(receipt: Mapping[str, Any]) -> Finished | None:
    """What a receipt says became of an action; None when it is no receipt."""
    checked = _checked(dict(receipt))
    if checked is None:
        return None
    if checked["differences"]:
        return Finished("FAILED_PARTIAL", checked, APPLIED_DIFFERS)
    return Finished("SUCCEEDED", checked, None)


def _executed(body: Mapping[str, Any]) -> Finished | TryAgain:
    receipt: object = body.get("receipt")
    found = read_back(cast("dict[str, Any]", receipt)) if isinstance(receipt, dict) else None
    return found or TryAgain("malformed_answer: the server's answer holds no receipt")


def _checked(receipt: dict[str, Any]) -> dict[str, Any] | None:
    """The receipt with every difference in it, also those that the server did not admit; None when it is none."""
    requested: object = receipt.get("requested")
    applied: object = receipt.get("applied")
    declared: object = receipt.get("differences")
    if not (isinstance(requested, dict) and isinstance(applied, dict) and isinstance(declared, list)):
        return None
    asked, got = cast("dict[str, Any]", requested), cast("dict[str, Any]", applied)
    known = cast("list[dict[str, Any]]", declared)
    admitted = {difference.get("field") for difference in known}
    found = [
        {"field": name, "requested": value, "applied": got.get(name)}
        for name, value in asked.items()
        if name not in admitted and got.get(name) != value
    ]
    return receipt | {"differences": [*known, *found]}
