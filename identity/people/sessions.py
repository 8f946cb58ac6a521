"""Browser sessions: who a request's cookie says is signed in. The cookie is a secret of which only the hash is kept."""

from starlette.requests import Request
from starlette.responses import Response

from identity import opaque
from identity.domain import BROWSER_SESSION_SECONDS
from identity.people.account import Account, SignedIn
from identity.people.cookies import Cookie
from identity.people.repository import PeopleRepository
from kernel.settings import Settings

__all__ = ["BrowserSessions", "SignedIn"]


class BrowserSessions:
    def __init__(self, settings: Settings, repository: PeopleRepository) -> None:
        self.cookie = Cookie.of(settings, "promptsales-session", BROWSER_SESSION_SECONDS)
        self._repository = repository

    async def current(self, request: Request) -> SignedIn | None:
        """Who is signed in; None without a cookie, or when its session is over or its person disabled."""
        found = self._presented(request)
        return await self._repository.session(found.tenant, found.secret_hash) if found else None

    async def begin(self, request: Request, account: Account) -> str:
        """Sign a person in and return the cookie's new secret; a session this browser had before ends."""
        secret = opaque.make(opaque.BROWSER_SESSION, account.tenant)
        made = opaque.read(opaque.BROWSER_SESSION, secret)
        assert made is not None  # noqa: S101 - what `make` makes `read` reads
        before = self._presented(request)
        if before and before.tenant != account.tenant:
            await self._repository.end_session(before.tenant, before.secret_hash)
        replaces = before.secret_hash if before and before.tenant == account.tenant else None
        await self._repository.begin_session(account, made.secret_hash, BROWSER_SESSION_SECONDS, replaces=replaces)
        return secret

    def remember(self, response: Response, secret: str) -> None:
        """Give the browser the cookie."""
        self.cookie.give(response, secret)

    def forget(self, response: Response) -> None:
        """Take the cookie back."""
        self.cookie.take_back(response)

    def _presented(self, request: Request) -> opaque.OpaqueSecret | None:
        return opaque.read(opaque.BROWSER_SESSION, self.cookie.read(request))
