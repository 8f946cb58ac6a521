"""Finding clients over a real database."""

from collections.abc import AsyncIterator, Callable

import psycopg
import pytest

from identity.app import ROLE
from identity.clients.builtin import THIRD_PARTY_REACHES
from identity.clients.client import Client, Machine
from identity.clients.documents import ClientDocuments
from identity.clients.errors import ClientUnknown, MetadataRefused, RegistrationClosed, RegistrationsExhausted
from identity.clients.guarded_fetch import GuardedFetch
from identity.clients.registration import ClientRegistration, Registration
from identity.clients.registry import ClientRegistry
from identity.clients.repository import ClientRepository
from identity.domain import CLIENTS
from identity.repository import Credentials, Repository
from identity.service import register_clients
from kernel.database import Database
from kernel.settings import Settings
from tests.integration.identity.clients.conftest import DocumentServer, nothing_to_end

STATED = {"client_name": "Editor", "redirect_uris": ["http://127.0.0.1/cb"], "grant_types": ["authorization_code"]}


class NoDocuments:
    """Documents that must not be asked for."""

    async def client(self, client_id: str) -> Client:
        raise AssertionError(client_id)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with Database.open(settings.role_database_url(ROLE)) as held:
        await register_clients(settings, Repository(held))
        yield held


@pytest.fixture
async def repository(database: Database, admin: psycopg.AsyncConnection) -> ClientRepository:
    await admin.execute("DELETE FROM identity.clients WHERE source <> 'built-in'")
    return ClientRepository(database)


@pytest.fixture
def registration(repository: ClientRepository) -> ClientRegistration:
    return ClientRegistration(repository, nothing_to_end, dynamic=True)


def web_application(**changes: object) -> Registration:
    asked: dict[str, object] = {
        "name": "Reports",
        "confidential": True,
        "redirect_uris": ["https://reports.example/cb"],
        "resources": ["analytics", "crm"],
        "machine": None,
    }
    return Registration(**(asked | changes))  # pyright: ignore[reportArgumentType] - changed by a test


async def found(settings: Settings, repository: ClientRepository, client_id: str) -> Client | None:
    """Find it as a registry that has kept nothing yet."""
    return await ClientRegistry(settings, repository, NoDocuments()).find(client_id)


async def test_services_are_found_with_their_policy_and_secret(
    settings: Settings, repository: ClientRepository
) -> None:
    for client_id, policy in CLIENTS.items():
        client = await found(settings, repository, client_id)
        assert client is not None
        assert (client.grants, client.reaches, client.serves) == (policy.grants, policy.reaches, policy.serves)
        assert client.source == "built-in"
        assert not client.public
        if client.public_keys is None:
            assert client.accepts(settings.client_secret(client_id))


async def test_the_portal_has_a_secret_of_its_own_and_the_public_client_has_none(
    settings: Settings, repository: ClientRepository
) -> None:
    portal = await found(settings, repository, "portal")
    anybody = await found(settings, repository, "mcp-client")

    assert portal is not None
    assert portal.first_party
    assert portal.accepts(settings.client_secret("portal"))
    assert anybody is not None
    assert anybody.public
    assert "mcp-client" not in settings.key_file("clients.json").read_text()


@pytest.mark.parametrize(
    "client_id", ["", "nobody", "portal ", "Portal", "port\x00al", "x" * 101, "'; DROP TABLE", "ftp://x/y", "código"]
)
async def test_an_unknown_id_is_nobody(settings: Settings, repository: ClientRepository, client_id: str) -> None:
    assert await found(settings, repository, client_id) is None


async def test_a_built_in_client_without_key_or_policy_is_nobody(
    settings: Settings, database: Database, repository: ClientRepository, admin: psycopg.AsyncConnection
) -> None:
    await Repository(database).register(Credentials("retired", b"x" * 32, None))
    await Repository(database).register(Credentials("cli", None, None))

    assert await found(settings, repository, "retired") is None
    assert await found(settings, repository, "cli") is None
    await admin.execute("DELETE FROM identity.clients WHERE client_id = 'retired'")
    await register_clients(settings, Repository(database))


async def test_a_change_shows_after_a_few_seconds_not_at_each_look_up(
    settings: Settings, repository: ClientRepository, registration: ClientRegistration
) -> None:
    made = await registration.register(web_application(), operator="user:admin")
    registry = ClientRegistry(settings, repository, NoDocuments())
    kept = await registry.find(made.client.client_id)

    await registration.disable(made.client.client_id, operator="user:admin")

    assert await registry.find(made.client.client_id) is kept
    assert await found(settings, repository, made.client.client_id) is None


async def test_a_registered_client_reaches_the_servers_it_was_given(
    settings: Settings, repository: ClientRepository, registration: ClientRegistration
) -> None:
    made = await registration.register(web_application(), operator="user:admin")
    client = await found(settings, repository, made.client.client_id)

    assert client is not None
    assert (client.source, client.name) == ("registered", "Reports")
    assert client.reaches == {name: THIRD_PARTY_REACHES[name] for name in ("crm", "analytics")}
    assert client.grants == {"authorization_code", "refresh_token"}
    assert made.secret is not None
    assert client.accepts(made.secret)
    assert not client.accepts(made.secret + "x")
    assert not client.first_party


