"""Revocations are kept first and told next: none is lost while Redis is away, and none outlives its use."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Sequence

import httpx2
import psycopg
import pytest

from identity import opaque
from identity.app import ROLE, open_app
from identity.domain import Family
from identity.errors import RevocationPending
from identity.families import Binding, Families
from identity.revocations import Revocations
from identity.revoking import Revoker
from identity.upkeep import kept_up
from kernel.auth import InvalidToken
from kernel.auth.revocations import Denylist, DenylistUnavailable, Revocation
from kernel.database import Database
from kernel.settings import Settings
from tests.integration.identity.conftest import Issuer, refusal
from tests.support.browser import REDIRECT_URI, Application, Browser, give_passwords


class DeafDenylist(Denylist):
    """A denylist whose Redis does not answer while it is `deaf`."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.deaf = True
        self.told: list[Revocation] = []
        self.heard = asyncio.Event()

    async def add(self, revocations: Sequence[Revocation]) -> None:
        if self.deaf:
            raise DenylistUnavailable("Redis does not answer.")
        await super().add(revocations)
        self.told.extend(revocations)
        self.heard.set()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with Database.open(settings.role_database_url(ROLE)) as database:
        yield database


@pytest.fixture
async def denylist(settings: Settings) -> AsyncIterator[DeafDenylist]:
    denylist = DeafDenylist(settings)
    yield denylist
    await denylist.aclose()


async def test_revocation_without_redis_is_kept_said_and_told_later(
    issuer: Issuer, marketer: Browser, database: Database, denylist: DeafDenylist
) -> None:
    application = issuer.application()
    tokens = await application.tokens(marketer, "content")
    session = (await issuer.verify(tokens["access_token"], "content")).session
    revoker = Revoker(database, denylist)

    with pytest.raises(RevocationPending):
        await revoker.family("solid-demo", session, "a test")

    assert refusal(await application.refresh(tokens["refresh_token"]))[1] == "invalid_grant"
    assert refusal(await issuer.exchange("content", tokens["access_token"], "approvals"))[1] == "invalid_grant"
    await issuer.verify(tokens["access_token"], "content")
    denylist.deaf = False
    async with kept_up(revoker):
        await denylist.heard.wait()
    assert session in {revocation.value for revocation in denylist.told}
    with pytest.raises(InvalidToken):
        await issuer.verify(tokens["access_token"], "content")


async def test_upkeep_outlives_a_pass_that_fails(database: Database, denylist: DeafDenylist) -> None:
    class Failing(Revoker):
        passes = 0

        async def refill(self) -> int:
            self.passes += 1
            if self.passes == 1:
                raise RuntimeError("a defect")
            denylist.heard.set()
            return 0

    revoker = Failing(database, denylist)
    async with kept_up(revoker, every=0):
        await denylist.heard.wait()

    assert revoker.passes > 1


async def test_upkeep_finishes_the_pass_under_way_before_it_ends(database: Database, denylist: DeafDenylist) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()
    passed: list[str] = []

    class Slow(Revoker):
        async def refill(self) -> int:
            began.set()
            await go_on.wait()
            passed.append("refill")
            return 0

    async with kept_up(Slow(database, denylist)):
        await began.wait()
        go_on.set()

    assert passed == ["refill"]


async def test_repeating_a_revocation_tells_it_again(
    issuer: Issuer, marketer: Browser, database: Database, denylist: DeafDenylist
) -> None:
    tokens = await issuer.application().tokens(marketer, "content")
    session = (await issuer.verify(tokens["access_token"], "content")).session
    revoker = Revoker(database, denylist)
    with contextlib.suppress(RevocationPending):
        await revoker.family("solid-demo", session, "a test")
    denylist.deaf = False

    await revoker.family("solid-demo", session, "the same, again")
    await revoker.family("solid-demo", "fam_never_was", "a mistake")

    assert [revocation.value for revocation in denylist.told] == [session]


