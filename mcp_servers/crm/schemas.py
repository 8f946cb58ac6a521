"""Inputs and outputs of the crm tools. Money is a decimal string with its ISO 4217 currency beside it; times in UTC."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from mcp_servers.crm.domain import (
    Channel,
    Direction,
    Interaction,
    Language,
    Lead,
    MessageChannel,
    Sale,
    Stage,
    StageChange,
    masked,
)
from mcp_servers.crm.messages import reachable_by
from mcp_servers.crm.places import country_code
from mcp_servers.crm.repository import History

_ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
_SOME_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


def _in_utc(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


Id = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=_ONE_LINE)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_ONE_LINE)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=_ONE_LINE)]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_ONE_LINE)]
Body = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000, pattern=_SOME_LINES)]
Key = Annotated[
    str,
    StringConstraints(min_length=8, max_length=128, pattern=_ONE_LINE),
    Field(description="Any text of 8 to 128 characters; a repeated call with the same one has no second effect."),
]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$"), Field(description="ISO 4217 code such as USD.")]
Amount = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2, description="A decimal such as 1200.50.")]
Country = Annotated[
    Name, Field(description="English name, such as Costa Rica; ISO codes and Spanish names are taken too.")
]
Moment = Annotated[datetime, AfterValidator(_in_utc), Field(description="ISO 8601; without an offset it is UTC.")]
Email = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254)]


class ConsentInput(BaseModel):
    """What the person agreed to. Only what they really said: without consent no message can be sent."""

    model_config = ConfigDict(extra="forbid")

    email: bool = False
    sms: bool = False
    whatsapp: bool = False
    source: Line | None = Field(default=None, description="Where it was given: a form, a call, a signed paper.")


class ConsentView(BaseModel):
    email: bool
    sms: bool
    whatsapp: bool
    at: datetime | None
    source: str | None


class LeadSummary(BaseModel):
    """A lead without personal data."""

    lead_id: str
    created_at: datetime
    client: str
    product: str | None
    campaign_id: str | None
    source: str
    country: str
    country_code: str | None = Field(description="ISO 3166 alpha-2; null for a name that is not known")
    region: str
    status: Stage
    language: Language
    email: str = Field(description="masked, such as a***@example.com; get_lead tells the address")
    reachable_by: list[MessageChannel] = Field(description="channels that send_message may use now")

    @classmethod
    def of(cls, lead: Lead) -> "LeadSummary":
        return cls(
            lead_id=lead.id,
            created_at=lead.created_at,
            client=lead.client,
            product=lead.product,
            campaign_id=lead.campaign_id,
            source=lead.source,
            country=lead.country,
            country_code=country_code(lead.country),
            region=lead.region,
            status=lead.status,
            language=lead.language,
            email=masked(lead.email),
            reachable_by=reachable_by(lead),
        )


class LeadPage(BaseModel):
    leads: list[LeadSummary]
    next_cursor: str | None = Field(description="send it as cursor for the next page; null on the last")


class RegisteredLead(BaseModel):
    outcome: Literal["created", "merged", "repeated"] = Field(
        description="merged: this client had a lead with this e-mail, which was completed; repeated: the key was known"
    )
    note: str
    lead: LeadSummary


class InteractionView(BaseModel):
    interaction_id: str
    lead_id: str
    at: datetime
    channel: Channel
    direction: Direction
    summary: str
    body: str | None
    by: str
    approval_id: str | None = Field(description="the approved action that sent it")

    @classmethod
    def of(cls, interaction: Interaction) -> "InteractionView":
        return cls(
            interaction_id=interaction.id,
            lead_id=interaction.lead_id,
            at=interaction.at,
            channel=interaction.channel,
            direction=interaction.direction,
            summary=interaction.summary,
            body=interaction.body,
            by=interaction.by,
            approval_id=interaction.action_id,
        )


class LoggedInteraction(InteractionView):
    unsubscribed: bool = Field(description="true: the lead gets no more messages")


class StageView(BaseModel):
    lead_id: str
    status: Stage
    previous: Stage
    changed: bool
    reason: str | None
    at: datetime | None = Field(description="null when nothing changed")


class StageChangeView(BaseModel):
    at: datetime
    previous: Stage
    status: Stage
    reason: str
    by: str

    @classmethod
    def of(cls, change: StageChange) -> "StageChangeView":
        return cls(at=change.at, previous=change.previous, status=change.stage, reason=change.reason, by=change.by)


class SaleView(BaseModel):
    sale_id: str
    sold_at: datetime
    lead_id: str | None
    campaign_id: str | None
    client: str
    product: str
    country: str
    country_code: str | None
    region: str
    channel: str | None
    platform: str | None
    amount: Decimal
    currency: str

    @classmethod
    def of(cls, sale: Sale) -> "SaleView":
        return cls(
            sale_id=sale.id,
            sold_at=sale.sold_at,
            lead_id=sale.lead_id,
            campaign_id=sale.campaign_id,
            client=sale.client,
            product=sale.product,
            country=sale.country,
            country_code=country_code(sale.country),
            region=sale.region,
            channel=sale.channel,
            platform=sale.platform,
            amount=sale.amount.amount,
            currency=sale.amount.currency,
        )


class RecordedSale(SaleView):
    outcome: Literal["recorded", "repeated"] = Field(description="repeated: it was stored before; nothing was added")
    lead_status: Stage | None = Field(description="status of its lead now; null without one")

    @classmethod
    def told(cls, sale: Sale, outcome: Literal["recorded", "repeated"], lead: Lead | None) -> "RecordedSale":
        view = SaleView.of(sale).model_dump()
        return cls(**view, outcome=outcome, lead_status=lead.status if lead else None)


class LeadDetails(LeadSummary):
    """A lead with its personal data and its history, oldest first."""

    email: str = Field(description="the address itself: personal data")
    phone: str | None = Field(description="E.164")
    name: str | None
    consent: ConsentView
    unsubscribed_at: datetime | None
    interactions: list[InteractionView]
    stage_changes: list[StageChangeView]
    sales: list[SaleView]

    @classmethod
    def told(cls, lead: Lead, history: History) -> "LeadDetails":
        known = LeadSummary.of(lead).model_copy(update={"email": lead.email}).model_dump()
        return cls(
            **known,
            phone=lead.phone,
            name=lead.name,
            consent=ConsentView.model_validate(lead.consent, from_attributes=True),
            unsubscribed_at=lead.unsubscribed_at,
            interactions=[InteractionView.of(interaction) for interaction in history.interactions],
            stage_changes=[StageChangeView.of(change) for change in history.stage_changes],
            sales=[SaleView.of(sale) for sale in history.sales],
        )
