"""Clients over HTTP: self-registration, and what operators do."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import psycopg
import pytest
from fastapi import FastAPI, Request

from identity.app import ROLE
from identity.clients.registration import ClientRegistration
from identity.clients.repository import ClientRepository
from identity.clients.routes import client_routes
from kernel.auth import Principal
from kernel.auth.rest import install_error_handlers
from kernel.database import Database
from kernel.errors import Forbidden
from kernel.settings import Settings
from tests.integration.identity.clients.conftest import nothing_to_end
from tests.integration.identity.conftest import Issuer
from tests.support.identity import caller

STATED: dict[str, Any] = {
    "client_name": "Editor",
    "redirect_uris": ["http://127.0.0.1/cb", "cursor://anysphere.cursor-mcp/oauth/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "none",
    "scope": "crm:read",
}


class NotOperator(Forbidden):
    """The caller is no operator."""


async def operator(request: Request) -> Principal:
    """Stands where the operator's guard does: the header decides."""
    if request.headers.get("x-operator") != "yes":
        raise NotOperator("Operators alone do this.")
    return caller(subject="user:admin")


@pytest.fixture
async def database(settings: Settings, admin: psycopg.AsyncConnection) -> AsyncIterator[Database]:
    await admin.execute("DELETE FROM identity.clients WHERE source <> 'built-in'")
    async with Database.open(settings.role_database_url(ROLE)) as held:
        yield held


def served(database: Database, *, dynamic: bool) -> httpx2.AsyncClient:
    app = FastAPI()
    app.include_router(
        client_routes(ClientRegistration(ClientRepository(database), nothing_to_end, dynamic=dynamic), operator)
    )
    install_error_handlers(app)
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://identity", headers={"x-operator": "yes"}
    )


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    async with served(database, dynamic=True) as client:
        yield client


async def test_self_registration_answers_what_was_registered(http: httpx2.AsyncClient) -> None:
    response = await http.post("/oauth/register", json=STATED)

    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert body.pop("client_id").startswith("dyn_")
    assert isinstance(body.pop("client_id_issued_at"), int)
    assert body == {
        "client_name": "Editor",
        "redirect_uris": STATED["redirect_uris"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uris": ["http://evil.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_client_metadata"),
        ({"client_name": "\u202e"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "invalid_client_metadata"),
    ],
)
async def test_a_registration_that_does_not_do_is_answered_as_rfc_7591_says(
    http: httpx2.AsyncClient, changes: dict[str, Any], error: str
) -> None:
    response = await http.post("/oauth/register", json=STATED | changes)

    assert response.status_code == 400
    assert response.json()["error"] == error
    assert set(response.json()) == {"error", "error_description"}


@pytest.mark.parametrize(
    ("content", "kind"), [(b"{", "application/json"), (b"{}", "text/plain"), (b" " * 70_000, "application/json")]
)
async def test_a_body_that_is_no_json_of_fair_size_is_refused(
    http: httpx2.AsyncClient, content: bytes, kind: str
) -> None:
    response = await http.post("/oauth/register", content=content, headers={"content-type": kind})

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_client_metadata"


async def test_self_registration_that_is_off_is_a_404_that_says_how_to_connect(database: Database) -> None:
    async with served(database, dynamic=False) as http:
        response = await http.post("/oauth/register", json=STATED)

    assert response.status_code == 404
    assert response.json()["code"] == "registration_closed"
    assert "mcp-client" in response.json()["fix"]


async def test_an_operator_registers_lists_and_disables_a_client(http: httpx2.AsyncClient) -> None:
    asked = {"name": "Reports", "confidential": True, "redirect_uris": ["https://r.example/cb"], "resources": ["crm"]}
    made = await http.post("/v1/clients", json=asked)

    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    client = made.json()
    secret = client.pop("client_secret")
    assert len(secret) >= 43
    assert client["client_id"].startswith("app_")
    assert (client["source"], client["confidential"], client["resources"]) == ("registered", True, ["crm"])

    listed = await http.get("/v1/clients")
    assert listed.json() == {"clients": [client]}
    assert secret not in listed.text

    disabled = await http.post(f"/v1/clients/{client['client_id']}/disable")
    assert disabled.json()["disabled_at"] is not None
    again = await http.post(f"/v1/clients/{client['client_id']}/disable")
    assert again.json() == disabled.json()


async def test_a_client_for_unattended_use_is_registered_for_a_tenant_that_exists(http: httpx2.AsyncClient) -> None:
    machine = {"tenant": "solid-demo", "roles": ["viewer"]}
    asked = {"name": "Nightly", "confidential": True, "machine": machine}

    made = await http.post("/v1/clients", json=asked)
    assert made.status_code == 201
    assert (made.json()["machine"], made.json()["grant_types"]) == (machine, ["client_credentials"])

    unknown = await http.post("/v1/clients", json=asked | {"machine": machine | {"tenant": "nowhere"}})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "tenant_unknown")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ({"name": " "}, "client_name"),
        ({"resources": []}, "resources"),
        ({"resources": ["approvals"]}, "resources.0"),
        ({"confidential": False, "machine": {"tenant": "solid-demo", "roles": ["viewer"]}}, "confidential"),
        ({"machine": {"tenant": "solid-demo", "roles": ["admin"]}}, "machine.roles.0"),
        ({"machine": {"tenant": "solid-demo", "roles": ["reviewer"]}}, "machine.roles.0"),
        ({"machine": {"tenant": "solid-demo", "roles": []}}, "machine.roles"),
        ({"first_party": True}, "first_party"),
    ],
)
async def test_a_client_that_does_not_do_is_refused_by_the_field(
    http: httpx2.AsyncClient, changes: dict[str, Any], field: str
) -> None:
    asked = {"name": "Reports", "confidential": True, "redirect_uris": ["https://r.example/cb"]}

    response = await http.post("/v1/clients", json=asked | changes)

    assert response.status_code == 422
    assert response.json()["field"].endswith(field)


async def test_a_client_that_is_not_there_cannot_be_disabled(http: httpx2.AsyncClient) -> None:
    assert (await http.post("/v1/clients/nobody/disable")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/clients"), ("POST", "/v1/clients"), ("POST", "/v1/clients/app_1/disable")]
)
async def test_nobody_but_an_operator_gets_in(http: httpx2.AsyncClient, method: str, path: str) -> None:
    body = {"name": "Reports", "redirect_uris": ["https://r.example/cb"]}

    response = await http.request(method, path, json=body, headers={"x-operator": "no"})

    assert response.status_code == 403


async def test_the_issuer_serves_these_routes_behind_its_own_guard(issuer: Issuer, database: Database) -> None:
    assert (await issuer.http.post("/oauth/register", json=STATED)).status_code == 404

    assert (await issuer.http.get("/v1/clients")).status_code == 401
    marketer = {"Authorization": f"Bearer {await issuer.user_token('marketer', 'orchestrator')}"}
    assert (await issuer.http.get("/v1/clients", headers=marketer)).status_code == 401  # another audience's token
    admin = {"Authorization": f"Bearer {await issuer.user_token('admin', 'identity')}"}
    listed = await issuer.http.get("/v1/clients", headers=admin)
    assert (listed.status_code, listed.json()) == (200, {"clients": []})
