"""What the queue has to do, worked out in Python from its rules alone: tiers, rules, caps, the ledger, votes, states.

Nothing here is read back from the database; the state machine compares the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from approvals.domain import TRANSITIONS, State
from approvals.policy import PolicyDocument
from kernel.clock import now

PEOPLE: Mapping[str, tuple[str, ...]] = {
    "user:ana": ("marketer", "reviewer"),
    "user:ben": ("reviewer",),
    "user:eva": ("admin",),
    "user:leo": ("admin", "reviewer"),
    "user:max": ("admin",),
    "user:zoe": ("viewer",),
}
MAX_ATTEMPTS = 4
HOLDS_NOTHING = frozenset({"REJECTED", "EXPIRED", "CANCELLED", "FAILED"})
TERMINAL = frozenset(state for state, following in TRANSITIONS.items() if not following)
TAKEN_UP = frozenset({"EXECUTING", "SUCCEEDED", "FAILED", "FAILED_PARTIAL", "UNKNOWN"})

Counter = tuple[str, str, str]
"""Scope, subject and unit; the period is today throughout a test (see `midday_zone`)."""


def midday_zone() -> str:
    """A time zone in which it is about noon, so that no day and no month ends while a test runs."""
    ahead = 12 - now().hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


@dataclass(frozen=True)
class Tier:
    name: str
    limits: Mapping[str, Decimal] | None
    required: int
    roles: frozenset[str]
    undo: int

    def holds(self, used: Mapping[str, Decimal]) -> bool:
        if self.limits is None:
            return True
        return all(used[unit] <= self.limits[unit] if unit in self.limits else unit == "actions" for unit in used)


@dataclass(frozen=True)
class Rule:
    enabled: bool
    limits: Mapping[str, Decimal]
    daily: Mapping[str, Decimal]
    irreversible: bool


@dataclass(frozen=True)
class Rules:
    """A policy: its tiers in order, its one automatic rule, and its caps by scope."""

    tiers: Sequence[Tier]
    rule: Rule | None
    caps: Mapping[str, Mapping[str, Decimal]]
    label: str = ""

    def document(self) -> dict[str, Any]:
        def written(limits: Mapping[str, Decimal] | None) -> dict[str, str] | None:
            return None if limits is None else {unit: str(limit) for unit, limit in limits.items()}

        automatic = [] if self.rule is None else [
            {
                "name": "small", "enabled": self.rule.enabled, "tools": ["ads.launch_campaign"],
                "limits": written(self.rule.limits), "daily_limits": written(self.rule.daily),
                "irreversible": self.rule.irreversible,
            }
        ]  # fmt: skip
        tiers = [
            {
                "name": tier.name, "limits": written(tier.limits), "required_approvals": tier.required,
                "approver_roles": sorted(tier.roles), "undo_seconds": tier.undo,
            }
            for tier in self.tiers
        ]  # fmt: skip
        caps = [{"per": scope, "limits": written(limits)} for scope, limits in self.caps.items()]
        return PolicyDocument.model_validate(
            {"applies_to": ["*"], "time_zone": midday_zone(), "tiers": tiers, "automatic": automatic, "caps": caps}
        ).stored()


@dataclass(frozen=True)
class Stake:
    """What a proposal exposes, and what about it an automatic rule looks at."""

    amount: str | None
    currency: str
    recipients: int | None
    client: str
    campaign: str | None
    reversible: bool = True
    untrusted: bool = False

    def exposure(self) -> dict[str, Any]:
        money = {"amount": self.amount, "currency": self.currency} if self.amount else {}
        return {**money, "recipients": self.recipients, "client": self.client, "campaign_id": self.campaign}

    def measures(self) -> dict[str, Decimal]:
        found = {"actions": Decimal(1)}
        if self.amount is not None:
            found[self.currency] = Decimal(self.amount)
        if self.recipients is not None:
            found["recipients"] = Decimal(self.recipients)
        return found

    def counters(self) -> dict[Counter, Decimal]:
        scopes = [("client_day", self.client), ("client_month", self.client), ("tenant_day", "")]
        if self.campaign is not None:
            scopes.append(("campaign", self.campaign))
        return {(scope, of, unit): amount for scope, of in scopes for unit, amount in self.measures().items()}


@dataclass(frozen=True)
class Cast:
    """One vote: by whom, in whose place, in which roles."""

    reviewer: str
    on_behalf_of: str | None
    roles: frozenset[str]
    glass: bool = False


@dataclass
class Modelled:
    """What one action must be."""

    id: str
    proposer: str
    stake: Stake
    tier: Tier
    state: State = "PENDING"
    revision: int = 1
    editor: str | None = None
    votes: list[Cast] = field(default_factory=list[Cast])
    by_rule: bool = False
    broke_glass: bool = False
    aged: bool = False
    waits: bool = False
    lease_over: bool = False
    fence: int = 0
    attempts: int = 0

    @property
    def open(self) -> bool:
        return self.state in ("PENDING", "APPROVED") and not self.aged

    @property
    def claimable(self) -> bool:
        if self.state == "APPROVED":
            return not self.aged and not self.waits
        return self.state == "EXECUTING" and self.lease_over and self.attempts < MAX_ATTEMPTS

    @property
    def overdue(self) -> bool:
        return (self.state in ("PENDING", "APPROVED") and self.aged) or (
            self.state == "EXECUTING" and self.lease_over and self.attempts >= MAX_ATTEMPTS
        )

    def voted(self, reviewer: str, *, glass: bool = False) -> bool:
        return any(vote.reviewer == reviewer and vote.glass is glass for vote in self.votes)

    def released(self) -> bool:
        return self.by_rule or released(self.votes, self.tier, self.proposer, self.editor)

    def approve(self) -> None:
        self.state, self.waits = "APPROVED", self.tier.undo > 0 and not self.broke_glass

    def revise(self, stake: Stake, tier: Tier, editor: str | None) -> None:
        self.stake, self.tier, self.editor, self.revision = stake, tier, editor, self.revision + 1
        self.state, self.votes, self.attempts = "PENDING", [], 0
        self.by_rule = self.broke_glass = self.waits = self.lease_over = False


def released(votes: Sequence[Cast], tier: Tier, proposer: str, editor: str | None) -> bool:
    """Whether these votes release what a proposer asked and an editor wrote."""
    others = [vote for vote in votes if proposer not in (vote.reviewer, vote.on_behalf_of)]
    glass = {vote.reviewer for vote in others if vote.glass and "admin" in vote.roles}
    counted = [vote for vote in others if not vote.glass and vote.roles & tier.roles]
    people = {vote.reviewer for vote in counted}
    authorities = {vote.on_behalf_of or vote.reviewer for vote in counted}
    independent = any(editor is None or editor not in (vote.reviewer, vote.on_behalf_of) for vote in counted)
    return len(glass) >= 2 or (min(len(people), len(authorities)) >= tier.required and independent)


class Ledger:
    """What is committed, by counter."""

    def __init__(self) -> None:
        self.held: dict[str, dict[Counter, Decimal]] = {}

    def committed(self) -> dict[Counter, Decimal]:
        total: dict[Counter, Decimal] = {}
        for counters in self.held.values():
            for counter, amount in counters.items():
                total[counter] = total.get(counter, Decimal(0)) + amount
        return total

    def used(self, action: str, stake: Stake) -> dict[str, Decimal]:
        """What the client would have committed today in all, with this instead of what the action holds."""
        total = self._with(action, stake)
        return {unit: total["client_day", stake.client, unit] for unit in stake.measures()}

    def fits(self, action: str, stake: Stake, caps: Mapping[str, Mapping[str, Decimal]]) -> bool:
        total = self._with(action, stake)
        limits = {(scope, unit): limit for scope, units in caps.items() for unit, limit in units.items()}
        return all(
            total[scope, of, unit] <= limits[scope, unit]
            for scope, of, unit in stake.counters()
            if (scope, unit) in limits
        )

    def reserve(self, action: str, stake: Stake) -> None:
        self.held[action] = stake.counters()

    def release(self, action: str) -> None:
        self.held.pop(action, None)

    def _with(self, action: str, stake: Stake) -> dict[Counter, Decimal]:
        imagined = Ledger()
        imagined.held = {**self.held, action: stake.counters()}
        return imagined.committed()


def tier_of(rules: Rules, used: Mapping[str, Decimal]) -> Tier:
    return next(tier for tier in rules.tiers if tier.holds(used))


def approves_itself(rules: Rules, stake: Stake, tier: Tier, used: Mapping[str, Decimal]) -> bool:
    rule = rules.rule
    if rule is None or not rule.enabled or stake.untrusted or tier.required > 1:
        return False
    money_and_people = {unit: amount for unit, amount in stake.measures().items() if unit != "actions"}
    return (
        (stake.reversible or rule.irreversible)
        and all(amount <= rule.limits.get(unit, 0) for unit, amount in money_and_people.items())
        and all(used[unit] <= rule.daily[unit] for unit in used if unit in rule.daily)
    )
