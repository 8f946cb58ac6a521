"""`promptsales audit`: what happened, and whether it is still what was written."""

import re
from dataclasses import dataclass
from typing import Any, Literal

import httpx2

from cli.errors import WrongUsage
from cli.output import add_row, emit, say, show, show_text, table
from cli.session import Api, api, document, unreachable
from kernel.auth import Role

_EXPECT = re.compile(r"([1-9]\d{0,17}):([0-9a-fA-F]{64})")
_WHOLE_CHAIN = httpx2.Timeout(1800, connect=3)
_SHOWN = 10
_PAGE = 500

Verdict = Literal["kept", "rewritten", "truncated", "dropped"]
_VERDICTS: dict[Verdict, str] = {
    "kept": "Entry {seq} is the one that you noted.",
    "rewritten": "Entry {seq} is not the one that you noted: the chain was written anew.",
    "truncated": "Entry {seq}, which you noted, is not there any more: the chain was cut off.",
    "dropped": "Entry {seq} is older than the audit is kept, so it cannot be compared. Note a newer one.",
}
_REASONS = {
    "altered": "is not what was written",
    "duplicated": "is there twice",
    "gap": "follows a gap: entries before it are missing",
    "unlinked": "does not follow the entry before it",
    "before_anchor": "is older than what retention left",
    "tail_missing": "is missing: the chain went on to there",
    "beyond_head": "was not appended to the chain",
    "head_missing": "is the last, and the chain's head is missing",
    "head_differs": "is the last, and the chain's head is another",
}


@dataclass(frozen=True, slots=True)
class Noted:
    """A head that somebody wrote down earlier."""

    seq: int
    hash: str


def noted(text: str) -> Noted:
    """`SEQ:HASH`, as `audit verify` prints it. Raises WrongUsage."""
    found = _EXPECT.fullmatch(text.strip())
    if found is None:
        raise WrongUsage(
            f"--expect {text} is not SEQ:HASH.",
            field="expect",
            fix="Give what audit verify said to note, such as 42:9f…",
        )
    return Noted(int(found[1]), found[2].lower())


async def verify(role: Role, *, expect: str | None, as_json: bool) -> bool:
    """Check the whole chain, and an entry that was noted; whether both hold."""
    earlier = noted(expect) if expect is not None else None
    async with api("approvals", role) as queue:
        found = await _verification(queue)
        verdict = await _compare(queue, found, earlier) if earlier else None
    if as_json:
        emit(found | ({"expected": verdict} if verdict else {}))
    else:
        _report(found)
        if earlier and verdict:
            show_text(_VERDICTS[verdict].format(seq=earlier.seq))
    return bool(found["intact"]) and verdict in (None, "kept")


async def list_entries(role: Role, *, after: int, limit: int, as_json: bool) -> None:
    """Entries in the order they were written."""
    entries: list[dict[str, Any]] = []
    cursor, intact = str(after), True
    async with api("approvals", role) as queue:
        while len(entries) < limit and cursor:
            size = min(_PAGE, limit - len(entries))
            page = await queue.get("/v1/audit", {"cursor": cursor, "limit": str(size)})
            entries += page["items"]
            intact = intact and page["intact"]
            cursor = page["next_cursor"]
    if as_json:
        emit({"items": entries, "next_cursor": cursor, "intact": intact})
        return
    found = table("seq", "at", "event", "action", "by", "hash")
    for entry in entries:
        at = str(entry["at"])[:19].replace("T", " ")
        add_row(found, entry["seq"], at, entry["event"], entry["action_id"], entry["actor"], entry["hash"][:16])
    show(found)
    if not intact:
        say("Not all of this is what was written. See: promptsales audit verify")
    if cursor:
        say(f"There is more: --after {cursor}")


async def _verification(queue: Api) -> dict[str, Any]:
    try:
        response = await queue.http.get(f"{queue.base_url}/v1/audit/verification", timeout=_WHOLE_CHAIN)
    except httpx2.HTTPError as error:
        raise unreachable(queue.base_url, error) from error
    found: dict[str, Any] = document(response)
    return found


async def _compare(queue: Api, found: dict[str, Any], earlier: Noted) -> Verdict:
    """What became of the entry that was noted."""
    hashes = {anchor["seq"]: anchor["hash"] for anchor in found["anchors"]}
    if earlier.seq == found["last_seq"]:
        hashes[earlier.seq] = found["head_hash"]
    if earlier.seq not in hashes:
        page = await queue.get("/v1/audit", {"cursor": str(earlier.seq - 1), "limit": "1"})
        hashes |= {entry["seq"]: entry["hash"] for entry in page["items"]}
    if earlier.seq in hashes:
        return "kept" if hashes[earlier.seq] == earlier.hash else "rewritten"
    newest_anchor = max((anchor["seq"] for anchor in found["anchors"]), default=0)
    return "dropped" if earlier.seq <= newest_anchor else "truncated"


def _report(found: dict[str, Any]) -> None:
    last = found["last_seq"]
    if found["intact"]:
        if last is None:
            show_text("Nothing has been written yet.")
            return
        show_text(f"Intact: {found['entries']} entries, up to {last}.")
        if found["anchors"]:
            anchor = found["anchors"][-1]
            say(f"What was written up to entry {anchor['seq']} ({str(anchor['at'])[:10]}) is past its retention.")
        show_text(
            f"Note it elsewhere, and compare later with: promptsales audit verify --expect {last}:{found['head_hash']}"
        )
        return
    show_text("Not intact. The first entries that do not hold:", style="bold red")
    for broken in found["broken"][:_SHOWN]:
        show_text(f"  {broken['seq']} {_REASONS.get(broken['reason'], broken['reason'])}")
    if len(found["broken"]) > _SHOWN:
        say("There are more; see them with --json.")
