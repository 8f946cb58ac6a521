"""What a message to a lead may look like on each channel. Pure."""

from dataclasses import dataclass
from typing import get_args

from kernel.errors import PromptSalesError
from mcp_servers.crm.domain import Language, Lead, MessageChannel
from mcp_servers.crm.errors import LeadLost, MessageTooLong, NoAddress, SubjectMisplaced

SMS_SEGMENTS = 3
WHATSAPP_CHARACTERS = 4_096
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one lead, as the platform gets it."""

    lead_id: str
    channel: MessageChannel
    to: str
    subject: str | None
    body: str
    language: Language


def sms_segments(body: str) -> int:
    """How many SMS a text takes: GSM 7-bit where every character allows it, otherwise UCS-2 (á í ó ú do not)."""
    if all(character in _GSM or character in _GSM_EXTENDED for character in body):
        units, single, part = sum(2 if character in _GSM_EXTENDED else 1 for character in body), 160, 153
    else:
        units, single, part = len(body.encode("utf-16-le")) // 2, 70, 67
    return 1 if units <= single else -(-units // part)


def check_form(channel: MessageChannel, subject: str | None, body: str) -> None:
    """Raise unless subject and length fit the channel."""
    if channel == "email" and not subject:
        raise SubjectMisplaced("An e-mail needs a subject.", field="subject", fix="Send a subject.")
    if channel != "email" and subject:
        raise SubjectMisplaced(f"A message by {channel} has no subject.", field="subject", fix="Leave it out.")
    if channel == "sms" and (segments := sms_segments(body)) > SMS_SEGMENTS:
        raise MessageTooLong(
            f"The text takes {segments} SMS; {SMS_SEGMENTS} at most are sent.",
            field="body",
            fix="Shorten it: 459 characters, or 201 with accents such as á or emoji.",
        )
    if channel == "whatsapp" and len(body) > WHATSAPP_CHARACTERS:
        raise MessageTooLong(
            f"The text has {len(body)} characters.", field="body", fix=f"Send {WHATSAPP_CHARACTERS} at most."
        )


def address(lead: Lead, channel: MessageChannel) -> str:
    """Where a lead gets messages of a channel. Raises what forbids writing to it."""
    if lead.status == "lost":
        raise LeadLost("The lead is lost.", field="lead_id", fix="Reopen it first, with update_stage.")
    lead.require_reachable(channel)
    to = lead.email if channel == "email" else lead.phone
    if to is None:
        raise NoAddress("The lead has no phone number.", field="channel", fix="Use email, or register its phone.")
    return to


def reachable_by(lead: Lead) -> list[MessageChannel]:
    """The channels on which a message to a lead would not be refused."""
    reachable: list[MessageChannel] = []
    for channel in get_args(MessageChannel):
        try:
            address(lead, channel)
        except PromptSalesError:
            continue
        reachable.append(channel)
    return reachable
