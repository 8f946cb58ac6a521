"""Fetching what strangers point at, over real TLS."""

import asyncio
import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from identity.clients.errors import AddressRefused, ClientUrlRefused, DocumentUnavailable
from identity.clients.guarded_fetch import MAX_BYTES, Fetched, GuardedFetch, SystemResolver, UntrustedHostList
from identity.clients.urls import document_url
from kernel.settings import Settings
from tests.integration.identity.clients.conftest import HOST, DocumentServer, Resolver, answering

MakeFetch = Callable[..., GuardedFetch]


async def fetched(fetch: GuardedFetch, url: str) -> Fetched:
    return await fetch.get(fetch.read(url))


async def test_a_document_is_fetched_from_the_checked_address_under_the_hosts_name(
    server: DocumentServer, make_fetch: MakeFetch
) -> None:
    server.serve(server.document(), cache_control="max-age=90", age="30")

    document = await fetched(make_fetch(), f"{server.origin}/client.json?v=%20a")

    assert json.loads(document.body) == server.document()
    assert (document.cache_control, document.age) == ("max-age=90", "30")
    (request,) = server.seen
    assert request.target == "/client.json?v=%20a"
    assert request.server_name == HOST
    assert request.headers["host"] == f"{HOST}:{server.port}"
    assert request.headers["accept-encoding"] == "identity"


async def test_the_host_is_resolved_once_so_a_second_answer_changes_nothing(
    server: DocumentServer, make_fetch: MakeFetch
) -> None:
    resolver = Resolver(answers=(("127.0.0.1",), ("169.254.169.254",)))

    await fetched(make_fetch(resolver), server.client_id)

    assert resolver.asked == [HOST]
    assert server.connections == 1


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.7"],
        ["169.254.169.254"],
        ["fd00:ec2::254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["8.8.8.8", "127.0.0.1"],
        ["127.0.0.1", "8.8.8.8"],
        ["2606:4700:4700::1111", "fe80::1%lo"],
    ],
)
async def test_a_host_with_any_address_that_is_not_public_is_never_connected_to(
    server: DocumentServer, addresses: Sequence[str]
) -> None:
    guarded = GuardedFetch(Settings(client_metadata_ca=server.authority), resolve=Resolver(answers=(addresses,)))

    with pytest.raises(AddressRefused) as refused:
        await fetched(guarded, f"https://{HOST}/client.json")

    assert refused.value.oauth_error == "invalid_client"
    assert not any(address in str(refused.value) for address in addresses)
    assert server.connections == 0


async def test_the_allow_list_names_a_host_with_its_port(server: DocumentServer, make_fetch: MakeFetch) -> None:
    elsewhere = make_fetch(client_metadata_hosts=[HOST, f"other.example:{server.port}"])

    with pytest.raises(ClientUrlRefused, match="port"):
        elsewhere.read(server.client_id)
    assert elsewhere.read(f"https://{HOST}/client.json").port == 443


async def test_the_real_resolver_finds_loopback_and_is_refused(make_fetch: MakeFetch) -> None:
    resolver = SystemResolver()
    guarded = GuardedFetch(Settings(), resolve=resolver)
    try:
        assert "127.0.0.1" in await resolver("localhost", 443)
        with pytest.raises(AddressRefused):
            await fetched(guarded, "https://localhost/client.json")
    finally:
        resolver.close()


@pytest.mark.parametrize("addresses", [[], ["127.0.0.1"]])
async def test_a_host_that_is_not_there_is_unavailable(
    server: DocumentServer, make_fetch: MakeFetch, addresses: Sequence[str]
) -> None:
    closed = await asyncio.start_server(server.connected, "127.0.0.1", 0)
    port = closed.sockets[0].getsockname()[1]
    closed.close()
    await closed.wait_closed()
    guarded = make_fetch(Resolver(answers=(addresses,)), client_metadata_hosts=[f"{HOST}:{port}"])

    with pytest.raises(DocumentUnavailable):
        await fetched(guarded, f"https://{HOST}:{port}/client.json")


async def test_a_resolver_that_fails_makes_the_document_unavailable(
    server: DocumentServer, make_fetch: MakeFetch
) -> None:
    class Failing(Resolver):
        async def __call__(self, host: str, port: int) -> Sequence[str]:
            raise OSError("no name server")

    with pytest.raises(DocumentUnavailable, match="OSError"):
        await fetched(make_fetch(Failing()), server.client_id)


@pytest.mark.parametrize("addresses", [["127.77.0.1", "127.0.0.1"], ["127.0.0.1", "127.77.0.1"]])
async def test_one_address_that_connects_is_enough(
    server: DocumentServer, make_fetch: MakeFetch, addresses: Sequence[str]
) -> None:
    resolver = Resolver(answers=(addresses,))  # nobody listens at 127.77.0.1

    assert (await fetched(make_fetch(resolver), server.client_id)).body
    assert server.connections == 1


async def test_a_certificate_of_another_host_is_refused(server: DocumentServer, make_fetch: MakeFetch) -> None:
    other = f"evil.example:{server.port}"

    with pytest.raises(DocumentUnavailable, match="ConnectError"):
        await fetched(make_fetch(client_metadata_hosts=[other]), f"https://{other}/client.json")
    assert server.seen == []


async def test_a_certificate_of_an_unknown_authority_is_refused(server: DocumentServer, make_fetch: MakeFetch) -> None:
    with pytest.raises(DocumentUnavailable, match="ConnectError"):
        await fetched(make_fetch(client_metadata_ca=None), server.client_id)
    assert server.seen == []


