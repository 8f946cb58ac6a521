"""Organisations, as their own administrators and the operator's change them."""

import asyncio

import pytest

from identity.administration.errors import InvitationClosed
from identity.administration.routes import Administration
from identity.errors import RevocationPending
from identity.revoking import Revoker
from kernel.auth.client import TokenClient, TokenRefused
from kernel.auth.revocations import Denylist, subject_key
from kernel.ids import new_id
from kernel.settings import Settings
from tests.integration.administration.conftest import OPERATOR, Server, problem
from tests.support.identity import caller


def body(**changes: str) -> dict[str, str]:
    name = new_id("t").replace("_", "-")
    return {
        "tenant": name,
        "name": "Acme",
        "time_zone": "Europe/Madrid",
        "admin_email": f"admin@{name}.example",
    } | changes


async def test_new_organisation_is_administered_by_who_was_invited(server: Server) -> None:
    made = await server.administrator().post("/v1/tenants", body(name="Café Alta", language="es"))

    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    tenant, sent = made.json()["tenant"], made.json()["invitation"]
    assert (sent["roles"], sent["language"]) == (["admin"], "es")
    subject = await server.join(sent["link"])
    own = server.administrator(subject, tenant)
    found = (await own.get("/v1/tenant")).json()
    assert (found["tenant"], found["name"], found["time_zone"], found["operator"]) == (
        *(tenant, "Café Alta"),
        *("Europe/Madrid", False),
    )
    listed = (await server.administrator().get("/v1/tenants")).json()["items"]
    assert {"solid-demo", tenant} <= {one["tenant"] for one in listed}


@pytest.mark.parametrize("call", ["list", "show", "create", "disable", "enable", "invite"])
async def test_only_the_operator_administers_other_organisations(server: Server, call: str) -> None:
    tenant, subject = await server.tenant()
    stranger = server.administrator(subject, tenant)
    answer = await {
        "list": lambda: stranger.get("/v1/tenants"),
        "show": lambda: stranger.get("/v1/tenants/solid-demo"),
        "create": lambda: stranger.post("/v1/tenants", body()),
        "disable": lambda: stranger.post("/v1/tenants/solid-demo/disable"),
        "enable": lambda: stranger.post("/v1/tenants/solid-demo/enable"),
        "invite": lambda: stranger.post("/v1/tenants/solid-demo/invitations", {"email": "me@example.com"}),
    }[call]()

    assert problem(answer) == (403, "operator_only", None)


