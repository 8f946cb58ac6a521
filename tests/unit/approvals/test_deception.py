"""What in an action could deceive its reviewer."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.deception import MOST_FINDINGS, Finding, Kind, findings
from kernel.lookalikes import disguised
from kernel.visible import hidden

HONEST: dict[str, Any] = {
    "v": 2,
    "tenant": "solid-demo",
    "server": "crm",
    "tool": "send_message",
    "tool_schema_hash": f"sha256:{'a' * 64}",
    "args": {
        "client": "Café Alta",
        "product": "Geisha Roast",
        "name": "Otoño «Peñas Blancas» 2026",
        "subject": "¿Un café en casa? ☕️ 👩🏽‍🚀 “Geisha Roast”™",
        "body": "Hola, Íñigo:\n\nmira https://cafealta.example/otoño?utm=1@2 y www.cafealta.example.\tEscríbenos a "
        "hola@cafealta.example, o por mailto:hola@cafealta.example — 1\u202f000 gracias 👨‍👩‍👧‍👦❤️‍🔥",
        "languages": ["es", "en"],
        "budget": "1200.00",
        "open": True,
    },
    "target_account": "sandbox-messenger:solid-demo",
    "target": {"client": "Café Alta", "lead": "a***@example.com", "campaign_name": "Cafe Alta – Año nuevo"},
    "exposure": {"client": "Café Alta", "campaign_id": "cmp_1l0O"},
    "evidence": [{"title": "ROAS", "detail": "4,2 ± 0,3; ∆ +12 %", "source": "analytics.query_metrics"}],
}


def found(text: str) -> list[tuple[Kind, tuple[str, ...], str]]:
    return [(one.kind, one.characters, one.shown) for one in findings({"args": {"text": text}})]


def test_an_honest_action_in_two_languages_has_no_findings() -> None:
    assert findings(HONEST) == []


@pytest.mark.parametrize(
    ("text", "kind", "characters", "shown"),
    [
        ("Raise to \u202e0001 USD", "bidi", "U+202E", "Raise to ‹U+202E›0001 USD"),
        ("Cafe\u200b Alta", "invisible", "U+200B", "Cafe‹U+200B› Alta"),
        ("ok\U000e0061", "tag", "U+E0061", "ok‹U+E0061›"),
        ("\x1b[8mhidden", "control", "U+001B", "‹U+001B›[8mhidden"),
        ("\uf8ff", "private_use", "U+F8FF", "‹U+F8FF›"),
        ("Cаfe Alta", "lookalike", "U+0430", "C‹U+0430›fe Alta"),
        ("x\u0336\u0337\u0338\u0335", "combining", "U+0336", "x‹U+0336›‹U+0337›‹U+0338›‹U+0335›"),
        ("https://cafealta.example@evil.example/x", "userinfo", "U+0040", None),
        ("//bank.example\\@evil.example", "userinfo", "U+0040", None),
        ("https://ｅvil.example", "host", "U+FF45", "https://‹U+FF45›vil.example"),
        ("https://coffee珈.example", "host", "U+73C8", "https://coffee‹U+73C8›.example"),
        ("www.evil。example", "host", "U+3002", "www.evil‹U+3002›example"),
        ("https://xn--pple-43d.com", "punycode", "U+0430", "xn--pple-43d reads as ‹U+0430›pple"),
        ("write to a@xn--80ak6aa92e.com", "punycode", "U+0430", None),
    ],
)
def test_each_kind_of_deception_is_found_and_shown(text: str, kind: Kind, characters: str, shown: str | None) -> None:
    (finding,) = [one for one in found(text) if one[0] == kind]

    assert characters in finding[1]
    assert shown is None or finding[2] == shown


def test_a_host_in_letters_of_another_script_is_named_with_its_letters() -> None:
    kinds = {kind: shown for kind, _, shown in found("Pay at https://раураl.example/now")}

    assert kinds["host"] == "https://‹U+0440›‹U+0430›‹U+0443›‹U+0440›‹U+0430›l.example"
    assert "lookalike" in kinds


def test_userinfo_says_where_the_link_leads() -> None:
    assert found("https://bank.example@evil.example/pay")[0][2].endswith("may lead to evil.example")


@pytest.mark.parametrize(
    "text",
    [
        "https://münchen.example https://españa.example/ñ?q=a@b#@ https://москва.example",
        "mailto:ana@example.com, ana@example.com; C:\\\\folder; and//or; https://cafealta.example:8080/@ana",
        "q\u0303 e\u0302\u0301 (Vietnamese, decomposed)",
    ],
)
def test_ordinary_addresses_and_marks_are_no_findings(text: str) -> None:
    assert found(text) == []


def test_findings_carry_json_pointers_of_values_and_of_keys() -> None:
    document = {"args": {"a/b~c": ["fine", "b\u200bd"], "k\u200b": 1}}

    assert [(one.path, one.shown) for one in findings(document)] == [
        ("/args/a~1b~0c/1", "b‹U+200B›d"),
        ("/args/k\u200b", "k‹U+200B›"),
    ]


def test_a_name_that_differs_from_another_of_the_action_by_lookalikes_only_is_found() -> None:
    document = {
        "args": {"client": "Саfе Аltа", "campaign_name": "Plan l", "note": "Plan 2"},
        "exposure": {"client": "Cafe Alta"},
        "target": {"campaign_name": "Plan 1"},
    }

    names = {one.path: one for one in findings(document) if one.kind == "lookalike_name"}

    assert names["/args/client"].characters == ("U+0421", "U+0430", "U+0435", "U+0410")
    assert names["/args/client"].shown.endswith("is not Cafe Alta")
    assert set(names) == {"/args/client", "/target/campaign_name"}


def test_one_name_in_other_letter_case_or_quoted_elsewhere_is_the_same_name() -> None:
    document = {
        "args": {"client": "Cafe Alta", "title": "CAFE ALTA"},
        "summary": "Cafe\u00a0Alta",
        "ids": ["100", "lOO"],
    }

    assert findings(document) == []


def test_a_long_text_is_shown_around_what_was_found() -> None:
    (finding,) = findings({"body": "a" * 5000 + "\u202e" + "b" * 5000})

    assert "‹U+202E›" in finding.shown
    assert finding.shown[0] == finding.shown[-1] == "…"
    assert len(finding.shown) < 300


def test_findings_are_bounded_however_much_there_is() -> None:
    assert len(findings({"args": [f"{at}\u200b" for at in range(5000)]})) == MOST_FINDINGS


@pytest.mark.parametrize(
    "unit", ["\u200f", "👩\u200d", "a.", "https://", "xn--", "а", "a\u0301", "@", "//", "🏴\U000e0061"]
)
def test_the_largest_action_is_looked_through_in_moments(unit: str) -> None:
    text = unit * (256 * 1024 // len(unit.encode()))
    began = time.process_time()
    findings({"args": {"client": text, "body": text}})
    assert time.process_time() - began < 5


SPANISH_OR_ENGLISH = st.lists(
    st.one_of(
        st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="@/\\")),
        st.sampled_from("áéíóúüñÁÉÍÓÚÜÑ¿¡«»“”‘’–—…€™®©ªº\n☕🎉"),
        st.sampled_from(["👩🏽‍🚀", "❤️‍🔥", "1️⃣", "🇨🇷"]),
    )
).map("".join)


@given(st.dictionaries(st.sampled_from(["body", "subject", "headline"]), SPANISH_OR_ENGLISH))
def test_nothing_written_in_spanish_or_english_is_flagged(args: dict[str, str]) -> None:
    kinds = {one.kind for one in findings({"args": args})}

    assert kinds <= {"punycode"}
    assert not kinds or any("xn--" in text.lower() for text in args.values())


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON))
def test_any_document_is_looked_through_and_what_is_shown_hides_nothing(document: dict[str, Any]) -> None:
    for one in findings(document):
        assert isinstance(one, Finding)
        assert not hidden(one.shown)
        assert not disguised(one.shown)
