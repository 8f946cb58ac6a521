"""Invitations: made by administrators, used once by who holds the link."""

import asyncio

import psycopg
import pytest
from structlog.testing import capture_logs

from identity.administration.errors import InvitationClosed
from identity.administration.names import NotAName
from identity.people.errors import PasswordUnsuitable
from kernel.ids import new_id
from tests.integration.administration.conftest import PASSWORD, Server, problem, secret_of


def address() -> str:
    return f"{new_id('p')}@example.com"


async def test_invitation_makes_a_user_with_its_roles(server: Server) -> None:
    email = address()
    body = {"email": email.upper(), "roles": ["reviewer", "marketer"], "language": "es"}

    sent = await server.administrator().post("/v1/invitations", body)

    assert sent.status_code == 201
    assert sent.headers["cache-control"] == "no-store"
    made = sent.json()
    assert made["link"].startswith(f"{server.settings.issuer}/invitation?token=psi_solid-demo.")
    assert "no e-mail" in made["delivery"]
    opened = await server.administration.invitations.look(secret_of(made["link"]))
    assert (opened.email, opened.organization, opened.language, opened.display_name) == (
        *(email, "SolidNY demo", "es"),
        None,
    )
    subject = await server.join(made["link"], name=" Luz  Mora ")
    user = (await server.administrator().get(f"/v1/users/{subject}")).json()
    assert (user["email"], user["display_name"], user["roles"], user["language"]) == (
        *(email, "Luz Mora"),
        *(["marketer", "reviewer"], "es"),
    )
    assert subject.startswith("user:usr_")


async def test_link_is_stored_only_as_a_hash(server: Server, admin: psycopg.AsyncConnection) -> None:
    sent = (await server.administrator().post("/v1/invitations", {"email": address(), "roles": ["viewer"]})).json()
    rows = await admin.execute("SELECT to_jsonb(i)::text FROM identity.invitations AS i WHERE id = %s", (sent["id"],))
    row = await rows.fetchone()
    assert row is not None
    assert secret_of(sent["link"]).partition(".")[2] not in row[0]
    listed = (await server.administrator().get("/v1/invitations", limit=1)).json()["items"][0]
    assert listed["id"] == sent["id"]
    assert "link" not in listed


async def test_link_works_once_even_when_used_twice_at_once(server: Server) -> None:
    email = address()
    sent = (await server.administrator().post("/v1/invitations", {"email": email, "roles": ["viewer"]})).json()

    uses = await asyncio.gather(*(server.join(sent["link"]) for _ in range(5)), return_exceptions=True)

    assert len([use for use in uses if isinstance(use, str)]) == 1
    assert len([use for use in uses if isinstance(use, InvitationClosed)]) == 4
    assert len((await server.administrator().get("/v1/users", email=email)).json()["items"]) == 1


async def test_refused_password_or_name_leaves_the_link_open(server: Server) -> None:
    sent = (await server.administrator().post("/v1/invitations", {"email": address(), "roles": ["viewer"]})).json()
    invitations, secret = server.administration.invitations, secret_of(sent["link"])

    with pytest.raises(PasswordUnsuitable):
        await invitations.accept(secret, "Ana", "short")
    with pytest.raises(NotAName):
        await invitations.accept(secret, "  ", PASSWORD)

    assert (await invitations.accept(secret, "Ana", PASSWORD)).tenant == "solid-demo"


@pytest.mark.parametrize(
    "change", ["revoked_at = now()", "expires_at = now() - interval '1 second'"], ids=["revoked", "expired"]
)
async def test_link_that_is_not_open_any_more_is_refused(
    server: Server, admin: psycopg.AsyncConnection, change: str
) -> None:
    sent = (await server.administrator().post("/v1/invitations", {"email": address(), "roles": ["viewer"]})).json()
    await admin.execute(f"UPDATE identity.invitations SET {change} WHERE id = '{sent['id']}'".encode())

    with pytest.raises(InvitationClosed):
        await server.administration.invitations.look(secret_of(sent["link"]))
    with pytest.raises(InvitationClosed):
        await server.join(sent["link"])


@pytest.mark.parametrize(
    "secret", ["", "psi_solid-demo." + "a" * 43, "pss_solid-demo." + "a" * 43, "psi_x." + "a" * 43]
)
async def test_invented_secret_is_refused(server: Server, secret: str) -> None:
    with pytest.raises(InvitationClosed):
        await server.administration.invitations.accept(secret, "Ana", PASSWORD)


async def test_secret_is_no_use_in_another_organisation(server: Server) -> None:
    tenant, _ = await server.tenant()
    sent = (await server.administrator().post("/v1/invitations", {"email": address(), "roles": ["admin"]})).json()
    moved = secret_of(sent["link"]).replace("psi_solid-demo.", f"psi_{tenant}.")

    with pytest.raises(InvitationClosed):
        await server.administration.invitations.accept(moved, "Ana", PASSWORD)


