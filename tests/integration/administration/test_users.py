"""Users, as administrators change them."""

import asyncio
import time
from typing import Any

import psycopg
import pytest

from identity.administration.errors import InvitationClosed
from identity.people.attempts import PER_EMAIL
from identity.people.errors import TooManyAttempts
from kernel.ids import new_id
from tests.integration.administration.conftest import OPERATOR, PASSWORD, Server, problem, secret_of

WHO_MAY_NOT: dict[str, tuple[dict[str, Any] | None, int]] = {
    "without a token": (None, 401),
    "with a token for another resource": ({"audience": "http://127.0.0.1:8100"}, 401),
    "without the scope": ({"scope": "ads:read"}, 403),
    "through a service": ({"actors": ("orchestrator",)}, 403),
}


@pytest.mark.parametrize("who", WHO_MAY_NOT)
@pytest.mark.parametrize("path", ["/v1/users", "/v1/invitations", "/v1/tenant", "/v1/tenants"])
async def test_only_administrators_in_person_are_let_in(server: Server, path: str, who: str) -> None:
    stated, status = WHO_MAY_NOT[who]
    caller = server.holder(server.token(**stated) if stated is not None else "none")
    assert (await caller.get(path)).status_code == status


async def test_users_are_listed_page_by_page(server: Server) -> None:
    admin = server.administrator()
    added = {await server.user() for _ in range(3)}

    seen: list[str] = []
    params: dict[str, str | int] = {"limit": 3}
    while True:
        page = (await admin.get("/v1/users", **params)).json()
        assert len(page["items"]) <= 3
        seen += [user["subject"] for user in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]

    assert seen == sorted(set(seen))
    assert added | {"user:admin", "user:marketer"} <= set(seen)


async def test_user_is_found_by_email_in_any_case(server: Server) -> None:
    email = f"{new_id('p')}@example.com"
    subject = await server.user("reviewer", email=email)

    found = (await server.administrator().get("/v1/users", email=email.upper())).json()["items"]

    assert [user["subject"] for user in found] == [subject]
    assert found[0]["roles"] == ["reviewer"]
    assert found[0]["has_password"]
    assert "password_hash" not in found[0]


@pytest.mark.parametrize("cursor", ["!", "AA==", "w7M=", "é"])
async def test_foreign_cursor_is_refused(server: Server, cursor: str) -> None:
    assert problem(await server.administrator().get("/v1/users", cursor=cursor)) == (422, "bad_cursor", "cursor")


async def test_new_roles_end_every_token_from_before(server: Server) -> None:
    subject = await server.user("admin")
    before = server.administrator(subject)
    assert (await before.get("/v1/users")).status_code == 200

    changed = await server.administrator().patch(f"/v1/users/{subject}", {"roles": ["viewer", "marketer", "viewer"]})

    assert changed.json()["roles"] == ["marketer", "viewer"]
    assert (await before.get("/v1/users")).status_code == 401


async def test_new_name_and_language_end_nothing(server: Server) -> None:
    subject = await server.user("admin")
    before = server.administrator(subject)

    changed = await server.administrator().patch(
        f"/v1/users/{subject}", {"display_name": "  Ana \u0301 María  ", "language": "es"}
    )

    assert (changed.json()["display_name"], changed.json()["language"]) == ("Ana \u0301 María", "es")
    assert (await before.get("/v1/users")).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"roles": []}, "roles"),
        ({"roles": ["emperor"]}, "roles.0"),
        ({"display_name": " "}, "display_name"),
        ({"display_name": "x" * 101}, "display_name"),
        ({"display_name": "a\u202eb"}, "display_name"),
        ({"language": "fr"}, "language"),
        ({"tenant": "acme"}, "tenant"),
        ({"email": "other@example.com"}, "email"),
    ],
    ids=str,
)
async def test_change_that_does_not_fit_names_its_field(server: Server, body: dict[str, object], field: str) -> None:
    refused = await server.administrator().patch("/v1/users/user:viewer", body)
    assert problem(refused) == (422, "invalid_request", field)


@pytest.mark.parametrize("body", [{}, {"roles": None}, {"language": None, "display_name": "Ana"}], ids=str)
async def test_change_of_nothing_is_refused(server: Server, body: dict[str, object]) -> None:
    refused = await server.administrator().patch("/v1/users/user:viewer", body)
    assert problem(refused) == (422, "nothing_to_change", None)


