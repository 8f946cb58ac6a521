"""What the simulated platforms keep, and what may change: campaigns with their terms over time, posts, messages. Pure.

Time is simulated: a flight day lasts `seconds_per_day` real seconds, the first begins at launch, and a day is reported
in full when it begins. So a change takes effect on the next day, and a day once reported never changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import JsonValue

from kernel.money import Money
from sandbox.errors import (
    BudgetBelowSpend,
    CampaignEnded,
    ChannelNotOffered,
    DuplicateLineItem,
    InvalidFlight,
    LineItemsDoNotAddUp,
    UnsupportedCurrency,
)
from sandbox.market import MARKET, PER_DOLLAR, Channel, Platform

CampaignStatus = Literal["active", "paused", "ended"]
MessageChannel = Literal["email", "sms", "whatsapp"]
LineKey = tuple[str, str, str, str, str]
MAX_FLIGHT_DAYS = 366


@dataclass(frozen=True, slots=True)
class LineItem:
    platform: Platform
    channel: Channel
    country: str
    region: str
    """Empty for the whole country."""
    audience: str
    budget: Decimal
    """For the whole flight, in the campaign's currency."""

    @property
    def key(self) -> LineKey:
        """What tells one line item of a campaign from another."""
        return (self.platform, self.channel, self.country, self.region, self.audience)


@dataclass(frozen=True, slots=True)
class Terms:
    """What is in force from a flight day on, until later terms replace it."""

    from_day: int
    paused: bool
    line_items: tuple[LineItem, ...]

    @property
    def budget(self) -> Decimal:
        return sum((line.budget for line in self.line_items), Decimal(0))


