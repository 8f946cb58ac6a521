"""`promptsales users` and `promptsales invitations`, over the identity service's REST API."""

from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import quote

from cli.errors import Refused
from cli.output import add_row, emit, say, show, show_text, table
from cli.session import Api, api
from kernel.auth import Role

User = dict[str, Any]
Verb = Literal["disable", "enable", "unlock", "sign-out"]

_DONE: dict[Verb, str] = {
    "disable": "Disabled: every session and token has ended.",
    "enable": "Enabled: they can sign in again.",
    "unlock": "Unlocked: they can try to sign in again.",
    "sign-out": "Signed out: every session and token has ended.",
}


async def list_users(role: Role, *, as_json: bool) -> None:
    """Everybody of the organisation."""
    async with api("identity", role) as identity:
        found = await every_item(identity, "/v1/users")
    if as_json:
        emit({"items": found})
    else:
        _show_users(found)


async def show_user(role: Role, who: str, *, as_json: bool) -> None:
    """One person."""
    async with api("identity", role) as identity:
        user = await _find(identity, who)
    _report(user, as_json=as_json)


async def invite(role: Role, email: str, roles: Sequence[str], language: str, *, as_json: bool) -> None:
    """Make a link with which somebody joins."""
    async with api("identity", role) as identity:
        body = {"email": email, "roles": roles, "language": language}
        sent: dict[str, Any] = await identity.post("/v1/invitations", body)
    show_link(sent, as_json=as_json)


async def set_roles(role: Role, who: str, roles: Sequence[str], *, as_json: bool) -> None:
    """Give a person exactly these roles."""
    async with api("identity", role) as identity:
        user = await identity.patch(await _path(identity, who), {"roles": roles})
    _report(user, "Changed: every session and token has ended.", as_json=as_json)


async def act_on(role: Role, who: str, verb: Verb, *, as_json: bool) -> None:
    """Do one of the things that need no more than a name."""
    async with api("identity", role) as identity:
        user = await identity.post(f"{await _path(identity, who)}/{verb}")
    _report(user, _DONE[verb], as_json=as_json)


async def reset_password(role: Role, who: str, *, as_json: bool) -> None:
    """Take a person's password; show the link to set a new one."""
    async with api("identity", role) as identity:
        sent: dict[str, Any] = await identity.post(f"{await _path(identity, who)}/reset-password")
    show_link(sent, as_json=as_json)


async def list_invitations(role: Role, *, as_json: bool) -> None:
    """All invitations, newest first."""
    async with api("identity", role) as identity:
        found = await every_item(identity, "/v1/invitations")
    if as_json:
        emit({"items": found})
    else:
        _show_invitations(found)


async def revoke_invitation(role: Role, invitation: str, *, as_json: bool) -> None:
    """Void a link."""
    async with api("identity", role) as identity:
        revoked: dict[str, Any] = await identity.post(f"/v1/invitations/{quote(invitation, safe='')}/revoke")
    if as_json:
        emit(revoked)
    else:
        _show_invitations([revoked])


async def every_item(service: Api, path: str) -> list[dict[str, Any]]:
    """The items of all pages of a list."""
    items: list[dict[str, Any]] = []
    params = {"limit": "200"}
    while True:
        page: dict[str, Any] = await service.get(path, params)
        items += page["items"]
        if not page["next_cursor"]:
            return items
        params["cursor"] = page["next_cursor"]


def show_link(sent: dict[str, Any], *, as_json: bool) -> None:
    """An invitation just made, and its link."""
    if as_json:
        emit(sent)
        return
    say(f"{sent['delivery']} It expires at {_time(sent['expires_at'])}.")
    show_text(f"For {sent['email']}:")
    show_text(sent["link"])


async def _find(identity: Api, who: str) -> User:
    """A person by e-mail address or subject."""
    if "@" not in who:
        return await identity.get(f"/v1/users/{quote(who, safe='')}")
    page: dict[str, Any] = await identity.get("/v1/users", {"email": who})
    if not page["items"]:
        raise Refused(f"Nobody has the e-mail address {who}.", field="who", fix="See: promptsales users list")
    return page["items"][0]


async def _path(identity: Api, who: str) -> str:
    subject = (await _find(identity, who))["subject"] if "@" in who else who
    return f"/v1/users/{quote(subject, safe='')}"


def _report(user: User, done: str | None = None, *, as_json: bool) -> None:
    if as_json:
        emit(user)
        return
    _show_users([user])
    if done:
        show_text(done)


def _show_users(users: list[User]) -> None:
    found = table("id", "e-mail", "name", "roles", "state")
    for user in users:
        add_row(found, user["subject"], user["email"], user["display_name"], ", ".join(user["roles"]), _state(user))
    show(found)


def _state(user: User) -> str:
    if user["disabled_at"]:
        return f"disabled since {_time(user['disabled_at'])}"
    if user["locked_until"]:
        return f"locked until {_time(user['locked_until'])}"
    return "active" if user["has_password"] else "no password yet"


def _show_invitations(invitations: list[dict[str, Any]]) -> None:
    if not invitations:
        show_text("Nobody was invited yet.")
        return
    found = table("id", "e-mail", "for", "roles", "state", "expires", "by")
    for one in invitations:
        purpose = "new password" if one["subject"] else "joining"
        roles, expires = ", ".join(one["roles"]), _time(one["expires_at"])
        add_row(found, one["id"], one["email"], purpose, roles, one["status"], expires, one["invited_by"])
    show(found)


def _time(instant: str) -> str:
    return f"{instant[:16].replace('T', ' ')} UTC"
