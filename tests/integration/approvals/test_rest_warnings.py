"""What the REST API says of action text that could deceive who decides."""

from typing import Any

from tests.integration.approvals.rest import Callers

DECEPTIVE: dict[str, Any] = {
    "args": {"campaign_id": "cmp_1", "budget": "1200", "reason": "Because \u202e0001", "client": "Аcme"},
    "summary": "Set the budget of cmp_1\u200b to 1200 USD.",
    "evidence": [{"title": "Source", "detail": "https://acme.example@evil.example/report", "source": "ads"}],
}


def told(view: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["path"], one["kind"]): one for one in view["warnings"]}


async def test_deceptive_text_is_named_wherever_the_action_is_shown(callers: Callers) -> None:
    proposed = await callers.proposed(**DECEPTIVE)
    reviewer = await callers.person("reviewer")
    detail = (await callers.get(f"/v1/actions/{proposed['id']}", reviewer)).json()
    listed = (await callers.get("/v1/actions", reviewer)).json()["items"][0]

    warnings = told(detail)
    assert set(warnings) == {
        ("/args/reason", "bidi"),
        ("/args/client", "lookalike"),
        ("/args/client", "lookalike_name"),
        ("/summary", "invisible"),
        ("/evidence/0/detail", "userinfo"),
    }
    assert warnings["/args/reason", "bidi"] == {
        "path": "/args/reason",
        "kind": "bidi",
        "characters": ["U+202E"],
        "shown": "Because ‹U+202E›0001",
    }
    assert warnings["/args/client", "lookalike_name"]["shown"] == "‹U+0410›cme is not Acme"
    assert detail["warnings"] == proposed["warnings"] == listed["warnings"]


async def test_the_payload_itself_stays_what_would_be_executed(callers: Callers) -> None:
    proposed = await callers.proposed(**DECEPTIVE)

    detail = (await callers.get(f"/v1/actions/{proposed['id']}", await callers.person("reviewer"))).json()

    assert detail["payload"]["args"] == DECEPTIVE["args"]
    assert detail["summary"] == DECEPTIVE["summary"]


async def test_an_ordinary_action_has_no_warnings(callers: Callers) -> None:
    assert (await callers.proposed())["warnings"] == []
