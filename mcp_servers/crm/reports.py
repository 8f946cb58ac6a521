"""What callers say, before it becomes a lead, an interaction or a sale. Pure."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from kernel.canonical import digest
from kernel.ids import new_id
from kernel.money import Money
from mcp_servers.crm.domain import (
    Channel,
    Consent,
    Direction,
    Interaction,
    Language,
    Lead,
    Sale,
    email_address,
    phone_number,
)
from mcp_servers.crm.errors import OtherClient, SaleIncomplete
from mcp_servers.crm.places import country_name, language_of


@dataclass(frozen=True, slots=True)
class LeadReport:
    """A person who may buy, as a form, a call or an assistant tells it."""

    client: str
    source: str
    country: str
    email: str
    region: str = ""
    campaign_id: str | None = None
    product: str | None = None
    phone: str | None = None
    name: str | None = None
    language: Language | None = None
    consent_email: bool = False
    consent_sms: bool = False
    consent_whatsapp: bool = False
    consent_source: str | None = None

    def as_lead(self, now: datetime) -> Lead:
        """A new lead. Raises InvalidEmail, InvalidPhone, ConsentWithoutSource."""
        agreed = self.consent_email or self.consent_sms or self.consent_whatsapp
        return Lead(
            id=new_id("led"),
            created_at=now,
            client=self.client,
            source=self.source,
            country=country_name(self.country),
            email=email_address(self.email),
            region=self.region,
            campaign_id=self.campaign_id,
            product=self.product,
            phone=phone_number(self.phone) if self.phone else None,
            name=self.name,
            language=self.language or language_of(self.country),
            consent=Consent(
                email=self.consent_email,
                sms=self.consent_sms,
                whatsapp=self.consent_whatsapp,
                at=now if agreed else None,
                source=self.consent_source if agreed else None,
            ),
        )


@dataclass(frozen=True, slots=True)
class InteractionReport:
    """A contact with a lead."""

    lead_id: str
    channel: Channel
    direction: Direction
    summary: str
    body: str | None = None
    opt_out: bool = False
    """The lead asked to get no more messages."""

    def as_interaction(self, now: datetime, by: str) -> Interaction:
        return Interaction(
            id=new_id("int"),
            lead_id=self.lead_id,
            at=now,
            channel=self.channel,
            direction=self.direction,
            summary=self.summary,
            body=self.body,
            by=by,
        )


@dataclass(frozen=True, slots=True)
class SaleReport:
    """A closed sale. What is None comes from its lead."""

    amount: Money
    sold_at: datetime | None = None
    sale_id: str | None = None
    lead_id: str | None = None
    campaign_id: str | None = None
    client: str | None = None
    product: str | None = None
    country: str | None = None
    region: str | None = None
    channel: str | None = None
    platform: str | None = None

    def as_sale(self, sale_id: str, now: datetime, lead: Lead | None) -> Sale:
        """The sale, completed from its lead. Raises OtherClient, SaleIncomplete, SaleInFuture."""
        if lead and self.client and self.client.lower() != lead.client.lower():
            raise OtherClient(f"The lead is {lead.client}'s.", field="client", fix="Send the lead's client, or none.")
        sale = Sale(
            id=sale_id,
            sold_at=self.sold_at or now,
            client=_told("client", lead.client if lead else self.client),
            product=_told("product", self.product or (lead.product if lead else None)),
            country=_told("country", country_name(self.country) if self.country else lead and lead.country),
            amount=self.amount,
            region=self.region or (lead.region if lead else ""),
            lead_id=self.lead_id,
            campaign_id=self.campaign_id or (lead.campaign_id if lead else None),
            channel=self.channel,
            platform=self.platform,
        )
        sale.require_past(now)
        return sale

    def fits(self, sale: Sale) -> bool:
        """Whether a sale is what this report states; what is not stated fits."""
        country = country_name(self.country) if self.country else None
        same_client = not self.client or self.client.lower() == sale.client.lower()
        stated = asdict(replace(self, sale_id=None, client=None, country=country)) | {"amount": self.amount}
        return same_client and all(getattr(sale, name) == value for name, value in stated.items() if value is not None)


def meaning(report: LeadReport | InteractionReport | SaleReport) -> str:
    """A digest that is the same for the same report, to recognise a repeated request by."""
    stated: dict[str, Any] = {"report": type(report).__name__, **asdict(report)}
    return digest(stated)


def _told(field: str, value: str | None) -> str:
    if not value:
        raise SaleIncomplete(f"Nothing says the sale's {field}.", field=field, fix=f"Send {field}, or its lead_id.")
    return value
