"""Clients that publish who they are."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from identity.clients.builtin import THIRD_PARTY_REACHES
from identity.clients.documents import ClientDocuments
from identity.clients.errors import (
    AddressRefused,
    ClientUrlRefused,
    DocumentUnavailable,
    LookUpsExhausted,
    MetadataRefused,
    RedirectRefused,
)
from identity.clients.guarded_fetch import GuardedFetch
from kernel.settings import Settings
from tests.integration.identity.clients.conftest import DocumentServer, Resolver, answering


@dataclass
class Clock:
    now: float = 5000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def documents(make_fetch: Callable[..., GuardedFetch], clock: Clock) -> AsyncIterator[ClientDocuments]:
    held = ClientDocuments(make_fetch(), clock=clock)
    yield held
    await held.close()


async def test_a_document_is_a_public_client_of_the_mcp_servers(
    server: DocumentServer, documents: ClientDocuments
) -> None:
    client = await documents.client(server.client_id)

    assert (client.client_id, client.name, client.source) == (server.client_id, "An application", "document")
    assert client.public
    assert not client.first_party
    assert client.grants == {"authorization_code", "refresh_token"}
    assert client.reaches == THIRD_PARTY_REACHES
    assert client.allows_redirect("http://127.0.0.1:50123/callback")
    assert not client.allows_redirect("http://127.0.0.1:50123/other")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_id": "https://apps.example/client.json"}, "client_id"),
        ({"client_id": None}, "client_id"),
        ({"client_name": None}, "client_name"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "token_endpoint_auth_method"),
        ({"client_secret": "hunter2"}, "client_secret"),
    ],
)
async def test_a_document_that_does_not_do_is_refused_and_read_again_when_mended(
    server: DocumentServer, documents: ClientDocuments, changes: dict[str, object], field: str
) -> None:
    server.serve(server.document(**changes))
    with pytest.raises(MetadataRefused) as refused:
        await documents.client(server.client_id)
    assert refused.value.field == field

    server.serve(server.document())
    assert (await documents.client(server.client_id)).name == "An application"


async def test_addresses_are_compared_as_text(server: DocumentServer, documents: ClientDocuments) -> None:
    with pytest.raises(MetadataRefused, match="not the address"):
        await documents.client(f"{server.client_id}?")

    server.serve(server.document(client_id=f"{server.client_id}?"))
    assert (await documents.client(f"{server.client_id}?")).client_id == f"{server.client_id}?"


@pytest.mark.parametrize("body", [b"", b"[]", b"not json", json.dumps("text").encode()])
async def test_a_document_that_is_no_json_object_is_refused(
    server: DocumentServer, documents: ClientDocuments, body: bytes
) -> None:
    server.answer = answering(200, body)

    with pytest.raises(MetadataRefused):
        await documents.client(server.client_id)


async def test_a_redirect_that_runs_script_is_refused(server: DocumentServer, documents: ClientDocuments) -> None:
    server.serve(server.document(redirect_uris=["https://apps.example/cb", "javascript:alert(1)"]))

    with pytest.raises(RedirectRefused):
        await documents.client(server.client_id)


async def test_an_address_that_may_not_be_fetched_is_refused_without_a_look_up(documents: ClientDocuments) -> None:
    with pytest.raises(ClientUrlRefused):
        await documents.client("https://127.0.0.1/client.json")


async def test_a_host_that_is_not_public_is_refused(server: DocumentServer) -> None:
    held = ClientDocuments(GuardedFetch(Settings(), resolve=Resolver()))

    with pytest.raises(AddressRefused):
        await held.client("https://apps.example/client.json")
    assert server.connections == 0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 600),
        ({"cache_control": "max-age=120"}, 120),
        ({"cache_control": 'public, Max-Age = "120"'}, 120),
        ({"cache_control": "max-age=120", "age": "40"}, 80),
        ({"cache_control": "max-age=120, s-maxage=900"}, 900),
        ({"cache_control": "max-age=86400"}, 3600),
        ({"cache_control": "max-age=1"}, 60),
        ({"cache_control": "max-age=120", "age": "999"}, 60),
        ({"cache_control": "max-age=-5"}, 600),
        ({"cache_control": "no-store, max-age=900"}, 60),
        ({"cache_control": "no-cache"}, 60),
        ({"cache_control": "max-age=soon"}, 600),
    ],
)
async def test_a_document_is_believed_as_long_as_it_says_between_a_minute_and_an_hour(
    server: DocumentServer, documents: ClientDocuments, clock: Clock, headers: dict[str, str], seconds: int
) -> None:
    server.serve(server.document(), **headers)
    await documents.client(server.client_id)

    clock.now += seconds - 1
    await documents.client(server.client_id)
    assert len(server.seen) == 1

    clock.now += 1
    server.serve(server.document(client_name="Renamed"))
    assert (await documents.client(server.client_id)).name == "Renamed"
    assert len(server.seen) == 2


async def test_a_document_that_is_gone_is_not_believed_beyond_its_time(
    server: DocumentServer, documents: ClientDocuments, clock: Clock
) -> None:
    await documents.client(server.client_id)
    server.answer = answering(404, b"")

    clock.now += 599
    await documents.client(server.client_id)
    clock.now += 1
    with pytest.raises(DocumentUnavailable):
        await documents.client(server.client_id)


async def test_many_who_ask_at_once_cause_one_fetch(server: DocumentServer, documents: ClientDocuments) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()
    good = answering(200, json.dumps(server.document()).encode())

    async def held_back(writer: asyncio.StreamWriter) -> None:
        asked.set()
        await go_on.wait()
        await good(writer)

    server.answer = held_back
    waiting = [asyncio.create_task(documents.client(server.client_id)) for _ in range(8)]
    await asked.wait()
    waiting[0].cancel()  # the one who began it gives up: the others still get theirs
    go_on.set()

    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert len({id(client) for client in results[1:]}) == 1
    assert len(server.seen) == 1


async def test_a_host_is_asked_for_unknown_documents_a_few_times_a_minute(
    server: DocumentServer, documents: ClientDocuments, clock: Clock
) -> None:
    await documents.client(server.client_id)
    server.answer = answering(404, b"")
    outcomes: list[str] = []
    for number in range(8):
        try:
            await documents.client(f"{server.origin}/guess/{number}")
        except (DocumentUnavailable, LookUpsExhausted) as error:
            outcomes.append(type(error).__name__)
    assert outcomes == ["DocumentUnavailable"] * 5 + ["LookUpsExhausted"] * 3

    # A document that was good before is not held up by guesses at its host.
    clock.now += 3600
    for number in range(8, 20):
        with pytest.raises((DocumentUnavailable, LookUpsExhausted)):
            await documents.client(f"{server.origin}/guess/{number}")
    server.serve(server.document())
    assert await documents.client(server.client_id)


async def test_hosts_together_are_asked_sixty_times_at_most_in_a_burst(
    make_fetch: Callable[..., GuardedFetch], clock: Clock
) -> None:
    resolver = Resolver(answers=(("10.0.0.1",),))
    held = ClientDocuments(make_fetch(resolver), clock=clock)
    refused: list[str] = []
    for number in range(70):
        try:
            await held.client(f"https://h{number}.example/client.json")
        except (AddressRefused, LookUpsExhausted) as error:
            refused.append(type(error).__name__)

    assert refused == ["AddressRefused"] * 60 + ["LookUpsExhausted"] * 10
    assert len(resolver.asked) == 60


async def test_closing_ends_what_is_under_way(
    server: DocumentServer, make_fetch: Callable[..., GuardedFetch], clock: Clock
) -> None:
    asked, never = asyncio.Event(), asyncio.Event()

    async def silent(_writer: asyncio.StreamWriter) -> None:
        asked.set()
        await never.wait()

    server.answer = silent
    held = ClientDocuments(make_fetch(), clock=clock)
    waiting = asyncio.create_task(held.client(server.client_id))
    await asked.wait()

    await held.close()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    never.set()