async def test_the_secret_is_kept_as_a_hash_alone(
    registration: ClientRegistration, admin: psycopg.AsyncConnection
) -> None:
    made = await registration.register(web_application(), operator="user:admin")

    row = await (
        await admin.execute("SELECT c::text FROM identity.clients AS c WHERE client_id = %s", (made.client.client_id,))
    ).fetchone()
    assert row is not None
    assert made.secret is not None
    assert made.secret not in row[0]


async def test_a_public_client_is_registered_without_secret(
    settings: Settings, repository: ClientRepository, registration: ClientRegistration
) -> None:
    made = await registration.register(web_application(confidential=False), operator="user:admin")
    client = await found(settings, repository, made.client.client_id)

    assert made.secret is None
    assert client is not None
    assert client.public


async def test_a_client_for_unattended_use_knows_its_tenant_and_roles(
    settings: Settings, repository: ClientRepository, registration: ClientRegistration
) -> None:
    nightly = Machine("solid-demo", ("viewer",))
    made = await registration.register(web_application(redirect_uris=[], machine=nightly), operator="user:admin")
    client = await found(settings, repository, made.client.client_id)

    assert client is not None
    assert client.machine == nightly
    assert client.grants == {"client_credentials"}


async def test_a_client_that_registered_itself_is_public_and_reaches_all_mcp_servers(
    settings: Settings, repository: ClientRepository, registration: ClientRegistration
) -> None:
    stored = await registration.register_self(STATED, source="192.0.2.1")
    client = await found(settings, repository, stored.client_id)

    assert client is not None
    assert (client.source, client.name, client.public) == ("dynamic", "Editor", True)
    assert client.grants == {"authorization_code"}
    assert client.reaches == THIRD_PARTY_REACHES


async def test_self_registration_that_is_off_says_how_to_connect_instead(repository: ClientRepository) -> None:
    closed = ClientRegistration(repository, nothing_to_end, dynamic=False)

    with pytest.raises(RegistrationClosed, match="Client ID Metadata Document"):
        await closed.register_self(STATED, source="192.0.2.1")
    assert await repository.listed() == []


async def test_self_registered_clients_have_a_number_and_expired_ones_make_room(
    settings: Settings, repository: ClientRepository, admin: psycopg.AsyncConnection
) -> None:
    registration = ClientRegistration(repository, nothing_to_end, dynamic=True, limit=3)
    stored = [await registration.register_self(STATED, source="192.0.2.1") for _ in range(3)]
    with pytest.raises(RegistrationsExhausted, match="3 self-registered"):
        await registration.register_self(STATED, source="192.0.2.1")

    used, unused, idle = (client.client_id for client in stored)
    assert await found(settings, repository, used) is not None
    assert await found(settings, repository, idle) is not None
    await admin.execute("UPDATE identity.clients SET created_at = now() - interval '25 hours' WHERE source = 'dynamic'")
    await admin.execute(
        "UPDATE identity.clients SET last_used_at = now() - interval '31 days' WHERE client_id = %s", (idle,)
    )

    assert await found(settings, repository, used) is not None
    assert await found(settings, repository, unused) is None
    assert await found(settings, repository, idle) is None
    again = await registration.register_self(STATED, source="192.0.2.1")
    assert {client.client_id for client in await repository.listed()} == {used, again.client_id}


async def test_a_disabled_self_registered_client_makes_no_room(
    repository: ClientRepository, admin: psycopg.AsyncConnection
) -> None:
    registration = ClientRegistration(repository, nothing_to_end, dynamic=True, limit=1)
    stored = await registration.register_self(STATED, source="192.0.2.1")
    await registration.disable(stored.client_id, operator="user:admin")
    await admin.execute("UPDATE identity.clients SET created_at = now() - interval '2 days' WHERE source = 'dynamic'")

    with pytest.raises(RegistrationsExhausted):
        await registration.register_self(STATED, source="192.0.2.1")


async def test_one_address_registers_a_few_clients_at_a_time(registration: ClientRegistration) -> None:
    for _ in range(10):
        await registration.register_self(STATED, source="192.0.2.1")
    with pytest.raises(RegistrationsExhausted, match="short time"):
        await registration.register_self(STATED, source="192.0.2.1")

    assert await registration.register_self(STATED, source="192.0.2.2")


async def test_a_description_that_does_not_do_is_not_stored(
    repository: ClientRepository, registration: ClientRegistration
) -> None:
    with pytest.raises(MetadataRefused):
        await registration.register_self(STATED | {"token_endpoint_auth_method": "client_secret_post"}, source="x")
    assert await repository.listed() == []


async def test_a_built_in_client_cannot_be_disabled_here(registration: ClientRegistration) -> None:
    for client_id in ("portal", "nobody"):
        with pytest.raises(ClientUnknown):
            await registration.disable(client_id, operator="user:admin")


async def test_an_id_that_is_an_address_is_fetched_by_find_and_never_by_known(
    settings: Settings, repository: ClientRepository, server: DocumentServer, make_fetch: Callable[..., GuardedFetch]
) -> None:
    registry = ClientRegistry(settings, repository, ClientDocuments(make_fetch()))

    assert await registry.known(server.client_id) is None
    assert server.connections == 0
    published = await registry.find(server.client_id)
    assert published is not None
    assert published.source == "document"