async def test_open_invitation_is_not_made_twice_even_at_once(server: Server) -> None:
    body = {"email": address(), "roles": ["viewer"]}
    admin = server.administrator()

    answers = await asyncio.gather(*(admin.post("/v1/invitations", body) for _ in range(4)))

    (made,) = [answer.json() for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert {problem(answer) for answer in refused} == {(409, "already_there", "email")}
    assert {answer.json()["existing"] for answer in refused} == {made["id"]}
    assert f"invitations revoke {made['id']}" in refused[0].json()["fix"]


async def test_revoked_invitation_makes_room_for_another(server: Server) -> None:
    body = {"email": address(), "roles": ["viewer"]}
    admin = server.administrator()
    first = (await admin.post("/v1/invitations", body)).json()

    assert (await admin.post(f"/v1/invitations/{first['id']}/revoke")).json()["status"] == "revoked"
    assert (await admin.post(f"/v1/invitations/{first['id']}/revoke")).json()["status"] == "revoked"
    assert (await admin.post("/v1/invitations", body)).status_code == 201
    with pytest.raises(InvitationClosed):
        await server.join(first["link"])


async def test_user_is_not_invited_again(server: Server) -> None:
    email = address()
    subject = await server.user(email=email)

    refused = await server.administrator().post("/v1/invitations", {"email": email, "roles": ["viewer"]})

    assert problem(refused) == (409, "already_there", "email")
    assert refused.json()["existing"] == subject
    assert f"reset-password {subject}" in refused.json()["fix"]


async def test_accepted_invitation_cannot_be_revoked(server: Server) -> None:
    admin = server.administrator()
    sent = (await admin.post("/v1/invitations", {"email": address(), "roles": ["viewer"]})).json()
    await server.join(sent["link"])

    assert problem(await admin.post(f"/v1/invitations/{sent['id']}/revoke")) == (409, "invitation_closed", "id")


async def test_invitations_are_listed_newest_first_page_by_page(server: Server) -> None:
    admin = server.administrator()
    made = [
        (await admin.post("/v1/invitations", {"email": address(), "roles": ["viewer"]})).json()["id"] for _ in range(3)
    ]

    first = (await admin.get("/v1/invitations", limit=2)).json()
    second = (await admin.get("/v1/invitations", limit=2, cursor=first["next_cursor"])).json()

    assert [one["id"] for one in [*first["items"], *second["items"]]][:3] == made[::-1]


async def test_invitations_of_another_organisation_are_neither_seen_nor_revoked(server: Server) -> None:
    tenant, subject = await server.tenant()
    stranger = server.administrator(subject, tenant)
    sent = (await server.administrator().post("/v1/invitations", {"email": address(), "roles": ["viewer"]})).json()

    assert sent["id"] not in [one["id"] for one in (await stranger.get("/v1/invitations")).json()["items"]]
    refused = await stranger.post(f"/v1/invitations/{sent['id']}/revoke")
    assert problem(refused) == (404, "invitation_unknown", "id")
    assert await server.join(sent["link"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"roles": ["viewer"]}, "email"),
        ({"email": "ana", "roles": ["viewer"]}, "email"),
        ({"email": "ana@exa mple.com", "roles": ["viewer"]}, "email"),
        ({"email": "aña@example.com", "roles": ["viewer"]}, "email"),
        ({"email": f"{'a' * 250}@example.com", "roles": ["viewer"]}, "email"),
        ({"email": "ana@example.com"}, "roles"),
        ({"email": "ana@example.com", "roles": ["root"]}, "roles.0"),
        ({"email": "ana@example.com", "roles": ["viewer"], "tenant": "acme"}, "tenant"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_invitation_that_does_not_fit_names_its_field(
    server: Server, body: dict[str, object], field: str
) -> None:
    assert problem(await server.administrator().post("/v1/invitations", body)) == (422, "invalid_request", field)


async def test_log_says_who_did_what_on_whom_by_id_alone(server: Server) -> None:
    email, admin = address(), server.administrator()
    with capture_logs() as logs:
        sent = (await admin.post("/v1/invitations", {"email": email, "roles": ["viewer"]})).json()
        subject = await server.join(sent["link"], name="Ana Pérez")
        link = (await admin.post(f"/v1/users/{subject}/reset-password")).json()["link"]
        await admin.patch(f"/v1/users/{subject}", {"roles": ["marketer"]})

    told = {(line["event"], line.get("by"), line.get("subject"), line.get("invitation_id")) for line in logs}
    assert {
        ("invited", "user:admin", None, sent["id"]),
        ("invitation accepted", None, subject, sent["id"]),
        ("password reset", "user:admin", subject, None),
        ("roles changed", "user:admin", subject, None),
    } <= told
    for hidden in (email, "Ana Pérez", PASSWORD, secret_of(sent["link"]), secret_of(link)):
        assert hidden not in str(logs)
