"""`promptsales tenants` and `promptsales clients`, over the identity service's REST API."""

from typing import Any, Literal
from urllib.parse import quote

from cli.errors import WrongUsage
from cli.output import add_row, emit, say, show, show_text, table
from cli.people import show_link
from cli.session import api
from kernel.auth import Role

Row = dict[str, Any]


async def list_tenants(role: Role, *, as_json: bool) -> None:
    """Every organisation."""
    async with api("identity", role) as identity:
        found: Row = await identity.get("/v1/tenants")
    if as_json:
        emit(found)
    else:
        _show_tenants(found["items"])


async def show_tenant(role: Role, tenant: str | None, *, as_json: bool) -> None:
    """One organisation, the caller's own without a name."""
    async with api("identity", role) as identity:
        found = await identity.get(_tenant(tenant) if tenant else "/v1/tenant")
    _report_tenant(found, as_json=as_json)


async def create_tenant(role: Role, body: Row, *, as_json: bool) -> None:
    """Make an organisation."""
    async with api("identity", role) as identity:
        made: Row = await identity.post("/v1/tenants", body)
    _report_tenant(made, as_json=as_json)
    if not as_json:
        show_link(made["invitation"], as_json=False)


async def invite_admin(role: Role, tenant: str, email: str, language: str, *, as_json: bool) -> None:
    """A new link for an organisation without administrator."""
    async with api("identity", role) as identity:
        sent: Row = await identity.post(f"{_tenant(tenant)}/invitations", {"email": email, "language": language})
    show_link(sent, as_json=as_json)


async def change_tenant(role: Role, *, name: str | None, time_zone: str | None, as_json: bool) -> None:
    """Change the caller's own organisation."""
    changes = {field: value for field, value in (("name", name), ("time_zone", time_zone)) if value is not None}
    if not changes:
        raise WrongUsage("Nothing is to be changed.", fix="Give --name or --time-zone.")
    async with api("identity", role) as identity:
        changed = await identity.patch("/v1/tenant", changes)
    _report_tenant(changed, as_json=as_json)


async def switch_tenant(role: Role, tenant: str, verb: Literal["disable", "enable"], *, as_json: bool) -> None:
    """Disable or enable an organisation."""
    async with api("identity", role) as identity:
        switched = await identity.post(f"{_tenant(tenant)}/{verb}")
    _report_tenant(switched, as_json=as_json)


async def list_clients(role: Role, *, as_json: bool) -> None:
    """Every registered client."""
    async with api("identity", role) as identity:
        found: Row = await identity.get("/v1/clients")
    if as_json:
        emit(found)
    else:
        _show_clients(found["clients"])


async def add_client(role: Role, body: Row, *, as_json: bool) -> None:
    """Register a client."""
    async with api("identity", role) as identity:
        made: Row = await identity.post("/v1/clients", body)
    if as_json:
        emit(made)
        return
    _show_clients([made])
    if made["client_secret"]:
        say("The secret is shown only this once:")
        show_text(made["client_secret"])


async def disable_client(role: Role, client: str, *, as_json: bool) -> None:
    """Disable a client."""
    async with api("identity", role) as identity:
        disabled: Row = await identity.post(f"/v1/clients/{quote(client, safe='')}/disable")
    if as_json:
        emit(disabled)
    else:
        _show_clients([disabled])


def _tenant(tenant: str) -> str:
    return f"/v1/tenants/{quote(tenant, safe='')}"


def _report_tenant(tenant: Row, *, as_json: bool) -> None:
    if as_json:
        emit(tenant)
    else:
        _show_tenants([tenant])


def _show_tenants(tenants: list[Row]) -> None:
    found = table("id", "name", "time zone", "state", "since")
    for one in tenants:
        state = "disabled" if one["disabled_at"] else "operator" if one["operator"] else "active"
        add_row(found, one["tenant"], one["name"], one["time_zone"], state, one["created_at"][:10])
    show(found)


def _show_clients(clients: list[Row]) -> None:
    if not clients:
        show_text("No client was registered.")
        return
    found = table("id", "name", "kind", "reaches", "redirects", "state")
    for one in clients:
        kind = f"{one['source']}, {'confidential' if one['confidential'] else 'public'}"
        state = f"disabled since {one['disabled_at'][:10]}" if one["disabled_at"] else "active"
        reaches, redirects = ", ".join(one["resources"]), ", ".join(one["redirect_uris"])
        add_row(found, one["client_id"], one["name"], kind, reaches, redirects, state)
    show(found)
