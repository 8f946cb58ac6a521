"""When an approved action may be carried out: quiet hours, blackout dates, the time to take an approval back."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from approvals import repository
from approvals.domain import Action
from approvals.errors import AlreadyDecided, NotTheProposer, WouldExpire
from approvals.policy import Blackout, PolicyDocument, QuietHours
from kernel.clock import now
from kernel.database import Connection
from kernel.settings import Settings
from tests.integration.approvals.support import Queue, age, rules, tampered, unguarded

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UTC = ZoneInfo("UTC")
ZONES = ("UTC", "America/Costa_Rica", "America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe")
_TURNS = [
    datetime.fromisoformat(f"2026-{turn}Z") for turn in ("03-08T07:00", "11-01T06:00", "03-29T01:00", "10-25T01:00")
]
clock = st.builds(time, hour=st.integers(0, 23), minute=st.sampled_from([0, 15, 30, 45]))
quiet = st.builds(
    QuietHours, days=st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True), start=clock, end=clock
)


def _blackout(first: date, days: int) -> Blackout:
    return Blackout(first=first, last=first + timedelta(days=days), reason="Holidays.")


def _near(turn: datetime, minutes: int) -> datetime:
    return turn + timedelta(minutes=minutes)


blackouts = st.builds(
    _blackout,
    first=st.dates(date(2026, 2, 25), date(2026, 4, 10)) | st.dates(date(2026, 10, 20), date(2026, 11, 5)),
    days=st.integers(0, 3),
)
moments = st.builds(_near, turn=st.sampled_from(_TURNS), minutes=st.integers(-4 * 24 * 60, 4 * 24 * 60))


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """When a clock on the wall shows a time: the later one where it shows it twice, or never."""
    return max(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def closings(document: PolicyDocument, at: datetime) -> list[datetime]:
    """The ends of the quiet hours and blackouts that an instant lies in."""
    zone = ZoneInfo(document.time_zone)
    wall = at.astimezone(zone).replace(tzinfo=None)
    ends = [
        instant(datetime.combine(dates.last + timedelta(days=1), time()), zone)
        for dates in document.blackout_dates
        if dates.first <= wall.date() <= dates.last
    ]
    for hours in document.quiet_hours:
        for day in (wall.date(), wall.date() - timedelta(days=1)):
            over_midnight = hours.end <= hours.start
            end = instant(datetime.combine(day + timedelta(days=over_midnight), hours.end), zone)
            if DAYS[day.weekday()] in hours.days and wall >= datetime.combine(day, hours.start):
                ends.append(end)
    return [end for end in ends if end > at]


def expected(document: PolicyDocument, at: datetime) -> datetime | None:
    for _ in range(750):
        if not (ends := closings(document, at)):
            return at
        at = max(ends)
    return None


def closed(hours: Sequence[QuietHours] = (), dates: Sequence[Blackout] = (), zone: str = "UTC") -> PolicyDocument:
    return PolicyDocument.model_validate(
        rules(
            time_zone=zone,
            quiet_hours=[one.model_dump() for one in hours],
            blackout_dates=[one.model_dump() for one in dates],
        )
    )


@pytest.mark.usefixtures("queue")
def test_release_is_the_first_moment_that_is_neither_quiet_nor_blacked_out(approvals_settings: Settings) -> None:
    with psycopg.Connection.connect(approvals_settings.admin_database_url(), autocommit=True) as connection:

        @settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(st.lists(quiet, max_size=3), st.lists(blackouts, max_size=2), st.sampled_from(ZONES), moments)
        def holds(hours: list[QuietHours], dates: list[Blackout], zone: str, at: datetime) -> None:
            document = closed(hours, dates, zone)
            row = connection.execute(
                "SELECT nullif(approvals.release_at_v1(%s, %s), 'infinity')", (Jsonb(document.stored()), at)
            ).fetchone()
            assert row == (expected(document, at),)

        holds()


@pytest.mark.parametrize(
    ("zone", "start", "end", "at", "until"),
    [
        ("UTC", "22:00", "06:00", "2026-07-06T23:30Z", "2026-07-07T06:00Z"),
        ("UTC", "22:00", "06:00", "2026-07-07T05:59Z", "2026-07-07T06:00Z"),
        ("UTC", "22:00", "06:00", "2026-07-07T06:00Z", "2026-07-07T06:00Z"),
        ("UTC", "22:00", "06:00", "2026-07-06T21:59Z", "2026-07-06T21:59Z"),
        ("America/Costa_Rica", "22:00", "06:00", "2026-07-07T05:00Z", "2026-07-07T12:00Z"),
        ("America/New_York", "01:00", "02:30", "2026-03-08T06:30Z", "2026-03-08T07:30Z"),
        ("America/New_York", "00:00", "01:30", "2026-11-01T05:45Z", "2026-11-01T06:30Z"),
        ("America/New_York", "22:00", "06:00", "2026-11-01T03:00Z", "2026-11-01T11:00Z"),
    ],
    ids=["before midnight", "its last minute", "its end", "before it", "another zone", "an end that clocks skip",
         "an end that clocks show twice", "a night with an hour more"],
)  # fmt: skip
async def test_quiet_hours(admin: Connection, zone: str, start: str, end: str, at: str, until: str) -> None:
    hours = QuietHours(days=list(DAYS), start=time.fromisoformat(start), end=time.fromisoformat(end))

    assert await _released_at(admin, closed([hours], zone=zone), datetime.fromisoformat(at)) == datetime.fromisoformat(
        until
    )


async def test_blackout_ends_when_the_day_after_it_begins_there(admin: Connection) -> None:
    holidays = Blackout(first=date(2026, 12, 24), last=date(2026, 12, 26), reason="Holidays.")
    at = datetime(2026, 12, 25, 12, tzinfo=UTC)

    found = await _released_at(admin, closed(dates=[holidays], zone="America/Costa_Rica"), at)

    assert found == datetime(2026, 12, 27, 6, tzinfo=UTC)


async def test_hours_that_leave_no_moment_release_nothing(queue: Queue) -> None:
    always = QuietHours(days=list(DAYS), start=time(0), end=time(0))
    await queue.govern(closed([always]).stored())
    action = await queue.propose()

    with pytest.raises(WouldExpire):
        await queue.vote(action)

    assert (await queue.get(action.id)).state == "PENDING"


async def test_a_blackout_put_in_force_after_the_approval_holds_it_back(queue: Queue) -> None:
    action = await queue.approved()
    today = now().date()
    dates = Blackout(first=today - timedelta(days=1), last=today + timedelta(days=1), reason="Crisis.")
    await queue.govern(closed(dates=[dates]).stored())

    assert await queue.claim() is None

    await queue.govern(rules())
    assert (await queue.claimed()).id == action.id


async def test_approval_can_be_taken_back_before_it_is_taken_up(queue: Queue, admin: Connection) -> None:
    await _undo(queue, 600)
    action = await queue.approved()

    assert action.dispatch_after is not None
    assert action.decided_at is not None
    assert (action.dispatch_after - action.decided_at).total_seconds() == pytest.approx(600, abs=2)
    assert await queue.claim() is None
    with pytest.raises(NotTheProposer):
        await queue.cancel(action, "user:somebody")
    assert (await queue.cancel(action, "user:reviewer")).state == "CANCELLED"


async def test_action_is_taken_up_when_its_undo_window_is_over(queue: Queue, admin: Connection) -> None:
    await _undo(queue, 600)
    action = await queue.approved()
    await unguarded(admin, "UPDATE approvals.actions SET dispatch_after = now() WHERE id = %s", (action.id,))

    assert (await queue.claimed()).id == action.id
    with pytest.raises(AlreadyDecided):
        await queue.cancel(action, "user:reviewer")


@pytest.mark.parametrize(
    ("code", "assignments"),
    [
        ("PS009", "dispatch_after = now()"),
        ("PS009", "dispatch_after = NULL"),
        ("PS011", "state = 'EXECUTING', fence = fence + 1, lease_until = now() + interval '1 minute'"),
        (
            "PS011",
            "state = 'EXECUTING', fence = fence + 1, lease_until = now() + interval '1 minute', dispatch_after = now()",
        ),
        ("PS009", "broke_glass = true"),
    ],
    ids=["shorter", "none", "early", "shorter and early", "as if the glass were broken"],
)
async def test_the_undo_window_is_not_cut_short_by_hand(
    queue: Queue, admin: Connection, code: str, assignments: str
) -> None:
    await _undo(queue, 600)

    await tampered(admin, code, assignments, await queue.approved())


async def test_reminder_and_escalation_come_once_each(queue: Queue, admin: Connection) -> None:
    action = await _timed(queue, remind_before_seconds=600, escalate_after_seconds=60)
    assert not await _remind(queue)

    await _let_come(admin, action.id, "remind_at")
    assert [await _remind(queue), await _remind(queue)] == [True, False]
    await _let_come(admin, action.id, "escalate_at")
    assert [await _remind(queue), await _remind(queue)] == [True, False]

    assert await queue.events(action.id) == ["proposed", "reminded", "escalated"]


async def test_both_at_once_are_two_entries_and_one_turn(queue: Queue, admin: Connection) -> None:
    action = await _timed(queue, remind_before_seconds=600, escalate_after_seconds=60)
    await _let_come(admin, action.id, "remind_at")
    await _let_come(admin, action.id, "escalate_at")

    assert [await _remind(queue), await _remind(queue)] == [True, False]
    assert sorted(await queue.events(action.id)) == ["escalated", "proposed", "reminded"]


async def test_a_tier_without_reminders_reminds_nobody(queue: Queue) -> None:
    action = await _timed(queue, remind_before_seconds=None, escalate_after_seconds=None)

    assert not await _remind(queue)
    assert await queue.events(action.id) == ["proposed"]


async def test_nobody_is_reminded_of_what_is_decided_or_over(queue: Queue, admin: Connection) -> None:
    decided, over = [await _timed(queue, remind_before_seconds=600) for _ in range(2)]
    for action in (decided, over):
        await _let_come(admin, action.id, "remind_at")
    await queue.vote(decided)
    await age(admin, over.id)

    assert not await _remind(queue)


async def _undo(queue: Queue, seconds: int) -> None:
    tier = {"name": "only", "limits": None, "required_approvals": 1, "undo_seconds": seconds}
    await queue.govern(rules(tiers=[tier]))


async def _timed(queue: Queue, **times: Any) -> Action:
    tier: dict[str, Any] = {"name": "only", "limits": None, "required_approvals": 1, "undo_seconds": 0}
    await queue.govern(rules(tiers=[tier | {"expires_after_seconds": 3600} | times]))
    return await queue.propose()


async def _let_come(admin: Connection, action_id: str, what: str) -> None:
    await admin.execute(f"UPDATE approvals.actions SET {what} = now() WHERE id = '{action_id}'".encode())


async def _remind(queue: Queue) -> bool:
    async with queue.executor.system() as connection:
        return await repository.remind_next(connection, worker="executor:test")


async def _released_at(admin: Connection, document: PolicyDocument, at: datetime) -> datetime:
    cursor = await admin.execute("SELECT approvals.release_at_v1(%s, %s) AS at", (Jsonb(document.stored()), at))
    row = await cursor.fetchone()
    assert row is not None
    return row["at"]
