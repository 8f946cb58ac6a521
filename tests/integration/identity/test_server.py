import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any, cast

import httpx2
import psycopg
import pytest
from authlib.oauth2 import rfc9207
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from identity.__main__ import CONTEXT
from identity.app import ROLE, open_app
from identity.domain import CLIENTS
from identity.errors import InsecureIssuer, WeakSecret
from identity.keys import CLI_ASSERTION, CLIENT_SECRETS, TOKEN_SIGNING
from identity.repository import Repository, hash_of
from kernel.database import Database
from kernel.migrations import migrate
from kernel.settings import NotConfigured, Settings
from tests.integration.identity.conftest import Issuer


@pytest.mark.parametrize("document", ["oauth-authorization-server", "openid-configuration"])
async def test_metadata_is_complete_and_valid(issuer: Issuer, document: str) -> None:
    metadata = (await issuer.http.get(f"/.well-known/{document}")).json()

    extensions = cast("Any", rfc9207)  # newer than its type stubs
    cast("Any", AuthorizationServerMetadata(metadata)).validate(
        metadata_classes=[extensions.AuthorizationServerMetadata]
    )
    assert metadata["issuer"] == issuer.settings.issuer
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post", "none"]
    assert metadata["introspection_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post"]
    assert {"authorization_code", "refresh_token", "client_credentials"} < set(metadata["grant_types_supported"])
    assert {"openid", "offline_access", "content:read", "identity:admin"} < set(metadata["scopes_supported"])
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["client_id_metadata_document_supported"] is True
    assert metadata["id_token_signing_alg_values_supported"] == ["ES256"]
    assert metadata["subject_types_supported"] == ["public"]
    assert metadata["ui_locales_supported"] == ["en", "es"]


async def test_every_endpoint_that_is_stated_exists(issuer: Issuer) -> None:
    metadata = (await issuer.http.get("/.well-known/openid-configuration")).json()

    endpoints = {value for name, value in metadata.items() if name.endswith(("_endpoint", "_uri"))}
    statuses = {endpoint: (await issuer.http.get(endpoint)).status_code for endpoint in endpoints}
    assert len(endpoints) == 7
    assert 404 not in statuses.values(), statuses


async def test_registration_is_stated_only_where_clients_may_register_themselves(settings: Settings) -> None:
    stated = {}
    for dynamic in (False, True):
        async with (
            open_app(settings.model_copy(update={"dynamic_registration": dynamic})) as app,
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=settings.issuer) as http,
        ):
            metadata = (await http.get("/.well-known/oauth-authorization-server")).json()
            stated[dynamic] = metadata.get("registration_endpoint")

    assert stated == {False: None, True: f"{settings.issuer}/oauth/register"}


async def test_published_keys_are_public(issuer: Issuer) -> None:
    response = await issuer.http.get("/.well-known/jwks.json")

    assert response.headers["cache-control"] == "public, max-age=300"
    assert [set(key) for key in response.json()["keys"]] == [{"kty", "crv", "x", "y", "use", "alg", "kid"}]


async def test_server_is_ready_with_its_stores(issuer: Issuer) -> None:
    assert (await issuer.http.get("/healthz")).json() == {"service": "identity", "status": "ok"}
    assert (await issuer.http.get("/readyz")).json()["checks"] == {"database": "ok", "denylist": "ok"}


async def test_secrets_are_stored_as_hashes_alone(issuer: Issuer, admin: psycopg.AsyncConnection) -> None:
    query = "SELECT client_id, secret_hash, public_keys FROM identity.clients WHERE source = 'built-in'"
    rows = await (await admin.execute(query)).fetchall()

    stored = {row[0]: (row[1], row[2]) for row in rows}
    assert stored.keys() == CLIENTS.keys()
    assert stored["ads"] == (hash_of(issuer.settings.client_secret("ads")), None)
    assert stored["cli"][0] is None
    assert "d" not in stored["cli"][1]["keys"][0]


