"""A process that serves with a certificate, over real sockets."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from cli.certificate import Issued, issue
from kernel.settings import Settings
from kernel.tls import service_http
from tests.conftest import free_offset
from tests.support.served import Server, started
from tests.support.tls import with_tls


@pytest.fixture
def issued(tmp_path: Path) -> Issued:
    return issue(tmp_path / "tls")


@pytest.fixture
def secured(issued: Issued) -> Settings:
    return with_tls(Settings(port_offset=free_offset()), issued)


@asynccontextmanager
async def serving(issued: Issued, settings: Settings) -> AsyncGenerator[Server]:
    server = await started(issued.environment, settings.port_offset)
    await server.hears("Uvicorn running on https://")
    try:
        yield server
    finally:
        server.stop()
        assert await server.ends() == 0, server.said


def offering(issued: Issued, version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client that speaks one version alone."""
    context = ssl.create_default_context(cafile=issued.authority)
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


async def test_tls_1_3_is_served_and_nothing_older(issued: Issued, secured: Settings) -> None:
    async with serving(issued, secured):
        newest = offering(issued, ssl.TLSVersion.TLSv1_3)
        _, writer = await asyncio.open_connection("127.0.0.1", secured.port("hub"), ssl=newest)
        line = writer.get_extra_info("ssl_object")
        assert (line.version(), line.selected_alpn_protocol()) == ("TLSv1.3", "http/1.1")
        writer.transport.abort()
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            await asyncio.open_connection(
                "127.0.0.1", secured.port("hub"), ssl=offering(issued, ssl.TLSVersion.TLSv1_2)
            )


async def test_plain_http_is_refused(issued: Issued, secured: Settings) -> None:
    async with serving(issued, secured), httpx2.AsyncClient(trust_env=False) as plain:
        with pytest.raises(httpx2.TransportError):
            await plain.get(f"http://127.0.0.1:{secured.port('hub')}/healthz")


async def test_our_clients_call_it_and_trust_nobody_elses_authority(
    issued: Issued, secured: Settings, tmp_path: Path
) -> None:
    stranger = with_tls(secured, issue(tmp_path / "other"))
    async with serving(issued, secured), service_http(secured) as trusting, service_http(stranger) as distrusting:
        answer = await trusting.get(f"{secured.url('hub')}/healthz")
        assert answer.json() == {"service": "hub", "status": "ok"}
        with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await distrusting.get(f"{stranger.url('hub')}/healthz")


async def test_our_clients_refuse_a_server_that_speaks_only_tls_1_2(issued: Issued, secured: Settings) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.load_cert_chain(issued.directory / "server.pem", issued.directory / "server-key.pem")

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with (
        await asyncio.start_server(close, "127.0.0.1", secured.port("hub"), ssl=old),
        service_http(secured) as http,
    ):
        accepted = offering(issued, ssl.TLSVersion.TLSv1_2)
        _, writer = await asyncio.open_connection("127.0.0.1", secured.port("hub"), ssl=accepted)
        writer.transport.abort()
        with pytest.raises(httpx2.ConnectError):
            await http.get(secured.url("hub"))


async def test_an_idle_connection_does_not_hold_up_the_end(issued: Issued, secured: Settings) -> None:
    async with service_http(secured) as http:
        async with serving(issued, secured) as server:
            assert (await http.get(f"{secured.url('hub')}/healthz")).is_success
        assert "Shutting down" in server.said
        assert "timeout graceful shutdown exceeded" not in server.said


async def test_a_process_does_not_start_with_a_certificate_that_clients_refuse(
    issued: Issued, secured: Settings, tmp_path: Path
) -> None:
    mixed = issued.environment | {"PROMPTSALES_TLS_KEY": issue(tmp_path / "other").environment["PROMPTSALES_TLS_KEY"]}
    server = await started(mixed, secured.port_offset)
    assert await server.ends() == 1
    assert "tls_key: PROMPTSALES_TLS_KEY" in server.said