@dataclass(frozen=True, slots=True)
class Campaign:
    id: str
    name: str
    objective: str
    start: date
    end: date
    """The last day of the flight, included."""
    currency: str
    external_ref: str
    launched_at: datetime
    seconds_per_day: float
    history: tuple[Terms, ...]
    """In the order they were agreed; of several for one day the last holds."""

    @property
    def terms(self) -> Terms:
        """The terms as they stand now, in force already or from the next day."""
        return self.history[-1]

    @property
    def flight_days(self) -> int:
        return (self.end - self.start).days + 1

    def days_reported(self, now: datetime) -> int:
        """Flight days that have begun: at least 1, at most all."""
        begun = 1 + int((now - self.launched_at).total_seconds() // self.seconds_per_day)
        return max(1, min(begun, self.flight_days))

    def terms_on(self, day: int) -> Terms:
        """The terms in force on a flight day, counted from 0."""
        return next(terms for terms in reversed(self.history) if terms.from_day <= day)

    def status(self, now: datetime) -> CampaignStatus:
        if now >= self.launched_at + timedelta(seconds=self.flight_days * self.seconds_per_day):
            return "ended"
        return "paused" if self.terms.paused else "active"

    def paused(self, now: datetime) -> "Campaign":
        """This campaign without spend from the next day on. Raises CampaignEnded."""
        return self._agree(now, paused=True, lines=self.terms.line_items)

    def resumed(self, now: datetime) -> "Campaign":
        """This campaign spending again from the next day on. Raises CampaignEnded."""
        return self._agree(now, paused=False, lines=self.terms.line_items)

    def rebudgeted(
        self, now: datetime, budget: Decimal, lines: Sequence[LineItem] | None, spent: Mapping[LineKey, Decimal]
    ) -> "Campaign":
        """This campaign with another budget for the whole flight, of which `spent` is gone.

        Without `lines` the line items stay and share the budget as before. Raises CampaignEnded, BudgetBelowSpend and
        what `check_line_items` raises.
        """
        total = sum(spent.values(), Decimal(0))
        if budget < total:
            raise BudgetBelowSpend(
                f"{Money(total, self.currency)} has been spent already.", field="budget", fix="Send at least that."
            )
        new = tuple(lines) if lines else self._share(budget, spent)
        check_line_items(new, Money(budget, self.currency))
        kept = {line.key: line.budget for line in new}
        for key, amount in spent.items():
            if kept.get(key, Decimal(0)) < amount:
                raise BudgetBelowSpend(
                    f"The line item {' / '.join(filter(None, key))} has spent {Money(amount, self.currency)} already.",
                    field="line_items",
                    fix="Keep it, with at least that budget.",
                )
        return self._agree(now, paused=self.terms.paused, lines=new)

    def _share(self, budget: Decimal, spent: Mapping[LineKey, Decimal]) -> tuple[LineItem, ...]:
        lines = self.terms.line_items
        weights = [line.budget for line in lines]
        gone = [spent.get(line.key, Decimal(0)) for line in lines]
        shares = [part.amount for part in Money(budget, self.currency).split(weights)]
        if any(share < amount for share, amount in zip(shares, gone, strict=True)):
            rest = Money(budget - sum(gone, Decimal(0)), self.currency).split(weights)
            shares = [amount + part.amount for amount, part in zip(gone, rest, strict=True)]
        return tuple(replace(line, budget=share) for line, share in zip(lines, shares, strict=True))

    def _agree(self, now: datetime, *, paused: bool, lines: tuple[LineItem, ...]) -> "Campaign":
        if self.status(now) == "ended":
            raise CampaignEnded(f"The campaign {self.id} ended on {self.end}.", fix="Launch a new one.")
        terms = Terms(self.days_reported(now), paused, lines)
        return self if _same(terms, self.terms) else replace(self, history=(*self.history, terms))


@dataclass(frozen=True, slots=True)
class Post:
    id: str
    channel: str
    title: str
    body: str
    asset_ref: str
    media: JsonValue
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """What the system had to tell somebody."""

    id: str
    event: str
    action_id: str
    title: str
    text: str
    language: str
    url: str
    readers: list[str]
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    channel: MessageChannel
    to: str
    subject: str | None
    body: str
    lead_ref: str
    sent_at: datetime


def _same(one: Terms, other: Terms) -> bool:
    return (one.paused, one.line_items) == (other.paused, other.line_items)


def check_flight(start: date, end: date) -> None:
    """Raise InvalidFlight unless the dates span 1 to 366 days."""
    if not 0 < (end - start).days + 1 <= MAX_FLIGHT_DAYS:
        raise InvalidFlight(
            f"A flight from {start} to {end} is not possible.",
            field="end",
            fix=f"Send an end from the start on, {MAX_FLIGHT_DAYS} days at most.",
        )


def check_line_items(lines: Sequence[LineItem], budget: Money) -> None:
    """Raise unless the lines differ, each is on offer and exact, and together they are the budget."""
    if budget.currency not in PER_DOLLAR:
        raise UnsupportedCurrency(
            f"{budget.currency} is not billed here.", field="currency", fix=f"Send one of {', '.join(PER_DOLLAR)}."
        )
    for index, line in enumerate(lines):
        Money.parse(line.budget, budget.currency)
        if (line.platform, line.channel) not in MARKET:
            offered = ", ".join(channel for platform, channel in MARKET if platform == line.platform)
            raise ChannelNotOffered(
                f"{line.platform} does not offer {line.channel}.",
                field=f"line_items.{index}.channel",
                fix=f"Send one of {offered}.",
            )
    if len({line.key for line in lines}) < len(lines):
        raise DuplicateLineItem(
            "Two line items have the same platform, channel, country, region and audience.",
            field="line_items",
            fix="Merge them.",
        )
    total = sum((line.budget for line in lines), Decimal(0))
    if total != budget.amount:
        raise LineItemsDoNotAddUp(
            f"The line items add up to {Money(total, budget.currency)}, the budget is {budget}.",
            field="line_items",
            fix="Make both the same, to the cent.",
        )


def misreported(campaign: Campaign) -> Campaign:
    """The campaign as a platform books it that does not do what it says: every budget a tenth higher."""
    unit = Money(Decimal(0), campaign.currency).minor_unit
    lines = tuple(
        replace(line, budget=(line.budget * Decimal("1.1")).quantize(unit)) for line in campaign.terms.line_items
    )
    return replace(campaign, history=(*campaign.history[:-1], replace(campaign.terms, line_items=lines)))
