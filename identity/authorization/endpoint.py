"""The authorization endpoint: a client's request, a person's answer, a code back to the client."""

import time
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from identity.authorization.request import (
    MAX_QUERY,
    AuthorizationRequest,
    Pairs,
    ReturnAddress,
    authorization_request,
    return_address,
    without_sign_in,
)
from identity.claims import global_subject
from identity.domain import OPENID, User, lettable
from identity.errors import (
    AuthorizationUnsafe,
    ConsentDenied,
    ConsentRequired,
    LoginRequired,
    MalformedRequest,
    Refusal,
)
from identity.forms import parse_pairs, read_pairs
from identity.letting import Consent, Letting
from identity.pages.pages import Pages
from identity.people.sessions import BrowserSessions, SignedIn
from identity.repository import Repository
from identity.service import TokenIssuer
from identity.token_endpoint import described
from kernel.auth.principal import Scope
from kernel.errors import Forbidden, InvalidInput, PromptSalesError, Unauthenticated, Unavailable
from kernel.logs import logger

PATH = "/oauth/authorize"
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class AuthorizationEndpoint:
    """Shows the pages a request needs, and sends the browser back with a code or an error.

    Each answer to a client names this issuer in `iss` (RFC 9207), so that it cannot be taken for another's.
    """

    def __init__(
        self,
        issuer: TokenIssuer,
        letting: Letting,
        repository: Repository,
        sessions: BrowserSessions,
        pages: Pages,
    ) -> None:
        self._issuer = issuer
        self._letting = letting
        self._repository = repository
        self._sessions = sessions
        self._pages = pages

    async def show(self, request: Request) -> Response:
        """GET: the request itself."""
        return _sealed(await self._answer(request, request.url.query, None))

    async def decide(self, request: Request) -> Response:
        """POST: what a person answered on the consent page, or a request that came as a form."""
        try:
            pairs = await read_pairs(request)
            query = next((value for name, value in pairs if name == "query"), None)
            if query is None:
                return _sealed(RedirectResponse(f"{PATH}?{urlencode(pairs)}", 303))
        except Refusal as refusal:
            return _sealed(self._failed(request, refusal))
        return _sealed(await self._answer(request, query, pairs))

    async def _answer(self, request: Request, query: str, decided: Pairs | None) -> Response:
        """The answer to the request in a query; `decided` is the consent page's form, None before it was shown."""
        try:
            if len(query) > MAX_QUERY:
                raise AuthorizationUnsafe(f"The request is longer than {MAX_QUERY} characters.")
            pairs = parse_pairs(query.encode())
            address = await return_address(pairs, self._issuer.client)
        except (Refusal, InvalidInput, Unavailable) as error:
            return self._failed(request, error)
        try:
            asked = authorization_request(pairs, address, self._issuer.resource)
            person = await self._person(request)
            if person is None or (decided is None and asked.wants_sign_in(person[0].signed_in_at, _now())):
                if asked.silent:
                    raise LoginRequired("Nobody is signed in, or not recently enough.", field="prompt")
                return_to = f"{PATH}?{without_sign_in(pairs)}"
                return self._pages.sign_in(request, return_to=return_to, client=address.client)
            self._require_hinted(asked.id_token_hint, person[0])
            if decided is not None:
                self._pages.verify_csrf(request, dict(reversed(decided)))
            return await self._to_person(request, query, address, asked, *person, decided)
        except Refusal as refusal:
            return self._refused(address, refusal.oauth_error, refusal)
        except Unavailable as error:
            return self._refused(address, "temporarily_unavailable", error)
        except (Forbidden, InvalidInput, Unauthenticated) as error:  # a form that is not from our page
            return self._failed(request, error)

    async def _person(self, request: Request) -> tuple[SignedIn, User] | None:
        signed_in = await self._sessions.current(request)
        user = await self._repository.user(signed_in.tenant, signed_in.subject) if signed_in else None
        return (signed_in, user) if signed_in and user else None

    def _require_hinted(self, hint: str | None, signed_in: SignedIn) -> None:
        """Raise LoginRequired when the client expects somebody else, MalformedRequest for what is no ID token of ours.

        The token may have expired: it says who was signed in once.
        """
        if hint is None:
            return
        expected = self._issuer.keys.verify(hint, token_type="JWT")  # noqa: S106 - a type's name
        if expected is None or expected.get("iss") != self._issuer.issuer:
            raise MalformedRequest("The id_token_hint is no ID token of this server.", field="id_token_hint")
        if expected.get("sub") != global_subject(signed_in.tenant, signed_in.subject):
            raise LoginRequired("Somebody else is signed in.", field="id_token_hint", fix="Sign them out first.")

    async def _to_person(
        self,
        request: Request,
        query: str,
        address: ReturnAddress,
        asked: AuthorizationRequest,
        signed_in: SignedIn,
        user: User,
        decided: Pairs | None,
    ) -> Response:
        client = address.client
        scopes, protocol = lettable(client, asked.resources, asked.scopes, user)
        if decided is not None:
            scopes = _allowed(decided, scopes, alone="identity" in asked.resources and OPENID in protocol)
        elif not client.first_party or "consent" in asked.prompts:
            if asked.silent:
                raise ConsentRequired("The person is asked every time.", field="prompt")
            return self._pages.consent(
                request,
                signed_in=signed_in,
                client=client,
                redirect_uri=address.uri,
                resources=asked.resources,
                scopes=sorted(scopes),
                query=query,
            )
        consent = Consent(
            tenant=signed_in.tenant,
            subject=signed_in.subject,
            signed_in_at=signed_in.signed_in_at,
            browser_session=signed_in.session_hash,
            client=client,
            resources=asked.resources,
            scopes=scopes | protocol,
        )
        return self._sent(address, {"code": await self._letting.begin(consent, asked.binding)})

    def _refused(self, address: ReturnAddress, code: str, error: PromptSalesError) -> Response:
        logger(__name__).info(
            "authorization refused", error=code, reason=error.code, client_id=address.client.client_id
        )
        return self._sent(address, {"error": code, "error_description": described(error)})

    def _sent(self, address: ReturnAddress, answer: dict[str, str]) -> Response:
        state = {} if address.state is None else {"state": address.state}
        parameters = {**answer, **state, "iss": self._issuer.issuer}
        return RedirectResponse(add_params_to_uri(address.uri, list(parameters.items())), 303)

    def _failed(self, request: Request, error: PromptSalesError) -> Response:
        logger(__name__).info("authorization failed", reason=error.code, detail=str(error))
        status = 400 if isinstance(error, (Refusal, InvalidInput)) else error.status
        return self._pages.failure(request, problem=error, status=status)


def _allowed(decided: Pairs, offered: frozenset[Scope], *, alone: bool) -> frozenset[Scope]:
    """The scopes a person left ticked; raises ConsentDenied if they did not allow, or left none that is needed."""
    if ("decision", "allow") not in decided:
        raise ConsentDenied("The person did not allow it.")
    kept = offered & frozenset(value for name, value in decided if name == "scope")
    if not kept and not alone:
        raise ConsentDenied("The person allowed nothing of it.")
    return kept


def _sealed(response: Response) -> Response:
    """What no cache keeps and no address leaks from."""
    headers: MutableHeaders = response.headers
    for name, value in _HEADERS.items():
        headers[name] = value
    return response


def _now() -> int:
    return int(time.time())
