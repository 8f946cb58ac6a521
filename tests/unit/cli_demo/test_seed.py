"""Seeding loads everything once, survives being cut short, and leaves other people's data alone."""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey

from cli.demo.generator import generate_history
from cli.demo.seed import SeedReport, seed_demo
from cli.demo.world import CLIENTS
from cli.errors import Refused, Unreachable
from kernel.settings import Settings

TODAY = date(2026, 11, 22)
NAMES = [client.name for client in CLIENTS]


@dataclass
class Services:
    """Identity, hub, ads and crm, as far as seeding speaks to them; they remember what came."""

    tenant: dict[str, Any] = field(default_factory=dict[str, Any])
    clients: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    lines: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    calls: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    fails_at: str = ""

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path == "/oauth/token":
            return httpx2.Response(200, json={"access_token": f"for {request.content.decode()}", "expires_in": 3600})
        self.calls.append((request.method, str(request.url.port), path))
        if path == self.fails_at:
            return httpx2.Response(503, json={"detail": "Not now.", "fix": "Later."})
        answer = self._import if path.startswith("/v1/imports/") else self._hub
        return httpx2.Response(200, json=answer(request))

    def _import(self, request: httpx2.Request) -> dict[str, object]:
        assert request.headers["content-type"].startswith("text/csv")
        known = self.lines[request.url.path.rpartition("/")[2]]
        rows = request.content.decode().splitlines()[1:]
        inserted = sum(row not in known for row in rows)
        known.update(dict.fromkeys(rows))
        return {"rows_read": len(rows), "inserted": inserted, "unchanged": len(rows) - inserted}

    def _hub(self, request: httpx2.Request) -> dict[str, object]:
        if request.url.path == "/v1/tenant":
            self.tenant = json.loads(request.content)
        elif request.method == "PUT":
            name = request.url.path.rpartition("/")[2]
            self.clients[name] = {"name": name, **json.loads(request.content)}
        return {"clients": list(self.clients.values())}


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def seed(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Seeds a short history, in files of few rows."""
    monkeypatch.setattr("cli.demo.generator.MONTHS_BACK", 1)
    monkeypatch.setattr("cli.demo.seed._ROWS_IN_A_FILE", 500)
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "cli-assertion.json").write_text(json.dumps(ECKey.generate_key("P-256").as_dict(private=True)))

    async def run() -> SeedReport:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(services.handle))
        return await seed_demo(Settings(data_dir=tmp_path), today=TODAY, http=http)

    return run


async def test_an_empty_tenant_gets_the_whole_history(services: Services, seed: Callable[[], Any]) -> None:
    history = generate_history(TODAY)
    report: SeedReport = await seed()
    expected = {"ads-metrics": len(history.metrics), "leads": len(history.leads), "sales": len(history.sales)}
    assert report.status == "seeded"
    assert report.rows == report.inserted == expected
    assert {kind: len(lines) for kind, lines in services.lines.items()} == expected
    assert services.tenant == {"time_zone": "America/New_York"}
    assert list(services.clients) == NAMES
    assert services.clients["Cafe Alta"]["products"][0]["price"] == "68.00"
    assert services.clients["Cafe Alta"]["audiences"] == ["coffee lovers", "young professionals", "remote workers"]


async def test_each_owner_gets_its_own_files_and_the_clients_come_last(
    services: Services, seed: Callable[[], Any]
) -> None:
    await seed()
    ports = {path: port for _, port, path in services.calls}
    paths = [path for _, _, path in services.calls]
    assert ports["/v1/imports/ads-metrics"] == "8102"
    assert ports["/v1/imports/leads"] == ports["/v1/imports/sales"] == "8103"
    assert ports["/v1/pipeline/runs"] == "8120"
    assert paths.index("/v1/imports/leads") < paths.index("/v1/imports/sales") < paths.index("/v1/pipeline/runs")
    assert paths.index("/v1/pipeline/runs") < min(paths.index(f"/v1/clients/{name}") for name in NAMES)


async def test_seeding_again_does_nothing(services: Services, seed: Callable[[], Any]) -> None:
    await seed()
    services.calls.clear()
    report: SeedReport = await seed()
    assert report.status == "already_seeded"
    assert services.calls == [("GET", "8120", "/v1/clients")]


@pytest.mark.parametrize("step", ["/v1/imports/sales", "/v1/pipeline/runs", "/v1/clients/Nube Fitness"])
async def test_a_run_cut_short_is_finished_by_the_next(services: Services, seed: Callable[[], Any], step: str) -> None:
    services.fails_at = step
    with pytest.raises(Refused, match=r"Not now\."):
        await seed()
    services.fails_at = ""
    report: SeedReport = await seed()
    assert report.status == "seeded"
    assert report.inserted["ads-metrics"] == 0
    assert sorted(services.clients) == sorted(NAMES)


async def test_a_tenant_with_data_of_its_own_is_left_alone(services: Services, seed: Callable[[], Any]) -> None:
    services.clients["Real Company"] = {"name": "Real Company", "industry": ""}
    report: SeedReport = await seed()
    assert report.status == "other_data"
    assert not services.lines


async def test_a_client_known_by_name_alone_is_completed(services: Services, seed: Callable[[], Any]) -> None:
    services.clients["Cafe Alta"] = {"name": "Cafe Alta", "industry": ""}
    assert (await seed()).status == "seeded"
    assert services.clients["Cafe Alta"]["industry"] == "Specialty coffee"


async def test_a_system_that_is_down_is_said_to_be(tmp_path: Path, seed: Callable[[], Any]) -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/oauth/token":
            return httpx2.Response(200, json={"access_token": "token"})
        raise httpx2.ConnectError("refused")

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(refuse))
    with pytest.raises(Unreachable, match="promptsales up"):
        await seed_demo(Settings(data_dir=tmp_path), today=TODAY, http=http)
