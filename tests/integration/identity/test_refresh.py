"""Refreshing: each token once, never wider, and whoever comes a second time ends it for everybody."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import LiteralString

import psycopg
import pytest

from kernel.auth import InvalidToken
from tests.integration.identity.conftest import Issuer, refusal
from tests.support.browser import Application, Browser


@asynccontextmanager
async def changed(
    admin: psycopg.AsyncConnection, assignment: LiteralString, undo: LiteralString
) -> AsyncGenerator[None]:
    """The marketer's row, changed for a while."""
    await admin.execute(f"UPDATE identity.users SET {assignment} WHERE subject = 'user:marketer'")
    try:
        yield
    finally:
        await admin.execute(f"UPDATE identity.users SET {undo} WHERE subject = 'user:marketer'")


async def test_refresh_token_gives_the_next_tokens(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    first = await application.tokens(marketer, "content", scope="content:read content:write")

    second = (await application.refresh(first["refresh_token"], resource="content")).json()

    assert second["refresh_token"] != first["refresh_token"]
    assert (second["scope"], second["expires_in"]) == (first["scope"], 900)
    before, after = [await issuer.verify(each["access_token"], "content") for each in (first, second)]
    assert (before.session, before.subject) == (after.session, after.subject)
    assert before.token_id != after.token_id


async def test_second_use_kills_the_family(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    first = await application.tokens(marketer, "content")
    second = (await application.refresh(first["refresh_token"])).json()

    replayed = await application.refresh(first["refresh_token"])

    assert refusal(replayed)[:2] == (400, "invalid_grant")
    for token in (first["access_token"], second["access_token"]):
        with pytest.raises(InvalidToken):
            await issuer.verify(token, "content")
    assert refusal(await application.refresh(second["refresh_token"]))[1] == "invalid_grant"


@pytest.mark.parametrize("attempt", range(3))
async def test_of_eight_at_once_one_works_and_its_tokens_live(issuer: Issuer, marketer: Browser, attempt: int) -> None:
    application = issuer.application()
    token = (await application.tokens(marketer, "content"))["refresh_token"]

    responses = await asyncio.gather(*(application.refresh(token) for _ in range(8)))

    assert sorted(response.status_code for response in responses) == [200, *[400] * 7]
    winner = next(response.json() for response in responses if response.status_code == 200)
    await issuer.verify(winner["access_token"], "content")
    assert (await application.refresh(winner["refresh_token"])).status_code == 200


async def test_scope_narrows_for_one_token_and_comes_back(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    first = await application.tokens(marketer, "content", scope="content:read content:write")

    narrow = (await application.refresh(first["refresh_token"], scope="content:read")).json()
    wide = (await application.refresh(narrow["refresh_token"])).json()

    assert (narrow["scope"], wide["scope"]) == ("content:read", "content:read content:write")


@pytest.mark.parametrize("scope", ["content:write", "content:read ads:read", "actions:execute", "openid", "no:such"])
async def test_scope_never_widens_and_asking_costs_nothing(issuer: Issuer, marketer: Browser, scope: str) -> None:
    application = issuer.application()
    first = await application.tokens(marketer, "content", scope="content:read")

    refused = await application.refresh(first["refresh_token"], scope=scope)

    assert refusal(refused)[:2] == (400, "invalid_scope")
    assert (await application.refresh(first["refresh_token"])).json()["scope"] == "content:read"


@pytest.mark.parametrize("resource", ["ads", "approvals", "identity", "https://elsewhere.example/mcp"])
async def test_resource_the_person_was_not_asked_about_is_refused(
    issuer: Issuer, marketer: Browser, resource: str
) -> None:
    application = issuer.application()
    first = await application.tokens(marketer, "content")

    refused = await application.refresh(first["refresh_token"], resource=resource)

    assert refusal(refused)[1] == "invalid_target"


async def test_role_that_was_lost_is_lost_at_the_next_refresh(
    issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection
) -> None:
    application = issuer.application()
    first = await application.tokens(marketer, "content")

    async with changed(admin, "roles = '{viewer}'", "roles = '{marketer}'"):
        second = (await application.refresh(first["refresh_token"])).json()

    assert second["scope"] == "content:read"
    assert (await issuer.verify(second["access_token"], "content")).roles == ("viewer",)


async def test_role_that_was_won_widens_nothing(
    issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection
) -> None:
    application = issuer.application()
    first = await application.tokens(marketer, "crm", scope="crm:read")

    async with changed(admin, "roles = '{admin}'", "roles = '{marketer}'"):
        second = (await application.refresh(first["refresh_token"])).json()

    assert second["scope"] == "crm:read"


async def test_disabled_person_refreshes_nothing(
    issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection
) -> None:
    application = issuer.application()
    first = await application.tokens(marketer, "content")

    async with changed(admin, "disabled_at = now()", "disabled_at = NULL"):
        assert refusal(await application.refresh(first["refresh_token"]))[1] == "invalid_grant"


async def test_disabled_tenant_refreshes_nothing(
    issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection
) -> None:
    application = issuer.application()
    first = await application.tokens(marketer, "content")

    await admin.execute("UPDATE identity.tenants SET disabled_at = now()")
    try:
        refused = await application.refresh(first["refresh_token"])
    finally:
        await admin.execute("UPDATE identity.tenants SET disabled_at = NULL")

    assert refusal(refused)[1] == "invalid_grant"


async def test_refresh_token_is_nobody_elses(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    first = await application.tokens(marketer, "content")
    settings = issuer.settings
    portal = Application(issuer.http, settings, client_id="portal", secret=settings.client_secret("portal"))

    refused = await portal.refresh(first["refresh_token"])

    assert refusal(refused)[1] == "invalid_grant"
    assert (await application.refresh(first["refresh_token"])).status_code == 200


@pytest.mark.parametrize(
    "token", ["nonsense", "psr_solid-demo." + "A" * 43, "psr_another." + "A" * 43, "psc_solid-demo." + "A" * 43]
)
async def test_token_never_issued_is_refused(issuer: Issuer, token: str) -> None:
    assert refusal(await issuer.application().refresh(token))[1] == "invalid_grant"


async def test_secret_of_one_tenant_is_unknown_in_another(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    token = (await application.tokens(marketer, "content"))["refresh_token"]

    moved = token.replace("psr_solid-demo.", "psr_another.")

    assert refusal(await application.refresh(moved))[1] == "invalid_grant"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE identity.refresh_tokens SET expires_at = now() - interval '1 second'",
        "UPDATE identity.families SET expires_at = now() - interval '1 second'",
    ],
)
async def test_idle_token_and_old_family_die(
    issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection, statement: LiteralString
) -> None:
    application = issuer.application()
    first = await application.tokens(marketer, "content")
    await admin.execute(statement)

    assert refusal(await application.refresh(first["refresh_token"]))[1] == "invalid_grant"


async def test_lives_are_fourteen_days_idle_and_thirty_in_all(
    issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection
) -> None:
    application = issuer.application()
    first = await application.tokens(marketer, "content")
    family = (await issuer.verify(first["access_token"], "content")).session
    await admin.execute(
        "UPDATE identity.families SET expires_at = now() + interval '10 days' WHERE family_id = %s", (family,)
    )
    await application.refresh(first["refresh_token"])

    rows = await (
        await admin.execute(
            "SELECT round(extract(epoch FROM expires_at - issued_at) / 86400)::int FROM identity.refresh_tokens "
            "WHERE family_id = %s ORDER BY issued_at",
            (family,),
        )
    ).fetchall()

    assert [row[0] for row in rows] == [14, 10]


async def test_exchange_carries_the_session_and_dies_with_it(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    tokens = await application.tokens(marketer, "content")
    exchanged = (await issuer.exchange("content", tokens["access_token"], "approvals")).json()["access_token"]
    session = (await issuer.verify(tokens["access_token"], "content")).session
    assert (await issuer.verify(exchanged, "approvals")).session == session

    await application.post("/oauth/revoke", {"token": tokens["refresh_token"]})

    with pytest.raises(InvalidToken):
        await issuer.verify(exchanged, "approvals")
    refused = await issuer.exchange("content", tokens["access_token"], "approvals")
    assert refusal(refused)[:2] == (400, "invalid_grant")


@pytest.mark.parametrize("scope", ["content:write", "actions:propose"])
async def test_exchange_is_no_wider_than_what_the_person_let(issuer: Issuer, marketer: Browser, scope: str) -> None:
    tokens = await issuer.application().tokens(marketer, "content", scope="content:read approvals:read")

    refused = await issuer.exchange("content", tokens["access_token"], "approvals", scope=scope)

    assert refusal(refused)[1] == "invalid_scope"
