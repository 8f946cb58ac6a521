"""Revoking: what is on the denylist is refused at once, everywhere, however recently it was accepted."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from cli.stack.valkey import EmbeddedValkey
from kernel.auth import InvalidToken, Principal
from kernel.auth.revocations import CHANNEL, Denylist, Revocation, subject_key
from kernel.ids import new_id
from kernel.settings import Settings
from tests.integration.kernel.conftest import Ads


@pytest.fixture
async def elsewhere(settings: Settings, valkey: EmbeddedValkey) -> AsyncIterator[Denylist]:
    """The denylist as the authorization server's process holds it."""
    denylist = Denylist(settings)
    yield denylist
    await denylist.aclose()


def revocation(caller: Principal, kind: str, *, at: int | None = None) -> Revocation:
    """Of something about a caller, for the next five minutes."""
    values = {
        "token": caller.token_id,
        "session": caller.session,
        "subject": subject_key(caller.tenant, caller.subject),
    }
    now = int(time.time())
    return Revocation(cast("Any", kind), values[kind], at or now, now + 300)


async def cached(ads: Ads, token: str) -> Principal:
    """Verify until the verdict is kept; the caller."""
    while True:
        before = await ads.verifier.verify(token)
        if await ads.verifier.verify(token) is before:
            return before
        await asyncio.sleep(0)


async def refused(ads: Ads, token: str) -> None:
    """Returns once the token is refused; word of a revocation takes a moment to come in."""
    async with asyncio.timeout(10):
        while True:
            try:
                await ads.verifier.verify(token)
            except InvalidToken:
                return
            await asyncio.sleep(0)


@pytest.mark.parametrize("kind", ["token", "session", "subject"])
async def test_a_token_that_was_just_accepted_is_refused_when_it_is_revoked_elsewhere(
    ads: Ads, elsewhere: Denylist, kind: str
) -> None:
    token = ads.embedded.token("ads:read", sub=new_id("usr"))
    caller = await cached(ads, token)

    await elsewhere.add([revocation(caller, kind)])

    await refused(ads, token)
    assert (await ads.call(token, "read_sheet")).status_code == 401


async def test_a_revocation_of_one_leaves_others_in(ads: Ads, elsewhere: Denylist) -> None:
    mine, other = (ads.embedded.token("ads:read", sub=new_id("usr")) for _ in range(2))
    caller = await ads.verifier.verify(mine)

    await elsewhere.add([revocation(caller, kind) for kind in ("token", "session", "subject")])

    await refused(ads, mine)
    assert (await ads.call(other, "read_sheet")).status_code == 200


async def test_a_subject_may_come_back_with_a_token_issued_after_the_revocation(ads: Ads, elsewhere: Denylist) -> None:
    subject, now = new_id("usr"), int(time.time())
    before, after = (ads.embedded.token("ads:read", sub=subject, iat=now + offset) for offset in (-20, -10))
    caller = await ads.verifier.verify(after)

    await elsewhere.add([revocation(caller, "subject", at=now - 15)])

    await refused(ads, before)
    assert (await ads.call(after, "read_sheet")).status_code == 200


async def test_the_same_subject_of_another_tenant_stays(ads: Ads, elsewhere: Denylist) -> None:
    subject = new_id("usr")
    mine, other = (ads.embedded.token("ads:read", sub=subject, tenant=tenant) for tenant in ("acme", "solid"))
    caller = await ads.verifier.verify(mine)

    await elsewhere.add([revocation(caller, "subject")])

    await refused(ads, mine)
    assert (await ads.verifier.verify(other)).tenant == "solid"


async def test_an_older_revocation_never_takes_back_a_newer_one(elsewhere: Denylist) -> None:
    now, value = int(time.time()), subject_key("acme", new_id("usr"))
    newer, older = (Revocation("subject", value, now - age, now + 300) for age in (10, 20))

    await elsewhere.add([newer, older])

    assert await elsewhere.covers(token_id="t", session="", tenant="acme", subject="nobody", issued_at=0) is False
    client = cast("Any", elsewhere)._connected()
    assert await client.hget("promptsales:revoked", f"subject:{value}") == f"{now - 10} {now + 300}"


async def test_only_news_is_announced(elsewhere: Denylist, settings: Settings) -> None:
    now = int(time.time())
    revoked = Revocation("token", new_id("tok"), now, now + 300)
    client = cast("Any", elsewhere)._connected()
    async with client.pubsub() as channel:
        await channel.subscribe(CHANNEL)
        assert (await channel.get_message(timeout=5))["type"] == "subscribe"

        for _ in range(3):
            await elsewhere.add([revoked])
        last = Revocation("token", new_id("tok"), now, now + 300)
        await elsewhere.add([last])
        heard = [(await channel.get_message(timeout=5))["data"] for _ in range(2)]

    assert heard == [f"token:{one.value}" for one in (revoked, last)]


async def test_what_is_dead_already_is_not_kept(elsewhere: Denylist) -> None:
    now, value = int(time.time()), new_id("tok")

    await elsewhere.add([Revocation("token", value, now - 100, now - 1)])

    assert await elsewhere.covers(token_id=value, session="", tenant="acme", subject="s", issued_at=0) is False


async def test_what_is_over_is_pruned_and_nothing_else(elsewhere: Denylist) -> None:
    now, live, over = int(time.time()), new_id("tok"), new_id("tok")
    await elsewhere.add([Revocation("token", live, now, now + 300)])
    client = cast("Any", elsewhere)._connected()
    await client.hset("promptsales:revoked", f"token:{over}", f"{now - 100} {now - 1}")

    assert await elsewhere.prune() >= 1

    assert await client.hmget("promptsales:revoked", [f"token:{over}"]) == [None]
    assert await elsewhere.covers(token_id=live, session="", tenant="acme", subject="s", issued_at=0) is True


async def test_the_denylist_is_nothing_that_a_full_redis_would_drop(elsewhere: Denylist) -> None:
    now = int(time.time())
    await elsewhere.add([Revocation("token", new_id("tok"), now, now + 300)])

    assert await cast("Any", elsewhere)._connected().ttl("promptsales:revoked") == -1


async def test_verdicts_are_kept_while_nothing_is_revoked(ads: Ads) -> None:
    token = ads.embedded.token("ads:read", sub=new_id("usr"))

    caller = await cached(ads, token)

    assert ads.denylist.epoch is not None
    assert await ads.verifier.verify(token) is caller


async def test_no_verdict_is_kept_while_the_channel_is_not_heard(
    ads: Ads,
) -> None:
    token = ads.embedded.token("ads:read", sub=new_id("usr"))
    await cached(ads, token)

    client = cast("Any", ads.denylist)._connected()
    await client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    async with asyncio.timeout(10):
        while ads.denylist.epoch is not None:  # noqa: ASYNC110 - the connection's end is nobody's event
            await asyncio.sleep(0)

    first = await ads.verifier.verify(token)
    assert await ads.verifier.verify(token) is not first
