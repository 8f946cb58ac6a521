"""The pages as responses: what is said, to whom, in which language."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from identity.administration.invitations import Opened
from identity.clients.client import Client
from identity.pages.addresses import AddressUnusable, destination, local_return
from identity.pages.assets import Assets
from identity.pages.csrf import Bound, CsrfGuard
from identity.pages.languages import asked_in, in_language, spoken
from identity.pages.rendering import Renderer
from identity.pages.texts import TEXTS, say
from identity.people.account import Connected, Language
from identity.people.sessions import BrowserSessions, SignedIn
from kernel.auth.principal import Scope
from kernel.auth.roles import Resource
from kernel.errors import PromptSalesError
from kernel.settings import Settings

_IDENTIFYING = frozenset({"openid", "profile", "email"})
_SHOWN_DETAIL = 300


class Pages:
    """Renders; decides nothing. Forms on a page answer only to the browser that was shown it (`verify_csrf`)."""

    def __init__(self, settings: Settings, sessions: BrowserSessions) -> None:
        self.assets = Assets()
        self._csrf = CsrfGuard(settings, sessions.cookie)
        self._renderer = Renderer(self.assets.paths, secure=settings.issuer.startswith("https://"))

    def verify_csrf(self, request: Request, form: Mapping[str, str], *, bound: Bound = "session") -> None:
        """Raise CsrfMismatch unless the form comes from a page shown in this session (or, signed out, browser)."""
        self._csrf.verify(request, form, bound)

    def sign_in(
        self,
        request: Request,
        *,
        return_to: str,
        client: Client | None = None,
        problem: str | None = None,
        status: int = 200,
        notice: str | None = None,
        language: Language | None = None,
        email: str = "",
        organization: str = "",
    ) -> Response:
        """The form to sign in with, which leads on to `return_to`. `problem` and `notice` are ready to show."""
        back = local_return(return_to)
        language = language or spoken(request, asked=asked_in(back))
        values = {
            "return_to": in_language(back, language) if asked_in(back) else back,
            "client": client.name if client else None,
            "problem": problem,
            "notice": notice,
            "email": email,
            "organization": organization,
        }
        return self._before_sign_in(request, "sign_in.html", back, client, language, values, status)

    def choose(
        self,
        request: Request,
        *,
        return_to: str,
        client: Client | None,
        organizations: Mapping[str, str],
        choice: str,
        language: Language,
    ) -> Response:
        """Which of several organizations to sign in to: names by tenant."""
        back = local_return(return_to)
        values = {"return_to": back, "organizations": organizations, "choice": choice}
        return self._before_sign_in(request, "choose.html", back, client, language, values, 200)

    def consent(
        self,
        request: Request,
        *,
        signed_in: SignedIn,
        client: Client,
        redirect_uri: str,
        resources: Sequence[Resource],
        scopes: Sequence[Scope],
        query: str,
    ) -> Response:
        """What an application asks for; its form POSTs `decision` and the `scope`s left ticked to /oauth/authorize."""
        language = spoken(request, asked=asked_in(f"?{query}"), person=signed_in.language)
        leads = destination(redirect_uri)
        here = f"/oauth/authorize?{query}"
        host = urlsplit(client.client_id).hostname if client.source == "document" else None
        standing = "verified" if client.first_party else client.source
        values = {
            "client": client.name,
            "host": host,
            "verified": client.first_party or client.source == "registered",
            "standing": say(f"consent.{standing}", language).format(host=host),
            "place": leads.place,
            "where": leads.name,
            "person": signed_in,
            "resources": resources,
            "scopes": scopes,
            "profile": bool(_IDENTIFYING & _asked_scopes(query)),
            "query": query,
            "sign_out": "/sign-out?" + urlencode({"return_to": here}),
        }
        return self._in_session(request, "consent.html", language, here, values, leads_to=[leads.form_action])

    def account(
        self,
        request: Request,
        *,
        signed_in: SignedIn,
        connected: Sequence[Connected],
        problem: str | None = None,
        field: str = "",
        notice: str | None = None,
        status: int = 200,
        language: Language,
    ) -> Response:
        """Who one is, which applications are connected, and the form to change one's password."""
        values = {
            "person": signed_in,
            "connected": [(each, [key for key in map(_scope_key, each.scopes) if key]) for each in connected],
            "problem": problem,
            "field": field,
            "notice": notice,
        }
        return self._in_session(request, "account.html", language, "/account", values, status=status)

    def sign_out(
        self, request: Request, *, signed_in: SignedIn, passed: Mapping[str, str], leads_to: Sequence[str]
    ) -> Response:
        """The question whether to sign out; `passed` are fields for the answer, `leads_to` where it may redirect."""
        language = spoken(request, person=signed_in.language)
        here = f"/sign-out?{urlencode(passed)}"
        values = {"person": signed_in, "passed": passed}
        return self._in_session(request, "sign_out.html", language, here, values, leads_to=leads_to)

    def signed_out(self, request: Request) -> Response:
        return self._renderer.page("signed_out.html", language=spoken(request), here="/sign-out", values={})

    def invitation(
        self,
        request: Request,
        *,
        opened: Opened,
        token: str,
        language: Language,
        problem: str | None = None,
        field: str = "",
        display_name: str = "",
        status: int = 200,
    ) -> Response:
        """The form with which somebody invited joins, or sets a new password."""
        values = {"opened": opened, "token": token, "problem": problem, "field": field, "display_name": display_name}
        here = f"/invitation?{urlencode({'token': token})}"
        return self._in_browser(request, "invitation.html", language, here, values, status=status)

    def failure(
        self,
        request: Request,
        *,
        problem: PromptSalesError,
        status: int,
        person: Language | None = None,
    ) -> Response:
        """An error that must not leave this server: what it means, and the detail for whoever can mend it."""
        language = spoken(request, person=person)
        known = f"failure.{problem.code}" in TEXTS
        values = {
            "said": say(f"failure.{problem.code if known else problem.kind}", language),
            "detail": None if known else str(problem)[:_SHOWN_DETAIL],
        }
        here = f"{request.url.path}?{request.url.query}"
        return self._renderer.page("failure.html", language=language, here=here, values=values, status=status)

    def _before_sign_in(
        self,
        request: Request,
        template: str,
        back: str,
        client: Client | None,
        language: Language,
        values: Mapping[str, object],
        status: int,
    ) -> Response:
        here = f"/sign-in?{urlencode({'return_to': back})}"
        return self._in_browser(request, template, language, here, values, status=status, leads_to=_ends(back, client))

    def _in_browser(
        self,
        request: Request,
        template: str,
        language: Language,
        here: str,
        values: Mapping[str, object],
        *,
        status: int,
        leads_to: Sequence[str] = (),
    ) -> HTMLResponse:
        secret = self._csrf.browser_secret(request)
        values = {**values, "csrf": self._csrf.token(secret)}
        response = self._renderer.page(
            template, language=language, here=here, values=values, status=status, leads_to=leads_to
        )
        self._csrf.remember(response, secret)
        return response

    def _in_session(
        self,
        request: Request,
        template: str,
        language: Language,
        here: str,
        values: Mapping[str, object],
        *,
        status: int = 200,
        leads_to: Sequence[str] = (),
    ) -> HTMLResponse:
        values = {**values, "csrf": self._csrf.token(self._csrf.session_secret(request))}
        return self._renderer.page(
            template, language=language, here=here, values=values, status=status, leads_to=leads_to
        )


def _ends(back: str, client: Client | None) -> list[str]:
    """Where signing in may lead in the end: browsers hold a form to its `form-action` through every redirect."""
    asked = dict(parse_qsl(urlsplit(back).query)).get("redirect_uri", "")
    if client is None or not client.allows_redirect(asked):
        return []
    try:
        return [destination(asked).form_action]
    except AddressUnusable:
        return []


def _scope_key(scope: str) -> str | None:
    """Which words say what a scope allows; None for one that only says how tokens are given out."""
    if scope == "profile":
        return "consent.profile"
    key = f"scope.{scope}"
    return key if key in TEXTS else None


def _asked_scopes(query: str) -> set[str]:
    return {scope for value in parse_qs(query).get("scope", []) for scope in value.split()}
