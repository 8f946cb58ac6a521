"""GET and POST /sign-out, by a person or at an application's request (OpenID Connect RP-Initiated Logout 1.0)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from identity.claims import global_subject
from identity.clients.client import Client
from identity.clients.registry import ClientRegistry
from identity.forms import once, parse_pairs, read_form
from identity.keys import SigningKeys
from identity.pages.addresses import destination, local_return
from identity.pages.answers import see_other
from identity.pages.pages import Pages
from identity.people.people import People
from identity.people.sessions import SignedIn
from identity.revoking import Revoker

_PASSED = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "return_to", "ui_locales")


@dataclass(frozen=True, slots=True)
class Goodbye:
    """What a request to sign out asks for, as far as it may."""

    subject: str | None
    """The `sub` that the application says is to be signed out, by an ID token of ours."""
    leads_to: str | None
    """An application's address, or a path of this server."""

    def names(self, person: SignedIn) -> bool:
        return self.subject == global_subject(person.tenant, person.subject)


class SignOutPage:
    def __init__(
        self, issuer: str, people: People, pages: Pages, clients: ClientRegistry, revoker: Revoker, keys: SigningKeys
    ) -> None:
        self._issuer = issuer
        self._people = people
        self._pages = pages
        self._clients = clients
        self._revoker = revoker
        self._keys = keys

    async def show(self, request: Request) -> Response:
        """Ask; when the application shows by an ID token whom it means, and it is who is signed in, do it."""
        asked = once(parse_pairs(request.url.query.encode()))
        goodbye = await self._goodbye(asked)
        person = await self._people.sessions.current(request)
        if person is None or goodbye.names(person):
            return await self._leave(request, person, goodbye)
        passed = {name: value for name, value in asked.items() if name in _PASSED}
        outside = goodbye.leads_to if goodbye.leads_to and not goodbye.leads_to.startswith("/") else None
        leads_to = [destination(outside).form_action] if outside else []
        return self._pages.sign_out(request, signed_in=person, passed=passed, leads_to=leads_to)

    async def leave(self, request: Request) -> Response:
        """Sign out. An application's own POST, which carries no token of a page, is asked about as its GET is."""
        form = await read_form(request)
        if "csrf" not in form:
            return see_other(f"/sign-out?{urlencode({name: form[name] for name in _PASSED if name in form})}")
        person = await self._people.sessions.current(request)
        if person:
            self._pages.verify_csrf(request, form)
        return await self._leave(request, person, await self._goodbye(form))

    async def _leave(self, request: Request, person: SignedIn | None, goodbye: Goodbye) -> Response:
        if person:
            await self._revoker.browser_session(person.tenant, person.session_hash, "signed out")
        response = see_other(goodbye.leads_to) if goodbye.leads_to else self._pages.signed_out(request)
        self._people.sessions.forget(response)
        return response

    async def _goodbye(self, asked: Mapping[str, str]) -> Goodbye:
        hinted = self._hinted(asked.get("id_token_hint", ""))
        client_id = asked.get("client_id") or hinted.get("aud")
        subject = hinted.get("sub") if hinted.get("aud") == client_id else None
        wanted = asked.get("post_logout_redirect_uri")
        if wanted and client_id and leads_back(await self._clients.find(client_id), wanted):
            state = f"?{urlencode({'state': asked['state']})}" if "state" in asked else ""
            return Goodbye(subject, f"{wanted}{state}")
        return Goodbye(subject, local_return(asked["return_to"]) if "return_to" in asked else None)

    def _hinted(self, token: str) -> dict[str, str]:
        """`sub` and `aud` of an ID token of ours, however old it is; empty for anything else."""
        claims = self._keys.verify(token, token_type="JWT") if token else None  # noqa: S106 - a type's name
        if claims is None or claims.get("iss") != self._issuer:
            return {}
        return {name: value for name in ("sub", "aud") if isinstance(value := claims.get(name), str)}


def leads_back(client: Client | None, address: str) -> bool:
    """Whether an address is the root of a site that the application signs in from."""
    if client is None:
        return False
    parts = [urlsplit(uri) for uri in client.redirect_uris]
    return address in {f"{each.scheme}://{each.netloc}/" for each in parts if each.scheme in {"https", "http"}}
