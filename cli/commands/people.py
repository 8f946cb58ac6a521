"""`users …` and `invitations …`: who belongs to the organisation, and with which roles."""

import asyncio
from enum import StrEnum
from typing import Annotated, Literal

import typer

from cli.commands.options import AsJson, AsRole, RoleName

users = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Administer the people of your organisation.")
invitations = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Look at invitations, and revoke them.")


class Granted(StrEnum):
    """Roles, in the form in which an option may be given several times."""

    marketer = "marketer"
    sales_agent = "sales_agent"
    reviewer = "reviewer"
    viewer = "viewer"
    admin = "admin"


Who = Annotated[str, typer.Argument(metavar="WHO", help="An e-mail address, or a subject such as user:usr_01….")]
Language = Annotated[Literal["en", "es"], typer.Option(help="The language of the pages they see.")]
Roles = Annotated[list[Granted], typer.Option("--role", help="A role they get. Give it several times for several.")]
AsWhom = Annotated[RoleName, typer.Option("--as", help="Act as this role. PROMPTSALES_TOKEN, when set, acts instead.")]


def register(app: typer.Typer) -> None:
    app.add_typer(users, name="users")
    app.add_typer(invitations, name="invitations")


@users.command("list")
def list_users(as_json: AsJson = False, role: AsRole = "admin") -> None:
    """List the people of your organisation."""
    from cli import people

    asyncio.run(people.list_users(role, as_json=as_json))


@users.command()
def show(who: Who, as_json: AsJson = False, role: AsRole = "admin") -> None:
    """Show one person."""
    from cli import people

    asyncio.run(people.show_user(role, who, as_json=as_json))


@users.command()
def invite(
    email: Annotated[str, typer.Argument(metavar="E-MAIL", help="Whom to invite.")],
    roles: Roles,
    language: Language = "en",
    as_json: AsJson = False,
    acting: AsWhom = "admin",
) -> None:
    """Make a link with which somebody joins your organisation. It is shown once; hand it over yourself."""
    from cli import people

    asyncio.run(people.invite(acting, email, [role.value for role in roles], language, as_json=as_json))


@users.command()
def roles(who: Who, roles: Roles, as_json: AsJson = False, acting: AsWhom = "admin") -> None:
    """Give a person exactly these roles. Everything they are signed in to ends."""
    from cli import people

    asyncio.run(people.set_roles(acting, who, [role.value for role in roles], as_json=as_json))


@users.command()
def disable(who: Who, as_json: AsJson = False, role: AsRole = "admin") -> None:
    """Let a person in nowhere any more, at once."""
    _act(role, who, "disable", as_json=as_json)


@users.command()
def enable(who: Who, as_json: AsJson = False, role: AsRole = "admin") -> None:
    """Let a disabled person in again."""
    _act(role, who, "enable", as_json=as_json)


@users.command()
def unlock(who: Who, as_json: AsJson = False, role: AsRole = "admin") -> None:
    """Forget a person's failed attempts to sign in."""
    _act(role, who, "unlock", as_json=as_json)


@users.command("sign-out")
def sign_out(who: Who, as_json: AsJson = False, role: AsRole = "admin") -> None:
    """End everything a person is signed in to, and every application that acts for them."""
    _act(role, who, "sign-out", as_json=as_json)


@users.command("reset-password")
def reset_password(who: Who, as_json: AsJson = False, role: AsRole = "admin") -> None:
    """Take a person's password, and make a link to set a new one. It is shown once; hand it over yourself."""
    from cli import people

    asyncio.run(people.reset_password(role, who, as_json=as_json))


@invitations.command("list")
def list_invitations(as_json: AsJson = False, role: AsRole = "admin") -> None:
    """List invitations and links for new passwords, newest first."""
    from cli import people

    asyncio.run(people.list_invitations(role, as_json=as_json))


@invitations.command()
def revoke(
    invitation: Annotated[str, typer.Argument(metavar="ID", help="The invitation's id, such as inv_01….")],
    as_json: AsJson = False,
    role: AsRole = "admin",
) -> None:
    """Void a link that nobody has used."""
    from cli import people

    asyncio.run(people.revoke_invitation(role, invitation, as_json=as_json))


def _act(role: RoleName, who: str, verb: Literal["disable", "enable", "unlock", "sign-out"], *, as_json: bool) -> None:
    from cli import people

    asyncio.run(people.act_on(role, who, verb, as_json=as_json))
