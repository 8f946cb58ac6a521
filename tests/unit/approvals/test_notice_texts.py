"""What a notice says, in both languages."""

from datetime import UTC, datetime

import pytest

from approvals.notices.notice import EVENTS, Event, Language, Notice
from approvals.notices.texts import text, title


def notice(event: Event = "proposed", summary: str = "Launch “Geisha”") -> Notice:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return Notice("acme", 7, "ntc_1", event, "act_1", 2, summary, "user:a", at)


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_is_told_in_each_language_to_somebody(event: Event) -> None:
    told: tuple[str, ...] = tuple(title(notice(event), language) for language in ("en", "es"))

    assert len(set(told)) == 2
    assert all(one.endswith(": Launch “Geisha”") for one in told)
    assert notice(event).readers


@pytest.mark.parametrize(("language", "words"), [("en", "For: reviewers"), ("es", "Para: quienes revisan")])
def test_text_says_for_whom_and_where_to_look(language: Language, words: str) -> None:
    told = text(notice(), "https://x.example/act_1", language)

    for part in (words, "acme", "act_1 (2)", "https://x.example/act_1"):
        assert part in told


@pytest.mark.parametrize("event", ["approved", "rejected", "succeeded", "failed", "expired", "cancelled"])
def test_an_outcome_is_for_who_proposed_it(event: Event) -> None:
    assert notice(event).readers == ("proposer",)


def test_a_title_is_one_short_line_without_tricks() -> None:
    told = title(notice(summary="a\r\nBcc: x\x00\u202e" + "b" * 1000), "en")

    assert told.startswith("Waits for approval: a Bcc: x b")
    assert len(told) < 330
    assert told.isprintable()


def test_an_action_without_a_summary_is_named_by_its_id() -> None:
    assert title(notice(summary=""), "en") == "Waits for approval: act_1"
