"""What a message may look like, and where it may go."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import PromptSalesError
from mcp_servers.crm.domain import Consent, Lead, MessageChannel, Stage
from mcp_servers.crm.errors import LeadLost, MessageTooLong, NoAddress, NoConsent, SubjectMisplaced
from mcp_servers.crm.messages import address, check_form, reachable_by, sms_segments

NOW = datetime(2026, 11, 22, tzinfo=UTC)
EVERYTHING = Consent(email=True, sms=True, whatsapp=True, at=NOW, source="form")


def lead(*, consent: Consent = EVERYTHING, phone: str | None = "+50688887777", status: Stage = "new") -> Lead:
    return Lead(
        id="led_1",
        created_at=NOW,
        client="Cafe Alta",
        source="fair",
        country="Costa Rica",
        email="ana@example.com",
        phone=phone,
        status=status,
        consent=consent,
    )


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 459, 3),
        ("a" * 460, 4),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ñ¿¡é" * 40, 1),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("á" * 201, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_sms_are_counted_as_networks_count_them(text: str, segments: int) -> None:
    assert sms_segments(text) == segments


@given(st.text(max_size=600), st.text(max_size=50))
def test_more_text_never_takes_fewer_sms(text: str, more: str) -> None:
    assert sms_segments(text + more) >= sms_segments(text) >= 1


@pytest.mark.parametrize(
    ("channel", "subject", "body", "error"),
    [
        ("email", None, "Hello", SubjectMisplaced),
        ("sms", "Hello", "Hello", SubjectMisplaced),
        ("whatsapp", "Hello", "Hello", SubjectMisplaced),
        ("sms", None, "a" * 460, MessageTooLong),
        ("sms", None, "á" * 202, MessageTooLong),
        ("whatsapp", None, "a" * 4_097, MessageTooLong),
    ],
)
def test_a_message_fits_its_channel(
    channel: MessageChannel, subject: str | None, body: str, error: type[PromptSalesError]
) -> None:
    with pytest.raises(error):
        check_form(channel, subject, body)


def test_a_message_goes_to_the_address_of_its_channel() -> None:
    assert address(lead(), "email") == "ana@example.com"
    assert address(lead(), "whatsapp") == address(lead(), "sms") == "+50688887777"


@pytest.mark.parametrize(
    ("found", "channel", "error"),
    [
        (lead(status="lost"), "email", LeadLost),
        (lead(consent=Consent()), "email", NoConsent),
        (lead(phone=None), "sms", NoAddress),
    ],
)
def test_a_lead_that_may_not_be_written_to_has_no_address(
    found: Lead, channel: MessageChannel, error: type[PromptSalesError]
) -> None:
    with pytest.raises(error):
        address(found, channel)
    assert channel not in reachable_by(found)


def test_a_won_lead_can_be_written_to() -> None:
    assert reachable_by(lead(status="won")) == ["email", "sms", "whatsapp"]
