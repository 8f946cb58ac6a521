"""Leads, stages, consent and sales."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import PromptSalesError
from kernel.money import Money
from mcp_servers.crm.domain import (
    STAGES,
    Consent,
    Lead,
    MessageChannel,
    Sale,
    Stage,
    check_transition,
    email_address,
    is_opt_out,
    masked,
    phone_number,
)
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

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
stages = st.sampled_from(STAGES)
consents = st.builds(
    Consent, st.booleans(), st.booleans(), st.booleans(), at=st.just(NOW), source=st.sampled_from(["form", "call"])
)


def lead(**changes: object) -> Lead:
    known: dict[str, object] = {
        "id": "led_1",
        "created_at": NOW,
        "client": "Cafe Alta",
        "source": "fair",
        "country": "Costa Rica",
        "email": "ana@example.com",
    }
    return Lead(**(known | changes))  # pyright: ignore[reportArgumentType] - what a test changes


def allowed(current: Stage, target: Stage, reason: str = "") -> bool:
    try:
        check_transition(current, target, reason)
    except PromptSalesError:
        return False
    return True


@given(st.lists(stages, max_size=12))
def test_no_path_by_hand_wins_a_lead_or_makes_it_new_again(targets: list[Stage]) -> None:
    stage: Stage = "new"
    for target in targets:
        if target != stage and allowed(stage, target, "because"):
            stage = target
            assert stage not in {"won", "new"}


@given(stages, stages)
def test_a_reason_is_all_that_can_be_missing_except_where_the_move_is_impossible(current: Stage, target: Stage) -> None:
    if allowed(current, target):
        assert allowed(current, target, "because")
    impossible = target in {"won", "new"} or current == "won"
    assert allowed(current, target, "because") is not impossible


@given(stages)
def test_a_won_lead_stays_won(target: Stage) -> None:
    assert not allowed("won", target, "because")


@given(stages.filter(lambda stage: stage != "won"))
def test_every_open_lead_can_be_lost_and_every_lost_one_reopened_with_a_reason(stage: Stage) -> None:
    assert allowed(stage, "lost", "No budget.") or stage == "lost"
    assert allowed("lost", "contacted", "Wrote again.")
    assert not allowed("lost", "contacted", "  ")


def test_going_forward_needs_no_reason_and_may_skip_a_stage() -> None:
    assert allowed("new", "contacted")
    assert allowed("new", "proposal")
    assert not allowed("proposal", "qualified")
    assert allowed("proposal", "qualified", "Asked for another product.")


@pytest.mark.parametrize(
    ("current", "target", "error"),
    [
        ("proposal", "won", SaleDecidesWon),
        ("won", "lost", IllegalTransition),
        ("contacted", "new", IllegalTransition),
        ("contacted", "lost", ReasonMissing),
    ],
)
def test_a_refused_move_says_what_to_do(current: Stage, target: Stage, error: type[PromptSalesError]) -> None:
    with pytest.raises(error) as caught:
        check_transition(current, target, "")

    assert caught.value.field in {"status", "reason"}
    assert caught.value.fix


def test_consent_needs_a_source_and_a_time() -> None:
    with pytest.raises(ConsentWithoutSource):
        Consent(sms=True, at=NOW)


@given(consents, consents)
def test_newer_consent_only_ever_adds(older: Consent, newer: Consent) -> None:
    both = older.widened(newer)

    for channel in get_args(MessageChannel):
        assert both.covers(channel) == (older.covers(channel) or newer.covers(channel))
    if both != older:
        assert both.source == newer.source


def test_a_later_registration_fills_gaps_and_overwrites_nothing() -> None:
    known = lead(phone="+50688887777", status="qualified")
    newer = lead(id="led_2", phone="+50600000000", name="Ana", region="San José", status="new", source="web")

    merged = known.absorbed(newer)

    assert (merged.id, merged.phone, merged.status, merged.source) == ("led_1", "+50688887777", "qualified", "fair")
    assert (merged.name, merged.region) == ("Ana", "San José")


def test_only_an_agreed_channel_reaches_a_lead() -> None:
    willing = lead(consent=Consent(email=True, at=NOW, source="form"))

    willing.require_reachable("email")
    with pytest.raises(NoConsent, match=r"sms") as caught:
        willing.require_reachable("sms")
    assert caught.value.fix == "Use email."


def test_an_unsubscribed_lead_is_reached_by_nothing_whatever_it_agreed_to() -> None:
    gone = lead(consent=Consent(email=True, at=NOW, source="form"), unsubscribed_at=NOW)

    with pytest.raises(Unsubscribed):
        gone.require_reachable("email")


def test_a_sale_lies_in_the_past() -> None:
    sale = Sale("s1", NOW, "Cafe Alta", "Roast", "Mexico", Money(Decimal(1), "USD"))

    sale.require_past(NOW)
    with pytest.raises(SaleInFuture):
        sale.require_past(NOW - timedelta(hours=1))


@pytest.mark.parametrize("text", ["STOP", " stop. ", "Baja", "¡BAJA!", "darme de baja", "Unsubscribe"])
def test_a_bare_request_to_stop_is_understood_in_both_languages(text: str) -> None:
    assert is_opt_out(text)


@pytest.mark.parametrize("text", ["", "Don't stop!", "La calidad no baja", "stop by tomorrow"])
def test_a_sentence_with_such_a_word_is_not_a_request_to_stop(text: str) -> None:
    assert not is_opt_out(text)


def test_addresses_are_compared_in_one_form() -> None:
    assert email_address("  Ana.Mora+x@Example.CO.CR ") == "ana.mora+x@example.co.cr"
    assert phone_number("+506 (8888) 77-77") == "+50688887777"


@pytest.mark.parametrize(
    "text",
    ["", "ana", "ana@", "@example.com", "ana@example", "a b@example.com", "ana@-x.com", "ana@x..com", "a@b@c.co"],
)
def test_what_is_no_email_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidEmail):
        email_address(text)


@pytest.mark.parametrize("text", ["", "88887777", "+0506123456", "+50612", "+1" + "2" * 15, "call me"])
def test_what_is_no_international_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidPhone):
        phone_number(text)


@given(st.from_regex(r"[a-z][a-z0-9.]{3,20}@example\.com", fullmatch=True))
def test_a_masked_address_shows_its_first_letter_and_its_domain_only(address: str) -> None:
    assert masked(address) == f"{address[0]}***@example.com"


def test_a_masked_number_hides_its_middle() -> None:
    assert masked("+50688887777") == "+506***77"