async def test_revoking_a_person_ends_all_they_were_issued(
    issuer: Issuer, database: Database, denylist: DeafDenylist
) -> None:
    await give_passwords(issuer.settings, "user:reviewer")
    denylist.deaf = False
    application = issuer.application()
    by_command_line = await issuer.user_token("reviewer", "ads")
    async with issuer.browser() as browser:
        await browser.sign_in("reviewer@demo.example")
        tokens = await application.tokens(browser, "ads")

    await Revoker(database, denylist).subject("solid-demo", "user:reviewer", "a test")

    for token in (by_command_line, tokens["access_token"]):
        with pytest.raises(InvalidToken):
            await issuer.verify(token, "ads")
    assert refusal(await application.refresh(tokens["refresh_token"]))[1] == "invalid_grant"
    assert refusal(await issuer.exchange("ads", by_command_line, "approvals"))[1] == "invalid_grant"


async def test_disabling_an_application_ends_what_it_was_issued(issuer: Issuer, marketer: Browser) -> None:
    operator = {"Authorization": f"Bearer {await issuer.user_token('admin', 'identity')}"}
    asked = {"name": "Reports", "confidential": False, "redirect_uris": [REDIRECT_URI], "resources": ["content"]}
    made = (await issuer.http.post("/v1/clients", json=asked, headers=operator)).json()
    application, other = issuer.application(), issuer.application()
    application.client_id = made["client_id"]
    tokens = await application.tokens(marketer, "content")
    others = await other.tokens(marketer, "content")
    await issuer.verify(tokens["access_token"], "content")

    disabled = await issuer.http.post(f"/v1/clients/{application.client_id}/disable", headers=operator)

    assert disabled.status_code == 200
    with pytest.raises(InvalidToken):
        await issuer.verify(tokens["access_token"], "content")
    assert refusal(await issuer.exchange("content", tokens["access_token"], "approvals"))[1] == "invalid_grant"
    assert (await issuer.verify(others["access_token"], "content")).client_id == "mcp-client"


async def test_signing_out_ends_what_began_in_that_browser_alone(issuer: Issuer, marketer: Browser) -> None:
    here, there = issuer.application(), issuer.application()
    kept = await there.tokens(marketer, "content")
    async with issuer.browser() as browser:
        signed_in = await browser.sign_in("marketer@demo.example")
        lost = await here.tokens(browser, "content")
        cookie = opaque.read(opaque.BROWSER_SESSION, next(iter(signed_in.cookies.values())))
        assert cookie is not None
        async with Database.open(issuer.settings.role_database_url(ROLE)) as database:
            denylist = Denylist(issuer.settings)
            await Revoker(database, denylist).browser_session(cookie.tenant, cookie.secret_hash, "a test")
            await denylist.aclose()
        after = await browser.http.get(f"/oauth/authorize?{here.query('content', prompt='none')}")

    assert "error=login_required" in after.headers["location"]
    with pytest.raises(InvalidToken):
        await issuer.verify(lost["access_token"], "content")
    assert refusal(await here.refresh(lost["refresh_token"]))[1] == "invalid_grant"
    await issuer.verify(kept["access_token"], "content")


async def test_sweep_deletes_what_is_over_and_nothing_else(
    issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection, database: Database, denylist: DeafDenylist
) -> None:
    denylist.deaf = False
    application = issuer.application()
    living, old, unused = [await family_of(issuer, marketer, redeem=redeem) for redeem in (True, True, False)]
    await admin.execute(
        "UPDATE identity.families SET expires_at = now() - interval '2 days' WHERE family_id = %s", (old,)
    )
    await admin.execute("UPDATE identity.codes SET expires_at = now() - interval '1 s' WHERE family_id = %s", (unused,))
    await admin.execute(
        "INSERT INTO identity.revocations (kind, value, expires_at) VALUES ('token', 'tok_over', now()), "
        "('token', 'tok_live', now() + interval '1 hour')"
    )
    tokens = await application.tokens(marketer, "content")

    deleted = await Revoker(database, denylist).sweep()

    left = {row[0] for row in await (await admin.execute("SELECT family_id FROM identity.families")).fetchall()}
    assert deleted >= 4
    assert living in left
    assert not {old, unused} & left
    values = {row.value for row in await Revocations(database).live()}
    assert "tok_live" in values
    over = await (await admin.execute("SELECT FROM identity.revocations WHERE value = 'tok_over'")).fetchall()
    assert over == []
    assert (await application.refresh(tokens["refresh_token"])).status_code == 200


