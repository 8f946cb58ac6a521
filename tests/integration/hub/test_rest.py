"""The hub's REST API: a read and a write of each kind, and who is let in."""

from collections.abc import Sequence
from typing import Any

import httpx2
import pytest

from kernel.auth import Scope
from kernel.ids import new_id
from kernel.settings import Settings
from tests.integration.hub.sources import Sources
from tests.support.issuing import Issuer

CLIENT: dict[str, Any] = {
    "industry": "Coffee",
    "products": [{"name": "Geisha Roast", "price": "18.50", "currency": "USD"}],
    "audiences": ["young professionals"],
    "markets": ["Costa Rica", "Mexico"],
    "monthly_budget": "2500.00",
    "currency": "USD",
    "time_zone": "America/Costa_Rica",
}


async def test_a_client_that_was_registered_is_listed_with_its_products(
    rest: httpx2.AsyncClient, issuer: Issuer, tenant: str
) -> None:
    headers = issuer.headers(tenant, "hub:read", "hub:write")

    put = await rest.put("/v1/clients/Cafe%20Alta", json=CLIENT, headers=headers)
    listed = await rest.get("/v1/clients", headers=headers)

    assert put.status_code == 200, put.text
    [client] = listed.json()["clients"]
    assert client == put.json()
    assert client["name"] == "Cafe Alta"
    assert {key: client[key] for key in CLIENT if key != "products"} == {
        k: CLIENT[k] for k in CLIENT if k != "products"
    }
    assert client["products"] == [{**CLIENT["products"][0], "description": ""}]


async def test_registering_again_replaces_what_is_said_and_removes_no_product(
    rest: httpx2.AsyncClient, issuer: Issuer, tenant: str
) -> None:
    headers = issuer.headers(tenant, "hub:read", "hub:write")
    await rest.put("/v1/clients/Acme", json=CLIENT, headers=headers)

    await rest.put("/v1/clients/Acme", json={"products": [{"name": "Beans"}]}, headers=headers)

    [client] = (await rest.get("/v1/clients", headers=headers)).json()["clients"]
    assert client["markets"] == []
    assert [product["name"] for product in client["products"]] == ["Beans", "Geisha Roast"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"currency": "dollars"}, "currency"),
        ({"monthly_budget": "-1"}, "monthly_budget"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_client_that_is_none_is_refused_naming_the_field(
    rest: httpx2.AsyncClient, issuer: Issuer, tenant: str, body: dict[str, Any], field: str
) -> None:
    response = await rest.put("/v1/clients/Acme", json=body, headers=issuer.headers(tenant, "hub:write"))

    assert response.status_code == 422
    assert response.json()["field"] == field


async def test_clients_of_another_tenant_are_not_seen(rest: httpx2.AsyncClient, issuer: Issuer, tenant: str) -> None:
    await rest.put("/v1/clients/Acme", json=CLIENT, headers=issuer.headers(tenant, "hub:write"))

    listed = await rest.get("/v1/clients", headers=issuer.headers(new_id("tenant"), "hub:read"))

    assert listed.json() == {"clients": []}


async def test_the_time_zone_of_a_tenant_is_kept(rest: httpx2.AsyncClient, issuer: Issuer, tenant: str) -> None:
    headers = issuer.headers(tenant, "hub:read", "hub:write")

    before = await rest.get("/v1/tenant", headers=headers)
    await rest.put("/v1/tenant", json={"time_zone": "America/New_York"}, headers=headers)
    await rest.put("/v1/tenant", json={"time_zone": "America/Bogota"}, headers=headers)
    after = await rest.get("/v1/tenant", headers=headers)

    assert before.json() == {"time_zone": "UTC", "reporting_currency": None}
    assert after.json() == {"time_zone": "America/Bogota", "reporting_currency": None}


async def test_a_requested_run_is_reported_and_logged(
    rest: httpx2.AsyncClient, issuer: Issuer, sources: Sources, tenant: str
) -> None:
    headers = issuer.headers(tenant, "hub:read", "hub:write")
    await sources.add("ads.campaigns", {})
    await sources.add("ads.metrics", {})

    first = (await rest.post("/v1/pipeline/runs", headers=headers)).json()
    second = (await rest.post("/v1/pipeline/runs", headers=headers)).json()
    logged = (await rest.get("/v1/pipeline/runs", headers=headers)).json()["runs"]

    assert (first["rows_read"], second["rows_read"]) == (2, 0)
    assert [run["run_id"] for run in logged] == [second["run_id"], first["run_id"]]
    assert {source["source"] for source in first["sources"]} == {
        "ads.campaigns", "ads.metrics", "crm.leads", "crm.sales", "content.assets", "orchestrator.strategies",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "scopes"),
    [
        ("GET", "/v1/clients", ["analytics:read"]),
        ("PUT", "/v1/clients/Acme", ["hub:read"]),
        ("PUT", "/v1/tenant", ["hub:read"]),
        ("POST", "/v1/pipeline/runs", ["hub:read"]),
        ("GET", "/v1/pipeline/runs", ["ads:read"]),
        ("POST", "/v1/pipeline/reconciliations", ["hub:read"]),
        ("PUT", "/v1/currency-rates", ["hub:read"]),
        ("POST", "/v1/imports/currency-rates", ["hub:read"]),
    ],
)
async def test_a_token_without_the_scope_is_refused(
    rest: httpx2.AsyncClient, issuer: Issuer, tenant: str, method: str, path: str, scopes: Sequence[Scope]
) -> None:
    refused = await rest.request(method, path, json={}, headers=issuer.headers(tenant, *scopes))

    assert refused.status_code == 403
    assert "insufficient_scope" in refused.headers["www-authenticate"]


async def test_no_token_and_a_token_for_another_service_are_refused(
    rest: httpx2.AsyncClient, issuer: Issuer, migrated: Settings, tenant: str
) -> None:
    foreign = issuer.headers(tenant, "hub:read", aud=migrated.audience("ads"))

    assert (await rest.get("/v1/clients")).status_code == 401
    assert (await rest.get("/v1/clients", headers=foreign)).status_code == 401