async def test_disabled_user_is_out_at_once_and_comes_back_when_enabled(
    server: Server, admin: psycopg.AsyncConnection
) -> None:
    subject = await server.user("admin")
    own, operator = server.administrator(subject), server.administrator()
    await admin.execute(
        "INSERT INTO identity.browser_sessions (tenant, secret_hash, subject, expires_at)"
        " VALUES (%s, sha256(%s::bytea), %s, now() + interval '1 hour')",
        (OPERATOR, subject.encode(), subject),
    )

    disabled = await operator.post(f"/v1/users/{subject}/disable")
    assert disabled.json()["disabled_at"]
    assert (await own.get("/v1/users")).status_code == 401
    found = await admin.execute(
        "SELECT ended_at IS NOT NULL FROM identity.browser_sessions WHERE subject = %s", (subject,)
    )
    assert await found.fetchall() == [(True,)]

    again = await operator.post(f"/v1/users/{subject}/disable")
    assert again.json()["disabled_at"] == disabled.json()["disabled_at"]
    assert (await operator.post(f"/v1/users/{subject}/enable")).json()["disabled_at"] is None
    assert (await own.get("/v1/users")).status_code == 401


async def test_sign_out_ends_tokens_and_leaves_the_user_enabled(server: Server) -> None:
    subject = await server.user("admin")
    own = server.administrator(subject)
    assert (await own.get("/v1/users")).status_code == 200

    signed_out = await server.administrator().post(f"/v1/users/{subject}/sign-out")

    assert signed_out.json()["disabled_at"] is None
    assert (await own.get("/v1/users")).status_code == 401


async def test_unlock_forgets_failed_attempts(server: Server, admin: psycopg.AsyncConnection) -> None:
    subject = await server.user()
    await admin.execute(
        "UPDATE identity.users SET failed_logins = 9, locked_until = now() + interval '1 hour' WHERE subject = %s",
        (subject,),
    )
    operator = server.administrator()
    assert (await operator.get(f"/v1/users/{subject}")).json()["locked_until"]

    assert (await operator.post(f"/v1/users/{subject}/unlock")).json()["locked_until"] is None
    found = await admin.execute("SELECT failed_logins, locked_until FROM identity.users WHERE subject = %s", (subject,))
    assert await found.fetchall() == [(0, None)]


async def test_unlock_lets_in_who_was_kept_out_for_guesses_at_their_address(server: Server) -> None:
    subject = await server.user()
    operator = server.administrator()
    email = (await operator.get(f"/v1/users/{subject}")).json()["email"]
    for number in range(PER_EMAIL):
        await server.attempts.count(f"198.51.100.{number}", email)
    with pytest.raises(TooManyAttempts):
        await server.attempts.count("198.51.100.99", email)

    assert (await operator.post(f"/v1/users/{subject}/unlock")).status_code == 200

    await server.attempts.count("198.51.100.99", email)


@pytest.mark.parametrize("change", ["roles", "disable"])
async def test_last_administrator_stays_one(server: Server, change: str) -> None:
    tenant, subject = await server.tenant()
    alone = server.administrator(subject, tenant)

    refused = await (
        alone.patch(f"/v1/users/{subject}", {"roles": ["marketer"]})
        if change == "roles"
        else alone.post(f"/v1/users/{subject}/disable")
    )

    assert problem(refused) == (409, "last_administrator", "subject")
    assert "Make somebody else" in refused.json()["fix"]
    assert (await alone.patch(f"/v1/users/{subject}", {"roles": ["admin", "viewer"]})).status_code == 200


async def test_administrators_who_disable_each_other_at_once_leave_one(server: Server) -> None:
    tenant, first = await server.tenant()
    subjects = [first]
    for number in range(3):
        body = {"email": f"admin{number}@example.com", "roles": ["admin"]}
        sent = (await server.administrator(first, tenant).post("/v1/invitations", body)).json()
        subjects.append(await server.join(sent["link"]))
    callers = [server.administrator(subject, tenant) for subject in subjects]
    others = [*subjects[1:], subjects[0]]

    answers = await asyncio.gather(
        *(caller.post(f"/v1/users/{other}/disable") for caller, other in zip(callers, others, strict=True)),
        *(
            caller.patch(f"/v1/users/{other}", {"roles": ["viewer"]})
            for caller, other in zip(callers, others, strict=True)
        ),
    )

    assert {answer.status_code for answer in answers} <= {200, 401, 409}
    async with server.database.transaction(tenant) as connection:
        rows = await connection.execute(
            "SELECT count(*) AS left FROM identity.users WHERE 'admin' = ANY (roles) AND disabled_at IS NULL"
        )
        row = await rows.fetchone()
    assert row is not None
    assert row["left"] >= 1


