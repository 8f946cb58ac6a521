"""The routes of the pages."""

from fastapi import APIRouter

from identity.administration.invitations import Invitations
from identity.clients.registry import ClientRegistry
from identity.keys import SigningKeys
from identity.pages.account import AccountPage
from identity.pages.answers import Handler, failing_as_page
from identity.pages.invitation import InvitationPage
from identity.pages.pages import Pages
from identity.pages.sign_in import SignInPage
from identity.pages.sign_out import SignOutPage
from identity.people.people import People
from identity.revoking import Revoker
from kernel.settings import Settings


def page_routes(
    settings: Settings,
    people: People,
    pages: Pages,
    clients: ClientRegistry,
    revoker: Revoker,
    keys: SigningKeys,
    invitations: Invitations,
) -> APIRouter:
    """`/sign-in`, `/sign-out`, `/account`, `/invitation` and the assets that every page uses."""
    router = pages.assets.routes()

    def add(method: str, path: str, handler: Handler) -> None:
        router.add_api_route(path, failing_as_page(pages, handler), methods=[method])

    sign_in = SignInPage(people, pages, clients)
    add("GET", "/sign-in", sign_in.show)
    add("POST", "/sign-in", sign_in.enter)
    sign_out = SignOutPage(settings.issuer, people, pages, clients, revoker, keys)
    add("GET", "/sign-out", sign_out.show)
    add("POST", "/sign-out", sign_out.leave)
    account = AccountPage(people, pages, revoker)
    add("GET", "/account", account.show)
    add("POST", "/account/disconnect", account.disconnect)
    add("POST", "/account/password", account.change_password)
    invitation = InvitationPage(invitations, pages)
    add("GET", "/invitation", invitation.show)
    add("POST", "/invitation", invitation.accept)
    return router
