"""Leads, consent, stages and sales: values in, decision out. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from kernel.money import Money
from mcp_servers.crm.errors import (
    ConsentWithoutSource,
    IllegalTransition,
    InvalidEmail,
    InvalidPhone,
    NoConsent,
    ReasonMissing,
    SaleDecidesWon,
    SaleInFuture,
    Unsubscribed,
)

Stage = Literal["new", "contacted", "qualified", "proposal", "won", "lost"]
MessageChannel = Literal["email", "sms", "whatsapp"]
Channel = Literal["email", "sms", "whatsapp", "phone", "meeting", "chat", "web", "social", "other"]
Direction = Literal["inbound", "outbound"]
Language = Literal["en", "es"]

STAGES: tuple[Stage, ...] = get_args(Stage)
_OPEN: tuple[Stage, ...] = ("new", "contacted", "qualified", "proposal")
_CLOCK_SKEW = timedelta(minutes=5)
_EMAIL = re.compile(
    r"[^@\s,;<>\"]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])", re.IGNORECASE
)
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_STOP_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "end", "quit", "opt out", "baja", "darme de baja", "alto", "no molestar"}
)


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to, when, and where it was given (a form's name, a signed order, a call)."""

    email: bool = False
    sms: bool = False
    whatsapp: bool = False
    at: datetime | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if (self.email or self.sms or self.whatsapp) and not (self.at and self.source):
            raise ConsentWithoutSource(
                "Consent needs to say where it was given.", field="consent.source", fix="Name the form, call or paper."
            )

    def covers(self, channel: MessageChannel) -> bool:
        return {"email": self.email, "sms": self.sms, "whatsapp": self.whatsapp}[channel]

    def widened(self, newer: "Consent") -> "Consent":
        """With what was newly agreed to. Not agreeing again takes nothing back: that is what unsubscribing is for."""
        gained = any(newer.covers(channel) and not self.covers(channel) for channel in get_args(MessageChannel))
        if not gained:
            return self
        return replace(
            newer,
            email=self.email or newer.email,
            sms=self.sms or newer.sms,
            whatsapp=self.whatsapp or newer.whatsapp,
        )


@dataclass(frozen=True, slots=True)
class Lead:
    """Somebody who may buy from a client company. E-mail, phone and name are personal data."""

    id: str
    created_at: datetime
    client: str
    source: str
    country: str
    """By English name."""
    email: str
    region: str = ""
    status: Stage = "new"
    campaign_id: str | None = None
    product: str | None = None
    phone: str | None = None
    """E.164."""
    name: str | None = None
    language: Language = "en"
    consent: Consent = Consent()
    unsubscribed_at: datetime | None = None

    def absorbed(self, newer: "Lead") -> "Lead":
        """This lead with what a later registration of the same person adds. What is known already stays."""
        return replace(
            self,
            region=self.region or newer.region,
            campaign_id=self.campaign_id or newer.campaign_id,
            product=self.product or newer.product,
            phone=self.phone or newer.phone,
            name=self.name or newer.name,
            consent=self.consent.widened(newer.consent),
        )

    def require_reachable(self, channel: MessageChannel) -> None:
        """Raise NoConsent or Unsubscribed unless the lead may be written to on this channel."""
        if self.unsubscribed_at:
            raise Unsubscribed("The lead asked to get no more messages.", field="lead_id", fix="Do not write to it.")
        if not self.consent.covers(channel):
            agreed = [name for name in get_args(MessageChannel) if self.consent.covers(name)]
            fix = f"Use {' or '.join(agreed)}." if agreed else "Ask for consent and register it with register_lead."
            raise NoConsent(f"The lead has not agreed to {channel} messages.", field="channel", fix=fix)


@dataclass(frozen=True, slots=True)
class StageChange:
    id: str
    lead_id: str
    at: datetime
    previous: Stage
    stage: Stage
    reason: str
    by: str
    """Who moved it: a subject, or `import`."""


@dataclass(frozen=True, slots=True)
class Interaction:
    id: str
    lead_id: str
    at: datetime
    channel: Channel
    direction: Direction
    summary: str
    body: str | None
    by: str
    action_id: str | None = None
    """The approved action that sent it, for messages sent from here."""


@dataclass(frozen=True, slots=True)
class Sale:
    id: str
    sold_at: datetime
    client: str
    product: str
    country: str
    amount: Money
    region: str = ""
    lead_id: str | None = None
    campaign_id: str | None = None
    channel: str | None = None
    platform: str | None = None

    def require_past(self, now: datetime) -> None:
        if self.sold_at > now + _CLOCK_SKEW:
            raise SaleInFuture("A sale cannot lie in the future.", field="sold_at", fix="Send when it was closed.")


def check_transition(current: Stage, target: Stage, reason: str) -> None:
    """Raise unless a lead may be moved by hand from one stage to another.

    Forward freely; back, to lost, and from lost only with a reason. Won comes by a sale alone, and stays.
    """
    if target == "won":
        raise SaleDecidesWon("A lead is won by its sale.", field="status", fix="Record the sale with record_sale.")
    if current == "won":
        raise IllegalTransition("A won lead stays won.", field="status", fix="Register a new lead for a new purchase.")
    if target == "new":
        raise IllegalTransition(f"A {current} lead cannot be new again.", field="status", fix="Use contacted.")
    forward = current in _OPEN and target in _OPEN and _OPEN.index(target) > _OPEN.index(current)
    if not forward and not reason.strip():
        raise ReasonMissing(f"Moving from {current} to {target} needs a reason.", field="reason", fix="Say why.")


def is_opt_out(text: str) -> bool:
    """Whether a message is nothing but a request to stop, in English or Spanish."""
    return re.sub(r"[^\w ]", "", text).strip().lower() in _STOP_WORDS


def email_address(text: str) -> str:
    """An address in the form it is compared by: trimmed, lower case. Raises InvalidEmail."""
    address = text.strip().lower()
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise InvalidEmail
    return address


def phone_number(text: str) -> str:
    """E.164 out of what people type. Raises InvalidPhone."""
    number = re.sub(r"[\s().-]", "", text)
    if not _PHONE.fullmatch(number):
        raise InvalidPhone
    return number


def masked(address: str) -> str:
    """Enough of an e-mail address or phone number to recognise it: a***@example.com, +506***77."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}***@{domain}" if at else f"{address[:4]}***{address[-2:]}"