@pytest.mark.parametrize("status", [201, 204, 301, 302, 303, 307, 308, 401, 404, 500])
async def test_any_status_but_200_is_refused_and_no_redirect_is_followed(
    server: DocumentServer, make_fetch: MakeFetch, status: int
) -> None:
    server.answer = answering(status, b"", location=f"{server.origin}/other.json", content_length="0")

    with pytest.raises(DocumentUnavailable, match=str(status)):
        await fetched(make_fetch(), server.client_id)
    assert [request.target for request in server.seen] == ["/client.json"]


@pytest.mark.parametrize("kind", ["", "text/html", "text/json", "application/jsonx", "application/javascript"])
async def test_what_is_not_declared_as_json_is_refused(
    server: DocumentServer, make_fetch: MakeFetch, kind: str
) -> None:
    server.serve(server.document(), content_type=kind)

    with pytest.raises(DocumentUnavailable, match="application/json"):
        await fetched(make_fetch(), server.client_id)


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/cimd+json"])
async def test_kinds_of_json_are_accepted(server: DocumentServer, make_fetch: MakeFetch, kind: str) -> None:
    server.serve(server.document(), content_type=kind)

    assert (await fetched(make_fetch(), server.client_id)).body


async def test_a_compressed_document_is_refused_before_it_is_unpacked(
    server: DocumentServer, make_fetch: MakeFetch
) -> None:
    server.answer = answering(200, gzip.compress(b" " * 10_000_000), content_encoding="gzip")

    with pytest.raises(DocumentUnavailable, match="encoding"):
        await fetched(make_fetch(), server.client_id)


@pytest.mark.parametrize("framing", [{}, {"content_length": ""}])
async def test_a_document_may_have_64_kib_and_no_more(
    server: DocumentServer, make_fetch: MakeFetch, framing: dict[str, str]
) -> None:
    server.answer = answering(200, b" " * MAX_BYTES, **framing)
    assert len((await fetched(make_fetch(), server.client_id)).body) == MAX_BYTES

    server.answer = answering(200, b" " * (MAX_BYTES + 1), **framing)
    with pytest.raises(DocumentUnavailable, match="longer"):
        await fetched(make_fetch(), server.client_id)


async def test_an_endless_document_is_cut_off(server: DocumentServer, make_fetch: MakeFetch) -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        await answering(200, b"", content_length="")(writer)
        while not writer.is_closing():
            writer.write(b" " * 65_536)
            await writer.drain()

    server.answer = endless

    with pytest.raises(DocumentUnavailable, match="longer"):
        await fetched(make_fetch(), server.client_id)


async def test_a_server_that_trickles_is_given_up_on_in_time(server: DocumentServer, make_fetch: MakeFetch) -> None:
    given_up = asyncio.Event()

    async def trickle(writer: asyncio.StreamWriter) -> None:
        await answering(200, b"{", content_length="20")(writer)
        await given_up.wait()

    server.answer = trickle

    with pytest.raises(DocumentUnavailable, match=r"within 0\.5 s"):
        await fetched(make_fetch(seconds=0.5), server.client_id)
    given_up.set()


async def test_a_slow_name_server_is_given_up_on_in_time(server: DocumentServer, make_fetch: MakeFetch) -> None:
    class Slow(Resolver):
        async def __call__(self, host: str, port: int) -> Sequence[str]:
            await asyncio.Event().wait()
            return ()

    with pytest.raises(DocumentUnavailable, match=r"within 0\.1 s"):
        await fetched(make_fetch(Slow(), seconds=0.1), server.client_id)


async def test_an_answer_that_is_no_http_is_unavailable(server: DocumentServer, make_fetch: MakeFetch) -> None:
    async def nonsense(writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        await writer.drain()

    server.answer = nonsense

    with pytest.raises(DocumentUnavailable, match="RemoteProtocolError"):
        await fetched(make_fetch(), server.client_id)


async def test_no_cookie_is_ever_sent_back(server: DocumentServer, make_fetch: MakeFetch) -> None:
    server.serve(server.document(), set_cookie="session=1; Path=/")
    fetch = make_fetch()

    await fetched(fetch, server.client_id)
    await fetched(fetch, server.client_id)

    assert len(server.seen) == 2
    assert not any("cookie" in request.headers for request in server.seen)


async def test_proxies_of_the_environment_are_not_used(
    server: DocumentServer, make_fetch: MakeFetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")

    assert (await fetched(make_fetch(), server.client_id)).body


@pytest.mark.parametrize("entry", ["", ":443", "host:", "host:port"])
def test_an_allow_list_that_cannot_be_read_stops_the_start(entry: str) -> None:
    with pytest.raises(UntrustedHostList):
        GuardedFetch(Settings(client_metadata_hosts=[entry]), resolve=Resolver())


def test_an_authority_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")

    for path in (tmp_path / "empty.pem", tmp_path / "missing.pem"):
        with pytest.raises(UntrustedHostList):
            GuardedFetch(Settings(client_metadata_ca=path), resolve=Resolver())


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTSALES_CLIENT_METADATA_HOSTS", '["Login.Intern:8443"]')
    guarded = GuardedFetch(Settings(), resolve=Resolver())

    assert guarded.read("https://login.intern:8443/client") == document_url(
        "https://login.intern:8443/client", frozenset({"login.intern:8443"})
    )
