"""`promptsales audit`."""

from typing import Any

import pytest

from tests.unit.cli.conftest import Command, Services

HEAD, OTHER = "ab" * 32, "cd" * 32
ANCHOR: dict[str, Any] = {"seq": 40, "hash": OTHER, "at": "2026-08-01T00:00:00Z", "dropped": "day_20260801"}
INTACT: dict[str, Any] = {
    "intact": True,
    "entries": 2,
    "first_seq": 41,
    "last_seq": 42,
    "head_hash": HEAD,
    "anchors": [ANCHOR],
    "broken": [],
}
BROKEN = INTACT | {"intact": False, "broken": [{"seq": 41, "reason": "altered"}, {"seq": 43, "reason": "tail_missing"}]}


def entry(seq: int, entry_hash: str = OTHER) -> dict[str, Any]:
    return {
        "seq": seq, "at": "2026-11-22T10:00:00Z", "event": "proposed", "action_id": "act_1", "actor": "user:a",
        "revision": 1, "digest": "d", "detail": {}, "previous_hash": HEAD, "hash": entry_hash,
    }  # fmt: skip


def page(*entries: dict[str, Any], cursor: str | None = None, intact: bool = True) -> dict[str, Any]:
    return {"items": list(entries), "next_cursor": cursor, "intact": intact, "broken": []}


@pytest.fixture
def queue(services: Services) -> Services:
    services.answers = {
        "GET /v1/audit/verification": (200, INTACT),
        "GET /v1/audit": (200, page(entry(41))),
    }
    return services


def test_an_intact_chain_ends_with_status_0_and_says_what_to_note(queue: Services, promptsales: Command) -> None:
    result = promptsales("audit", "verify")

    assert result.status == 0
    assert "Intact: 2 entries, up to 42." in result.out
    assert f"--expect 42:{HEAD}" in result.out
    assert queue.tokens == {"Bearer the-token"}


def test_a_broken_chain_ends_with_status_1_and_names_the_entries(queue: Services, promptsales: Command) -> None:
    queue.answers["GET /v1/audit/verification"] = (200, BROKEN)

    result = promptsales("audit", "verify")

    assert result.status == 1
    assert "41 is not what was written" in result.out
    assert "43 is missing" in result.out


def test_json_is_the_services_document_whatever_it_says(queue: Services, promptsales: Command) -> None:
    assert promptsales("audit", "verify", "--json").document == INTACT
    queue.answers["GET /v1/audit/verification"] = (200, BROKEN)
    result = promptsales("audit", "verify", "--json")
    assert (result.status, result.document) == (1, BROKEN)


@pytest.mark.parametrize(
    ("expect", "status", "verdict"),
    [
        (f"42:{HEAD}", 0, "kept"),
        (f"42:{OTHER}", 1, "rewritten"),
        (f"41:{OTHER.upper()}", 0, "kept"),
        (f"41:{HEAD}", 1, "rewritten"),
        (f"40:{OTHER}", 0, "kept"),
        (f"40:{HEAD}", 1, "rewritten"),
        (f"39:{HEAD}", 1, "dropped"),
        (f"43:{HEAD}", 1, "truncated"),
    ],
    ids=["head", "other head", "entry", "other entry", "anchor", "other anchor", "before the anchor", "beyond"],
)
def test_a_noted_entry_is_compared(
    queue: Services, promptsales: Command, expect: str, status: int, verdict: str
) -> None:
    result = promptsales("audit", "verify", "--json", "--expect", expect)

    assert (result.status, result.document["expected"]) == (status, verdict)


@pytest.mark.parametrize("expect", ["", "42", "42:abc", f"0:{HEAD}", f"-1:{HEAD}", f"x:{HEAD}"])
def test_what_is_no_noted_entry_is_wrong_usage_before_anything_is_asked(
    queue: Services, promptsales: Command, expect: str
) -> None:
    result = promptsales("audit", "verify", f"--expect={expect}")

    assert (result.status, queue.requests) == (2, [])
    assert "SEQ:HASH" in result.err


def test_list_shows_entries_and_where_it_goes_on(queue: Services, promptsales: Command) -> None:
    queue.answers["GET /v1/audit"] = (200, page(entry(41), cursor="41", intact=False))

    result = promptsales("audit", "list", "--after", "40", "--limit", "1")

    assert queue.requests == [("GET /v1/audit?cursor=40&limit=1", None)]
    assert "proposed" in result.out
    assert "--after 41" in result.err
    assert "audit verify" in result.err


def test_list_pages_up_to_its_limit(queue: Services, promptsales: Command) -> None:
    queue.answers["GET /v1/audit"] = (200, page(*(entry(seq) for seq in range(500)), cursor="499"))

    document = promptsales("audit", "list", "--limit", "700", "--json").document

    assert [request for request, _ in queue.requests] == [
        "GET /v1/audit?cursor=0&limit=500",
        "GET /v1/audit?cursor=499&limit=200",
    ]
    assert document["next_cursor"] == "499"
