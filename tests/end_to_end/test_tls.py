"""The whole system with a certificate: everything that listens for HTTP speaks TLS 1.3, and nothing else."""

import asyncio
import ssl
from collections.abc import AsyncIterator

import httpx2
import pytest

from cli.certificate import issue
from kernel.settings import SERVICES, Service
from tests.end_to_end.system import System
from tests.end_to_end.test_decisions import DRAFT
from tests.end_to_end.test_journey import BRIEF_EN

HTTP_SERVICES: tuple[Service, ...] = tuple(name for name in SERVICES if name not in ("postgres", "valkey"))

PRODUCT = {"name": "Annual Pass", "price": "300.00", "currency": "EUR", "description": "A year of everything."}


@pytest.fixture(scope="module")
async def secured(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A running system without demo data, with a certificate of its own."""
    place = tmp_path_factory.mktemp("secured")
    system = System(place / "data", environment=issue(place / "tls").environment)
    await asyncio.to_thread(system.start, "--no-seed", "--no-brief")
    yield system
    assert await asyncio.to_thread(system.stop) == 0
    logs = {log.name: log.read_text() for log in (system.data_dir / "logs").glob("*.log")}
    assert [name for name, said in logs.items() if "timeout graceful shutdown exceeded" in said] == []


async def test_every_service_is_ready_at_an_https_address(secured: System) -> None:
    states = (await secured.json("status"))["services"]
    assert all(state["ready"] for state in states)
    assert {state["url"] for state in states if state["url"]} == {secured.settings.url(name) for name in HTTP_SERVICES}
    assert secured.settings.url("hub").startswith("https://")


async def test_a_command_without_the_variables_finds_its_way(secured: System) -> None:
    unset = dict.fromkeys(secured.environment, "")
    listed = await secured.json("approvals", "list", **unset)
    assert listed["items"] == []
    token = await secured.cli("token", "--role", "viewer", "--server", "ads", **unset)
    assert token.stdout.count(".") == 2


async def test_an_approved_campaign_goes_live_over_https(secured: System) -> None:
    """The server calls the queue, the executor the server, and the server the platform."""
    drafted = await secured.call("marketer", "ads", "draft_campaign", name="Secured", **DRAFT)
    proposed = await secured.call("marketer", "ads", "launch_campaign", campaign_id=drafted["campaign_id"])
    approved = await secured.cli("approvals", "approve", proposed["approval_id"])
    assert approved.returncode == 0, approved.stderr
    assert (await secured.settled(proposed["approval_id"]))["status"] == "succeeded"
    assert len(await secured.live_campaigns(drafted["campaign_id"])) == 1


async def test_a_brief_becomes_a_strategy_over_https(secured: System) -> None:
    """The orchestrator calls the hub and the queue, the specialists their servers."""
    profile = {"industry": "fitness", "products": [PRODUCT], "audiences": ["gym beginners"], "markets": ["Spain"]}
    known = await secured.rest("marketer", "hub", "PUT", "/v1/clients/Nube%20Fitness", profile)
    assert known.is_success, known.text

    turn = await secured.json("chat", BRIEF_EN)

    assert turn["status"] == "strategy"
    assert turn["approvals"]


@pytest.mark.parametrize("service", HTTP_SERVICES)
async def test_older_tls_and_plain_http_are_refused(secured: System, service: Service) -> None:
    port = secured.settings.port(service)
    older = ssl.create_default_context(cafile=secured.settings.tls_ca)
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        await asyncio.open_connection("127.0.0.1", port, ssl=older)
    async with httpx2.AsyncClient(trust_env=False) as plain:
        with pytest.raises(httpx2.TransportError):
            await plain.get(f"http://127.0.0.1:{port}/healthz")