async def test_reset_takes_the_password_and_the_link_sets_a_new_one(
    server: Server, admin: psycopg.AsyncConnection
) -> None:
    subject = await server.user("admin")
    own, operator = server.administrator(subject), server.administrator()

    first = (await operator.post(f"/v1/users/{subject}/reset-password")).json()
    second = await operator.post(f"/v1/users/{subject}/reset-password")

    assert second.status_code == 201
    assert second.headers["cache-control"] == "no-store"
    assert second.json()["subject"] == subject
    assert (await own.get("/v1/users")).status_code == 401
    assert not (await operator.get(f"/v1/users/{subject}")).json()["has_password"]
    opened = await server.administration.invitations.look(secret_of(second.json()["link"]))
    assert opened.display_name == "Ana Pérez"
    with pytest.raises(InvitationClosed):
        await server.join(first["link"])

    assert await server.join(second.json()["link"], name="") == subject
    assert (await operator.get(f"/v1/users/{subject}")).json()["has_password"]
    found = await admin.execute("SELECT password_hash FROM identity.users WHERE subject = %s", (subject,))
    row = await found.fetchone()
    assert row is not None
    assert await server.passwords.match(PASSWORD, row[0])


async def test_disabled_user_gets_no_link_and_an_earlier_one_is_void(server: Server) -> None:
    subject = await server.user()
    operator = server.administrator()
    link = (await operator.post(f"/v1/users/{subject}/reset-password")).json()["link"]
    await operator.post(f"/v1/users/{subject}/disable")

    assert problem(await operator.post(f"/v1/users/{subject}/reset-password")) == (409, "user_disabled", "subject")
    await operator.post(f"/v1/users/{subject}/enable")
    with pytest.raises(InvitationClosed):
        await server.join(link)


@pytest.mark.parametrize("verb", ["disable", "enable", "unlock", "sign-out", "reset-password"])
async def test_unknown_user_is_not_found(server: Server, verb: str) -> None:
    answer = await server.administrator().post(f"/v1/users/user:nobody/{verb}")
    assert problem(answer) == (404, "user_unknown", "subject")


@pytest.mark.parametrize("subject", ["nobody", "user:", "user:a%00b", "user:%C3%A9"])
async def test_what_is_no_subject_is_refused(server: Server, subject: str) -> None:
    assert problem(await server.administrator().get(f"/v1/users/{subject}"))[:2] == (422, "invalid_request")


async def test_administrator_of_one_organisation_cannot_touch_the_users_of_another(server: Server) -> None:
    tenant, subject = await server.tenant()
    stranger, operator = server.administrator(subject, tenant), server.administrator()

    listed = (await stranger.get("/v1/users")).json()["items"]
    assert [user["subject"] for user in listed] == [subject]
    assert (await stranger.get("/v1/users", email="viewer@demo.example")).json()["items"] == []
    for caller, other in ((stranger, "user:viewer"), (operator, subject)):
        path = f"/v1/users/{other}"
        answers = [
            await caller.get(path),
            await caller.patch(path, {"roles": ["admin"]}),
            *[await caller.post(f"{path}/{verb}") for verb in ("disable", "unlock", "sign-out", "reset-password")],
        ]
        assert {problem(answer) for answer in answers} == {(404, "user_unknown", "subject")}
    assert (await operator.get("/v1/users/user:viewer")).json()["roles"] == ["viewer"]
    assert (await stranger.get(f"/v1/users/{subject}")).json()["disabled_at"] is None


async def test_token_of_before_a_sign_out_stays_dead_and_a_later_one_lives(server: Server) -> None:
    subject = await server.user("admin")
    await server.administrator().post(f"/v1/users/{subject}/sign-out")
    issued = time.time() + 2
    claims = server.signing.verify(server.token(subject)) or {}
    later = server.signing.sign(claims | {"iat": int(issued), "exp": int(issued) + 900})

    assert (await server.holder(later).get("/v1/users")).status_code == 200