async def test_sweep_is_bounded(
    issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection, database: Database
) -> None:
    for _ in range(3):
        family = await family_of(issuer, marketer, redeem=True)
        await admin.execute(
            "UPDATE identity.families SET expires_at = now() - interval '2 days' WHERE family_id = %s", (family,)
        )

    families = Families(database)
    counts = [await families.sweep("solid-demo", 1) for _ in range(40)]

    assert max(counts) <= 4, "one row of each of four kinds"
    assert counts[-1] == 0


async def family_of(issuer: Issuer, browser: Browser, *, redeem: bool) -> str:
    application = issuer.application()
    code = (await browser.consent(application.query("content"))).code
    if redeem:
        return (await issuer.verify((await application.redeem(code)).json()["access_token"], "content")).session
    async with await psycopg.AsyncConnection.connect(issuer.settings.admin_database_url()) as admin:
        rows = await admin.execute("SELECT family_id FROM identity.families ORDER BY created_at DESC LIMIT 1")
        row = await rows.fetchone()
        assert row is not None
        return row[0]


async def test_consent_that_meets_a_sign_out_begins_nothing(
    issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection, database: Database
) -> None:
    async with issuer.browser() as browser:
        signed_in = await browser.sign_in("marketer@demo.example")
        cookie = opaque.read(opaque.BROWSER_SESSION, next(iter(signed_in.cookies.values())))
        assert cookie is not None
        await Families(database).sign_out(cookie.tenant, cookie.secret_hash, "a test")
    now = int(time.time())
    family = Family(
        cookie.tenant, "fam_late", "user:marketer", "mcp-client", "late", ("content",), frozenset({"content:read"}),
        now, now + 60, cookie.secret_hash,
    )  # fmt: skip
    code = opaque.read(opaque.CODE, opaque.make(opaque.CODE, cookie.tenant))
    assert code is not None

    begun = await Families(database).begin(family, code, Binding("https://x.example", "A" * 43, None))

    rows = await (await admin.execute("SELECT FROM identity.families WHERE family_id = 'fam_late'")).fetchall()
    assert (begun, rows) == (False, [])


async def test_issuer_without_redis_revokes_says_so_and_goes_on(
    issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection
) -> None:
    application = issuer.application()
    tokens = await application.tokens(marketer, "content")
    replayed = await application.tokens(marketer, "content")
    alone = issuer.settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{unused_port()}/0"})
    async with (
        open_app(alone) as app,
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=alone.issuer) as http,
    ):
        elsewhere = Application(http, alone)
        refreshed = await elsewhere.refresh(tokens["refresh_token"])
        revoked = await elsewhere.post("/oauth/revoke", {"token": refreshed.json()["refresh_token"]})
        dead = await elsewhere.refresh(refreshed.json()["refresh_token"])
        assert (await elsewhere.refresh(replayed["refresh_token"])).status_code == 200
        caught = await elsewhere.refresh(replayed["refresh_token"])

    assert refreshed.status_code == 200
    for pending in (revoked, caught):
        assert refusal(pending)[:2] == (503, "temporarily_unavailable")
        assert pending.headers["retry-after"] == "1"
    assert refusal(dead)[1] == "invalid_grant"
    ended = await (
        await admin.execute("SELECT revoked_because FROM identity.families ORDER BY revoked_at DESC NULLS LAST LIMIT 2")
    ).fetchall()
    assert {row[0] for row in ended} == {"the client revoked it", "a refresh token was used twice"}


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