async def test_organisation_is_made_once_even_at_once(server: Server) -> None:
    wanted, operator = body(), server.administrator()

    answers = await asyncio.gather(*(operator.post("/v1/tenants", wanted) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert problem(refused) == (409, "already_there", "tenant")
    assert refused.json()["existing"] == wanted["tenant"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tenant": "Acme"}, "tenant"),
        ({"tenant": "-acme"}, "tenant"),
        ({"tenant": "a" * 64}, "tenant"),
        ({"tenant": "acme\n"}, "tenant"),
        ({"time_zone": "Europe/Paradise"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": "europe/madrid"}, "time_zone"),
        ({"name": ""}, "name"),
        ({"admin_email": "nobody"}, "admin_email"),
        ({"operator": "true"}, "operator"),
    ],
    ids=str,
)
async def test_organisation_that_does_not_fit_names_its_field(
    server: Server, changes: dict[str, str], field: str
) -> None:
    refused = await server.administrator().post("/v1/tenants", body(**changes))
    assert problem(refused) == (422, "invalid_request", field)


async def test_own_organisation_is_renamed_and_moved(server: Server) -> None:
    tenant, subject = await server.tenant()
    own = server.administrator(subject, tenant)

    changed = await own.patch("/v1/tenant", {"name": "Acme Norte", "time_zone": "America/New_York"})

    assert (changed.json()["name"], changed.json()["time_zone"]) == ("Acme Norte", "America/New_York")
    assert (await server.administrator().get("/v1/tenant")).json()["name"] == "SolidNY demo"
    assert problem(await own.patch("/v1/tenant", {"time_zone": "Mars"})) == (422, "invalid_request", "time_zone")
    assert problem(await own.patch("/v1/tenant", {})) == (422, "nothing_to_change", None)
    assert problem(await own.patch("/v1/tenant", {"operator": True})) == (422, "invalid_request", "operator")


async def test_disabled_organisation_is_out_at_once(server: Server) -> None:
    tenant, subject = await server.tenant()
    own, operator = server.administrator(subject, tenant), server.administrator()
    pending = (await own.post("/v1/invitations", {"email": "late@example.com", "roles": ["viewer"]})).json()

    disabled = await operator.post(f"/v1/tenants/{tenant}/disable")

    assert disabled.json()["disabled_at"]
    assert (await own.get("/v1/users")).status_code == 401
    with pytest.raises(InvitationClosed):
        await server.join(pending["link"])
    again = await operator.post(f"/v1/tenants/{tenant}/disable")
    assert again.json()["disabled_at"] == disabled.json()["disabled_at"]

    assert (await operator.post(f"/v1/tenants/{tenant}/enable")).json()["disabled_at"] is None
    assert (await own.get("/v1/users")).status_code == 401
    assert await server.join(pending["link"])


async def test_while_the_denylist_is_down_everybody_is_revoked_here_and_it_is_said(server: Server) -> None:
    tenant, subject = await server.tenant()
    body = {"email": "second@example.com", "roles": ["viewer"]}
    sent = (await server.administrator(subject, tenant).post("/v1/invitations", body)).json()
    second = await server.join(sent["link"])
    denylist = Denylist(Settings(redis_url="redis://127.0.0.1:1/0"))
    revoker = Revoker(server.database, denylist)
    administration = Administration.over(
        server.database, server.settings.issuer, server.passwords, server.attempts, revoker
    )
    operator = caller(OPERATOR, subject="user:admin")

    with pytest.raises(RevocationPending):
        await administration.tenants.disable(operator, tenant)
    await denylist.aclose()

    assert (await administration.tenants.get(tenant)).disabled_at
    async with server.database.system() as connection:
        rows = await connection.execute(
            "SELECT value FROM identity.revocations WHERE value = ANY (%s)",
            ([subject_key(tenant, subject), subject_key(tenant, second)],),
        )
        assert len([row async for row in rows]) == 2


async def test_operators_organisation_cannot_be_disabled(server: Server) -> None:
    refused = await server.administrator().post("/v1/tenants/solid-demo/disable")
    assert problem(refused) == (409, "operator_stays", "tenant")


async def test_lost_link_of_a_first_administrator_is_replaced(server: Server) -> None:
    operator = server.administrator()
    made = (await operator.post("/v1/tenants", body())).json()
    path = f"/v1/tenants/{made['tenant']}/invitations"

    renewed = await operator.post(path, {"email": "other@example.com"})

    assert renewed.status_code == 201
    with pytest.raises(InvitationClosed):
        await server.join(made["invitation"]["link"])
    assert await server.join(renewed.json()["link"])
    refused = await operator.post(path, {"email": "third@example.com"})
    assert problem(refused) == (409, "has_administrator", "tenant")


@pytest.mark.parametrize("path", ["", "/disable", "/enable", "/invitations"])
async def test_unknown_organisation_is_not_found(server: Server, path: str) -> None:
    operator = server.administrator()
    answer = await (
        operator.post(f"/v1/tenants/nowhere{path}", {"email": "a@example.com"})
        if path
        else operator.get("/v1/tenants/nowhere")
    )
    assert problem(answer) == (404, "tenant_unknown", "tenant")


async def test_local_command_line_acts_for_the_operator_however_many_organisations_there_are(server: Server) -> None:
    await server.tenant()
    tokens = TokenClient(server.settings, "cli", http=server.http)
    own = server.holder(await tokens.assertion("admin", "identity"))
    assert (await own.get("/v1/tenant")).json()["tenant"] == "solid-demo"
    with pytest.raises(TokenRefused, match="No scope is left"):
        await tokens.assertion("viewer", "identity")
