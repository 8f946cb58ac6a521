"""`tenants …` and `clients …`: organisations, and the applications that people may connect."""

import asyncio
from enum import StrEnum
from typing import Annotated, Literal

import typer

from cli.commands.options import AsJson, AsRole

tenants = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Administer organisations: your own, and all of them when yours operates the system.",
)
clients = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Administer OAuth clients, when your organisation operates the system.",
)


class Server(StrEnum):
    """What a client may reach, in the form in which an option may be given several times."""

    content = "content"
    ads = "ads"
    crm = "crm"
    analytics = "analytics"


class MachineRole(StrEnum):
    """With which roles a client may act by itself."""

    marketer = "marketer"
    sales_agent = "sales_agent"
    viewer = "viewer"


Tenant = Annotated[str, typer.Argument(metavar="TENANT", help="The organisation's short name, such as acme.")]
Language = Annotated[Literal["en", "es"], typer.Option(help="The language of the pages the administrator sees.")]


def register(app: typer.Typer) -> None:
    app.add_typer(tenants, name="tenants")
    app.add_typer(clients, name="clients")


@tenants.command("list")
def list_tenants(as_json: AsJson = False, role: AsRole = "admin") -> None:
    """List every organisation."""
    from cli import organisations

    asyncio.run(organisations.list_tenants(role, as_json=as_json))


@tenants.command()
def show(
    tenant: Annotated[str | None, typer.Argument(metavar="[TENANT]", help="Without it, your own.")] = None,
    as_json: AsJson = False,
    role: AsRole = "admin",
) -> None:
    """Show an organisation."""
    from cli import organisations

    asyncio.run(organisations.show_tenant(role, tenant, as_json=as_json))


@tenants.command()
def create(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="A short name for good: a-z, 0-9 and -.")],
    name: Annotated[str, typer.Option(help="Its name as people read it.")],
    time_zone: Annotated[str, typer.Option("--time-zone", help="Such as America/Mexico_City.")],
    admin_email: Annotated[str, typer.Option("--admin-email", help="Who administers it first.")],
    language: Language = "en",
    as_json: AsJson = False,
    role: AsRole = "admin",
) -> None:
    """Make an organisation, and a link for its first administrator. The link is shown once."""
    from cli import organisations

    body = {"tenant": tenant, "name": name, "time_zone": time_zone, "admin_email": admin_email, "language": language}
    asyncio.run(organisations.create_tenant(role, body, as_json=as_json))


@tenants.command("invite-admin")
def invite_admin(
    tenant: Tenant,
    email: Annotated[str, typer.Argument(metavar="E-MAIL", help="Who shall administer it.")],
    language: Language = "en",
    as_json: AsJson = False,
    role: AsRole = "admin",
) -> None:
    """Make a new link for an organisation that has no administrator. Earlier links into it become void."""
    from cli import organisations

    asyncio.run(organisations.invite_admin(role, tenant, email, language, as_json=as_json))


@tenants.command()
def change(
    name: Annotated[str | None, typer.Option(help="Its name as people read it.")] = None,
    time_zone: Annotated[str | None, typer.Option("--time-zone", help="Such as America/Mexico_City.")] = None,
    as_json: AsJson = False,
    role: AsRole = "admin",
) -> None:
    """Change the name or the time zone of your own organisation."""
    from cli import organisations

    asyncio.run(organisations.change_tenant(role, name=name, time_zone=time_zone, as_json=as_json))


@tenants.command()
def disable(tenant: Tenant, as_json: AsJson = False, role: AsRole = "admin") -> None:
    """Let nobody of an organisation in any more, at once."""
    from cli import organisations

    asyncio.run(organisations.switch_tenant(role, tenant, "disable", as_json=as_json))


@tenants.command()
def enable(tenant: Tenant, as_json: AsJson = False, role: AsRole = "admin") -> None:
    """Let a disabled organisation's people in again."""
    from cli import organisations

    asyncio.run(organisations.switch_tenant(role, tenant, "enable", as_json=as_json))


@clients.command("list")
def list_clients(as_json: AsJson = False, role: AsRole = "admin") -> None:
    """List the clients that were registered, newest first."""
    from cli import organisations

    asyncio.run(organisations.list_clients(role, as_json=as_json))


@clients.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name, shown to people who are asked for consent.")],
    redirect: Annotated[
        list[str] | None,
        typer.Option("--redirect", metavar="URL", help="Where it receives people back. As often as needed."),
    ] = None,
    server: Annotated[
        list[Server] | None, typer.Option("--server", help="A server it may reach; all four without any.")
    ] = None,
    confidential: Annotated[
        bool, typer.Option("--confidential", help="It runs on a server and keeps a secret, which is shown once.")
    ] = False,
    machine_tenant: Annotated[
        str | None,
        typer.Option("--machine-tenant", help="Let it act without a person, in this organisation."),
    ] = None,
    machine_role: Annotated[
        list[MachineRole] | None,
        typer.Option("--machine-role", help="With which role it then acts. As often as needed."),
    ] = None,
    as_json: AsJson = False,
    role: AsRole = "admin",
) -> None:
    """Register a client."""
    from cli import organisations

    if bool(machine_tenant) != bool(machine_role):
        raise typer.BadParameter("--machine-tenant and --machine-role go together")
    body: dict[str, object] = {"name": name, "confidential": confidential, "redirect_uris": redirect or []}
    if server:
        body["resources"] = [one.value for one in server]
    if machine_tenant and machine_role:
        body["machine"] = {"tenant": machine_tenant, "roles": [one.value for one in machine_role]}
    asyncio.run(organisations.add_client(role, body, as_json=as_json))


@clients.command("disable")
def disable_client(
    client: Annotated[str, typer.Argument(metavar="ID", help="The client's id.")],
    as_json: AsJson = False,
    role: AsRole = "admin",
) -> None:
    """Let a client do nothing any more."""
    from cli import organisations

    asyncio.run(organisations.disable_client(role, client, as_json=as_json))
