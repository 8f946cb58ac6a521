"""Policies: what an action takes to be released. The database evaluates them; here is what one may say.

`limits` are decimal strings by unit: an ISO 4217 code for money, `recipients`, `reach`, `actions`. What a client has
committed on a day counts together, so that many small actions do not pass as one small action.
"""

from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from kernel.auth import Role
from kernel.settings import MCP_SERVERS

DEFAULT = "default"
_COUNTS = frozenset({"recipients", "reach", "actions"})
_DAY = 86_400


def _decimal(text: str) -> str:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("a decimal number such as 500.00") from error
    if not value.is_finite() or value < 0 or abs(value) > Decimal("1e15"):
        raise ValueError("a number from 0 to 10^15")
    return format(value, "f")


def _unit(text: str) -> str:
    if text not in _COUNTS and not (len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()):
        raise ValueError(f"a currency code such as USD, or one of {', '.join(sorted(_COUNTS))}")
    return text


def _tool(text: str) -> str:
    server, dot, tool = text.partition(".")
    if server not in MCP_SERVERS or not dot or not tool.replace("_", "").isalnum():
        raise ValueError("a tool such as ads.change_budget")
    return text


def _pattern(text: str) -> str:
    return text if text == "*" or (text.endswith(".*") and text[:-2] in MCP_SERVERS) else _tool(text)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("an IANA time zone such as America/Costa_Rica") from error
    return name


Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")]
Limits = Annotated[
    dict[Annotated[str, AfterValidator(_unit)], Annotated[str, AfterValidator(_decimal)]], Field(max_length=200)
]
Seconds = Annotated[int, Field(ge=0, le=90 * _DAY)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tier(_Part):
    """How much is released by whom. The first tier that holds an action applies."""

    name: Name
    limits: Limits | None = Field(description="Most of each unit a client may commit on a day; null for no limit.")
    required_approvals: int = Field(ge=1, le=10, description="Distinct people, none of them the proposer.")
    approver_roles: list[Role] = Field(default=["reviewer", "admin"], min_length=1)
    expires_after_seconds: int = Field(default=72 * 3600, ge=1, le=90 * _DAY)
    undo_seconds: Seconds = Field(default=10, description="How long an approval can be taken back.")
    remind_before_seconds: Seconds | None = Field(default=4 * 3600, description="Before expiry.")
    escalate_after_seconds: Seconds | None = Field(default=24 * 3600, description="After the proposal.")
    escalate_to: list[Role] = Field(default=["admin"])


class AutomaticRule(_Part):
    """What is approved without a person, within every one of these bounds. Off unless enabled.

    Never where input was untrusted, nor where the tier asks for more than one person.
    """

    name: Name
    enabled: bool = False
    tools: list[Annotated[str, AfterValidator(_tool)]] = Field(min_length=1)
    limits: Limits = Field(description="Most of each unit in one action; a unit that is not named is not allowed.")
    daily_limits: Limits = Field(
        description="Most of each unit for a client on a day, everything it committed counted."
    )
    countries: list[str] | None = Field(default=None, description="Only these, by English name; null for any.")
    irreversible: bool = Field(default=False, description="Also what cannot be undone.")

    @model_validator(mode="after")
    def _every_unit_has_a_day(self) -> Self:
        if missing := sorted(set(self.limits) - set(self.daily_limits)):
            raise ValueError(f"daily_limits has to name {', '.join(missing)} too")
        return self


class Cap(_Part):
    """What must not be committed beyond, whoever approves: pending, approved and executed together."""

    per: Literal["campaign", "client_day", "client_month", "tenant_day"]
    limits: Limits


class QuietHours(_Part):
    """When nothing is carried out; over midnight when the end is before the start."""

    days: list[Day] = Field(min_length=1, description="The days on which it starts.")
    start: time
    end: time


class Blackout(_Part):
    first: date
    last: date
    reason: str = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 <= (self.last - self.first).days <= 366:
            raise ValueError("last is from first on, a year later at most")
        return self


class PolicyDocument(_Part):
    """Which tools it is for, and what releasing their actions takes."""

    applies_to: list[Annotated[str, AfterValidator(_pattern)]] = Field(
        description="`*`, `ads.*` or `ads.change_budget`; the closest fit applies. Empty: nothing any more."
    )
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(default="UTC", description="Of its days, hours, dates.")
    tiers: list[Tier] = Field(min_length=1, max_length=20)
    automatic: list[AutomaticRule] = Field(default=[], max_length=50)
    caps: list[Cap] = Field(default=[], max_length=50)
    quiet_hours: list[QuietHours] = Field(default=[], max_length=50)
    blackout_dates: list[Blackout] = Field(default=[], max_length=100)

    @model_validator(mode="after")
    def _holds_everything(self) -> Self:
        if self.tiers[-1].limits is not None:
            raise ValueError("the last of the tiers has no limits (null), so that one holds every action")
        if any(tier.limits is None for tier in self.tiers[:-1]):
            raise ValueError("a tier after one without limits never applies")
        for what, names in (
            ("tiers", [one.name for one in self.tiers]),
            ("automatic", [r.name for r in self.automatic]),
        ):
            if len(set(names)) < len(names):
                raise ValueError(f"{what}: two have the same name")
        return self

    def stored(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


_LARGE = {"USD": "1000000", "EUR": "1000000", "GBP": "1000000", "CRC": "500000000", "MXN": "20000000"}
_SMALL = {currency: str(int(limit) // 1000) for currency, limit in _LARGE.items()}


def default_document(expiry_seconds: int, undo_seconds: int) -> PolicyDocument:
    """The installation's: one person for what a client commits on a day up to about a million dollars, two beyond."""
    times: dict[str, Any] = {"expires_after_seconds": expiry_seconds, "undo_seconds": undo_seconds}
    people = {"recipients": "10000", "reach": "100000000"}
    return PolicyDocument(
        applies_to=["*"],
        tiers=[
            Tier(
                name="routine", limits={**_SMALL, "recipients": "100", "reach": "100000"}, required_approvals=1, **times
            ),
            Tier(name="standard", limits={**_LARGE, **people}, required_approvals=1, **times),
            Tier(name="major", limits=None, required_approvals=2, **times),
        ],
    )
