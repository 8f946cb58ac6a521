"""What a policy may say."""

from typing import Any

import pytest
from pydantic import ValidationError

from approvals.policy import PolicyDocument, default_document

TIER: dict[str, Any] = {"name": "only", "limits": None, "required_approvals": 1}
RULE: dict[str, Any] = {
    "name": "small",
    "tools": ["ads.change_budget"],
    "limits": {"USD": "500"},
    "daily_limits": {"USD": "500"},
}


def document(**changed: Any) -> PolicyDocument:
    return PolicyDocument.model_validate({"applies_to": ["*"], "tiers": [TIER]} | changed)


def test_installations_policy_asks_for_two_people_beyond_its_limits() -> None:
    policy = default_document(259_200, 10)

    assert [tier.required_approvals for tier in policy.tiers] == [1, 1, 2]
    assert {tier.undo_seconds for tier in policy.tiers} == {10}
    assert policy.automatic == []


def test_rules_that_need_nobody_are_off_unless_enabled() -> None:
    assert [rule.enabled for rule in document(automatic=[RULE]).automatic] == [False]


def test_limits_are_kept_as_plain_decimals() -> None:
    tiers = [TIER | {"name": "small", "limits": {"USD": "1E+3"}}, TIER]

    assert document(tiers=tiers).stored()["tiers"][0]["limits"] == {"USD": "1000"}


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"tiers": [TIER | {"limits": {"USD": "1"}}]}, "no limits"),
    ({"tiers": [TIER, TIER | {"name": "after"}]}, "never applies"),
    ({"tiers": [TIER | {"name": "only", "limits": {}}, TIER]}, "same name"),
    ({"tiers": [TIER | {"approver_roles": []}]}, "at least 1"),
    ({"tiers": [TIER | {"limits": {"USD": "NaN"}}]}, "number from 0"),
    ({"tiers": [TIER | {"limits": {"USD": "-1"}}]}, "number from 0"),
    ({"automatic": [RULE | {"daily_limits": {}}]}, "daily_limits has to name USD"),
    ({"automatic": [RULE | {"tools": ["ads"]}]}, "a tool such as"),
    ({"quiet_hours": [{"days": [], "start": "22:00", "end": "07:00"}]}, "at least 1"),
    ({"blackout_dates": [{"first": "2026-12-26", "last": "2026-12-24", "reason": "x"}]}, "from first on"),
    ({"applies_to": ["hub.*"]}, "a tool such as"),
    ({"time_zone": "../etc/passwd"}, "IANA"),
]


@pytest.mark.parametrize(("changed", "said"), NONSENSE)
def test_nonsense_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        document(**changed)
