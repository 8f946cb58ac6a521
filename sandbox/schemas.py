"""What travels over the wire. Money is a decimal string; every answer says that it comes from the sandbox."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from sandbox.domain import Campaign, CampaignStatus, LineItem, Message, MessageChannel, Notice, Post
from sandbox.errors import InvalidRecipient
from sandbox.faults import FaultKind, Method, Platform
from sandbox.kinds import Kind
from sandbox.market import Channel
from sandbox.market import Platform as AdPlatform
from sandbox.simulation import Insight

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
Amount = Annotated[Decimal, Field(gt=0, lt=Decimal("1e12"))]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    sandbox: Literal[True] = True
    """Nothing here is real."""


class LineItemBody(Request):
    platform: AdPlatform
    channel: Channel
    country: Name
    region: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    audience: Name
    budget: Amount

    def as_domain(self) -> LineItem:
        return LineItem(self.platform, self.channel, self.country, self.region, self.audience, self.budget)


class CampaignOrder(Request):
    name: Name
    objective: Name
    start: date
    end: date
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
    budget: Amount
    line_items: Annotated[list[LineItemBody], Field(min_length=1, max_length=500)]
    external_ref: Name


class BudgetOrder(Request):
    budget: Amount
    line_items: Annotated[list[LineItemBody], Field(min_length=1, max_length=500)] | None = None


class LineItemView(BaseModel):
    platform: AdPlatform
    channel: Channel
    country: str
    region: str
    audience: str
    budget: Decimal


class CampaignView(Answer):
    id: str
    status: CampaignStatus
    name: str
    objective: str
    start: date
    end: date
    currency: str
    budget: Decimal
    line_items: list[LineItemView]
    external_ref: str
    launched_at: datetime
    flight_days: int
    days_reported: int

    @classmethod
    def of(cls, campaign: Campaign, now: datetime) -> "CampaignView":
        return cls(
            id=campaign.id,
            status=campaign.status(now),
            name=campaign.name,
            objective=campaign.objective,
            start=campaign.start,
            end=campaign.end,
            currency=campaign.currency,
            budget=campaign.terms.budget,
            line_items=[LineItemView.model_validate(line, from_attributes=True) for line in campaign.terms.line_items],
            external_ref=campaign.external_ref,
            launched_at=campaign.launched_at,
            flight_days=campaign.flight_days,
            days_reported=campaign.days_reported(now),
        )


class CampaignPage(Answer):
    items: list[CampaignView]
    cursor: str | None
    """Send it as `after` for the next page; null on the last."""


class InsightRow(BaseModel):
    date: date
    platform: AdPlatform
    channel: Channel
    country: str
    region: str
    audience: str
    currency: str
    spend: Decimal
    impressions: int
    reach: int
    clicks: int
    conversions: int

    @classmethod
    def of(cls, insight: Insight) -> "InsightRow":
        return cls.model_validate(insight, from_attributes=True)


class Insights(Answer):
    campaign_id: str
    rows: list[InsightRow]
    cursor: str
    """Send it as `after` to get only what is reported later. Rows never change once reported."""
    complete: bool
    """Whether the whole flight has been reported."""


class PostOrder(Request):
    channel: Name
    title: Annotated[str, StringConstraints(max_length=500)] = ""
    body: Text
    asset_ref: Name
    media: JsonValue = None


class PostView(Answer):
    id: str
    status: Literal["published", "deleted"]
    channel: str
    title: str
    body: str
    asset_ref: str
    media: JsonValue
    published_at: datetime
    url: str

    @classmethod
    def of(cls, post: Post, status: Literal["published", "deleted"] = "published") -> "PostView":
        return cls(
            id=post.id,
            status=status,
            channel=post.channel,
            title=post.title,
            body=post.body,
            asset_ref=post.asset_ref,
            media=post.media,
            published_at=post.published_at,
            url=f"https://sandbox.invalid/posts/{post.id}",
        )


class PostPage(Answer):
    items: list[PostView]
    cursor: str | None


class MessageOrder(Request):
    channel: MessageChannel
    to: Name
    subject: Annotated[str, StringConstraints(max_length=500)] | None = None
    body: Text
    lead_ref: Name

    def check_recipient(self) -> None:
        """Raise InvalidRecipient unless the address fits the channel."""
        email = self.channel == "email"
        if not (_EMAIL if email else _PHONE).fullmatch(self.to):
            fix = "Send an e-mail address." if email else "Send a number such as +50688887777."
            raise InvalidRecipient(f"{self.channel} cannot be sent to this address.", field="to", fix=fix)


class MessageView(Answer):
    id: str
    status: Literal["sent"]
    channel: MessageChannel
    to: str
    subject: str | None
    body: str
    lead_ref: str
    sent_at: datetime

    @classmethod
    def of(cls, message: Message) -> "MessageView":
        return cls(
            id=message.id,
            status="sent",
            channel=message.channel,
            to=message.to,
            subject=message.subject,
            body=message.body,
            lead_ref=message.lead_ref,
            sent_at=message.sent_at,
        )


class MessagePage(Answer):
    items: list[MessageView]
    cursor: str | None


class NoticeOrder(Request):
    event: Name
    action_id: Name
    title: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    text: Text
    language: Literal["en", "es"]
    url: Annotated[str, StringConstraints(max_length=2_000)]
    readers: Annotated[list[Name], Field(max_length=20)]
    occurred_at: AwareDatetime


class NoticeView(Answer):
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

    @classmethod
    def of(cls, notice: Notice) -> "NoticeView":
        return cls.model_validate(notice, from_attributes=True)


class NoticePage(Answer):
    items: list[NoticeView]
    cursor: str | None


class FaultOrder(Request):
    service: Platform
    kind: FaultKind
    count: Annotated[int, Field(ge=0, le=100_000)]
    """Requests to strike from now on; 0 takes the fault away."""
    method: Method | None = None


class FaultView(BaseModel):
    service: Platform
    kind: FaultKind
    method: Method | None
    remaining: int


class Faults(Answer):
    faults: list[FaultView]


class KindOrder(Request):
    service: Platform
    kind: Kind | None
    """Null: nothing of its own any more."""


class Kinds(Answer):
    kinds: dict[Platform, Kind]


class EffectView(BaseModel):
    """One time that a write changed something."""

    key: str
    """The idempotency key it came with."""
    object_id: str
    at: datetime


class Effects(Answer):
    effects: list[EffectView]
    """In the order they happened."""


class ControlState(Faults, Kinds):
    account: str
    campaigns: int
    posts: int
    messages: int
    idempotency_keys: int
