"""`python -m identity …`, as `promptsales` runs it."""

import asyncio
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import httpx2
import psycopg
import pytest

from cli.stack.modules import CommandFailed, module_output
from identity.administration.demo import ALPHABET, demo_passwords, readable_password
from identity.app import open_app
from identity.key_schedule import JWKS_SECONDS
from identity.keys import TOKEN_SIGNING, SigningKeys, initialise
from tests.integration.administration.conftest import OPERATOR, Server

NO_PASSWORD = "UPDATE identity.users SET password_hash = NULL, password_changed_at = NULL WHERE subject = ANY (%s)"
DEMO = [f"user:{role}" for role in ("admin", "marketer", "reviewer", "sales_agent", "viewer")]
FORM = re.compile(r"[2-9a-hjkmnp-z]{5}(-[2-9a-hjkmnp-z]{5}){3}")


@pytest.fixture
async def fresh(server: Server, admin: psycopg.AsyncConnection) -> Server:
    """The demonstration's users without passwords."""
    await admin.execute(NO_PASSWORD, (DEMO,))
    return server


async def test_demo_passwords_are_told_once_and_open_the_accounts(
    fresh: Server, admin: psycopg.AsyncConnection
) -> None:
    told = [
        json.loads(line) for line in (await module_output(fresh.settings, "identity", "demo-passwords")).splitlines()
    ]

    assert [one["role"] for one in told] == ["admin", "marketer", "reviewer", "sales_agent", "viewer"]
    assert {one["email"] for one in told} == {f"{one['role']}@demo.example" for one in told}
    assert all(FORM.fullmatch(one["password"]) for one in told)
    assert len({one["password"] for one in told}) == 5
    for one in told:
        rows = await admin.execute("SELECT password_hash FROM identity.users WHERE email = %s", (one["email"],))
        row = await rows.fetchone()
        assert row is not None
        assert row[0].startswith("$argon2id$")
        assert await fresh.passwords.match(one["password"], row[0])
    assert await module_output(fresh.settings, "identity", "demo-passwords") == ""


async def test_of_several_at_once_one_is_told(fresh: Server) -> None:
    told = await asyncio.gather(*(demo_passwords(fresh.database, fresh.passwords) for _ in range(4)))
    assert sorted(map(len, told)) == [0, 0, 0, 5]


async def test_user_whose_password_was_reset_waits_for_their_link(fresh: Server) -> None:
    await fresh.administrator().post("/v1/users/user:viewer/reset-password")
    told = await demo_passwords(fresh.database, fresh.passwords)
    assert "viewer" not in {one.role for one in told}


async def test_disabled_users_and_other_organisations_get_none(fresh: Server, admin: psycopg.AsyncConnection) -> None:
    tenant, subject = await fresh.tenant()
    await admin.execute(NO_PASSWORD, ([subject],))
    await admin.execute("UPDATE identity.users SET disabled_at = now() WHERE subject = 'user:viewer'")

    told = await demo_passwords(fresh.database, fresh.passwords)

    await admin.execute("UPDATE identity.users SET disabled_at = NULL WHERE subject = 'user:viewer'")
    assert {one.role for one in told} == {"admin", "marketer", "reviewer", "sales_agent"}
    async with fresh.database.transaction(tenant) as connection:
        rows = await connection.execute("SELECT password_hash FROM identity.users")
        assert [row["password_hash"] async for row in rows] == [None]
    assert tenant != OPERATOR


def test_readable_passwords_have_more_than_eighty_bits() -> None:
    assert not set("01oil") & set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert len(ALPHABET) ** 20 >= 2**80
    assert FORM.fullmatch(readable_password())


async def test_rotation_by_command_tells_every_key_and_its_state(server: Server, tmp_path: Path) -> None:
    settings = server.settings.model_copy(update={"data_dir": tmp_path})
    initialise(settings.keys_dir)
    before = json.loads(await module_output(settings, "identity", "list-keys"))
    assert before["state"] == "signing"

    rotated = [json.loads(line) for line in (await module_output(settings, "identity", "rotate-keys")).splitlines()]
    assert [key["state"] for key in rotated] == ["signing", "next"]
    assert rotated[0]["kid"] == before["kid"]
    with pytest.raises(CommandFailed, match="is published already"):
        await module_output(settings, "identity", "rotate-keys")

    replaced = json.loads(await module_output(settings, "identity", "rotate-keys", "--now"))
    assert replaced["state"] == "signing"
    assert replaced["kid"] not in {key["kid"] for key in rotated}


async def test_running_issuer_publishes_the_next_key_and_drops_a_compromised_one(
    server: Server, tmp_path: Path
) -> None:
    settings = server.settings.model_copy(update={"data_dir": tmp_path})
    shutil.copytree(server.settings.keys_dir, settings.keys_dir)
    async with open_app(settings) as app:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=settings.issuer) as http:
            own = replace(server, http=http, signing=SigningKeys.load(settings.key_file(TOKEN_SIGNING)))
            before, unused = own.administrator(), own.administrator()
            (old,) = await published(http)

            await module_output(settings, "identity", "rotate-keys")
            assert len(await published(http)) == 2
            assert old in await published(http)
            assert (await before.get("/v1/tenant")).status_code == 200

            await module_output(settings, "identity", "rotate-keys", "--now")
            (new,) = await published(http)
            assert new != old
            assert (await unused.get("/v1/tenant")).status_code == 401
            assert (await own.administrator().get("/v1/tenant")).status_code == 200


async def published(http: httpx2.AsyncClient) -> list[str]:
    """The ids of the keys an issuer publishes."""
    answer = await http.get("/.well-known/jwks.json")
    assert answer.headers["cache-control"] == f"public, max-age={JWKS_SECONDS}"
    return [key["kid"] for key in answer.json()["keys"]]


async def test_rotating_without_keys_says_how_to_make_them(server: Server, tmp_path: Path) -> None:
    settings = server.settings.model_copy(update={"data_dir": tmp_path})
    with pytest.raises(CommandFailed, match="does not exist"):
        await module_output(settings, "identity", "rotate-keys")
