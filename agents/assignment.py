"""What a specialist is asked to work on: a complete brief. Both engines and every specialist read this one shape."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from kernel.money import Money

Language = Literal["en", "es"]
Engine = Literal["playbook", "llm"]
SpecialistName = Literal["content", "ads", "crm", "analytics"]
SPECIALISTS: tuple[SpecialistName, ...] = ("analytics", "ads", "content", "crm")
Channel = Literal["search", "social", "video", "email", "sms"]
Platform = Literal["Google Ads", "Meta Ads", "TikTok", "LinkedIn", "Mailchimp", "Twilio"]
GoalMetric = Literal["sales", "revenue", "leads", "conversions", "clicks", "reach", "impressions"]

Amount = Annotated[Decimal, PlainSerializer(lambda value: f"{value:.2f}", return_type=str, when_used="json")]
"""An amount of money: a decimal that travels in JSON as a string with two decimals."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Country(Frozen):
    code: str = Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2")
    name: str = Field(description="English name, as the data has it")


class Goal(Frozen):
    metric: GoalMetric
    value: Decimal = Field(gt=0, description="Units, or an amount in the brief's currency when the metric is revenue")


class Budget(Frozen):
    amount: Amount
    currency: str

    @classmethod
    def of(cls, money: Money) -> "Budget":
        return cls(amount=money.amount, currency=money.currency)

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    def __str__(self) -> str:
        return str(self.money)


class Period(Frozen):
    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


class Assignment(Frozen):
    """A brief with nothing missing, and the date the work is done on (`as_of`)."""

    client: str
    products: tuple[str, ...]
    countries: tuple[Country, ...]
    budget: Budget
    period: Period
    goal: Goal
    audiences: tuple[str, ...]
    channels: tuple[Channel, ...] = ()
    platforms: tuple[Platform, ...] = ()
    language: Language
    as_of: date

    def wants(self, platform: str, channel: str) -> bool:
        """Whether the brief leaves room for this placement; naming no channel or platform leaves room for all."""
        unrestricted = not self.channels and not self.platforms
        return unrestricted or channel in self.channels or platform in self.platforms
