"""Which approvals an action needs and how long it may wait for them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    name: str
    version: str
    """Part of every action's digest: an approval says which rules it was given under."""
    required_approvals: int
    expiry_seconds: int
    four_eyes: bool = True
    """Neither who proposed an action nor who alone edited it can release it."""


def default_policy(expiry_seconds: int) -> Policy:
    """One approval by somebody else, whatever the exposure."""
    return Policy(name="default", version="default-1", required_approvals=1, expiry_seconds=expiry_seconds)