async def test_opening_again_registers_a_changed_secret(
    settings: Settings, admin: psycopg.AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "SELECT secret_hash FROM identity.clients WHERE client_id = 'agent-content'"
    monkeypatch.setenv("PROMPTSALES_CLIENT_SECRET_AGENT_CONTENT", "n" * 43)
    async with open_app(settings):
        changed = await (await admin.execute(query)).fetchone()
    monkeypatch.undo()
    async with open_app(settings):
        restored = await (await admin.execute(query)).fetchone()

    assert changed == (hash_of("n" * 43),)
    assert restored == (hash_of(settings.client_secret("agent-content")),)


async def test_weak_secret_stops_the_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTSALES_CLIENT_SECRET_HUB", "hunter2")

    with pytest.raises(WeakSecret, match="hub"):
        await open_app(settings).__aenter__()


async def test_plain_http_beyond_this_machine_stops_the_server(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTSALES_IDENTITY_URL", "http://identity.example")

    with pytest.raises(InsecureIssuer):
        await open_app(settings).__aenter__()


async def test_missing_keys_stop_the_server(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match=TOKEN_SIGNING):
        await open_app(settings.model_copy(update={"data_dir": tmp_path})).__aenter__()


async def test_seeded_tenant_has_one_user_a_role(admin: psycopg.AsyncConnection, issuer: Issuer) -> None:
    tenants = await (await admin.execute("SELECT tenant, name, time_zone FROM identity.tenants")).fetchall()
    users = await (
        await admin.execute("SELECT subject, roles FROM identity.users WHERE disabled_at IS NULL")
    ).fetchall()

    assert tenants == [("solid-demo", "SolidNY demo", "America/New_York")]
    assert dict(users) == {
        f"user:{role}": [role] for role in ("marketer", "sales_agent", "reviewer", "viewer", "admin")
    }


async def test_users_of_another_tenant_are_invisible(settings: Settings, issuer: Issuer) -> None:
    async with Database.open(settings.role_database_url(ROLE)) as database:
        repository = Repository(database)
        async with database.system() as connection:
            hidden = await (await connection.execute("SELECT FROM identity.users")).fetchall()

        assert hidden == []
        assert await repository.user("another", "user:admin") is None
        assert await repository.user("solid-demo", "user:admin") is not None


async def test_server_role_cannot_delete_users(settings: Settings, issuer: Issuer) -> None:
    async with Database.open(settings.role_database_url(ROLE)) as database:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with database.transaction("solid-demo") as connection:
                await connection.execute("DELETE FROM identity.users")


def test_migrating_again_changes_nothing(settings: Settings) -> None:
    assert migrate(settings, CONTEXT) == migrate(settings, CONTEXT)


async def test_processes_that_initialise_at_once_agree(tmp_path: Path) -> None:
    environment = os.environ | {"PROMPTSALES_DATA_DIR": str(tmp_path / "data")}
    command = (sys.executable, "-m", "identity", "init")

    processes = [
        await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.PIPE)
        for _ in range(3)
    ]
    logs = [(await process.communicate())[1].decode().splitlines() for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0]
    created = [name for log in logs for name in json.loads(log[-1])["created"]]
    secrets = json.loads((tmp_path / "data/keys" / CLIENT_SECRETS).read_text())
    expected = [TOKEN_SIGNING, CLI_ASSERTION, *(f"{CLIENT_SECRETS}:{name}" for name in secrets)]
    assert sorted(created) == sorted(expected)
    assert sorted(path.name for path in (tmp_path / "data/keys").iterdir()) == sorted(
        [".lock", TOKEN_SIGNING, CLI_ASSERTION, CLIENT_SECRETS]
    )


async def test_command_that_cannot_go_on_says_why(tmp_path: Path) -> None:
    environment = os.environ | {"PROMPTSALES_DATA_DIR": str(tmp_path)}

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "identity", "serve", env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, stderr = await process.communicate()

    assert process.returncode == 1
    assert "promptsales up" in json.loads(stderr.decode().splitlines()[-1])["reason"]
