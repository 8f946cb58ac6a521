"""Forms answer only to the browser that was shown them.

A form's token is an HMAC under a secret cookie of the same browser, so nothing is stored: the session's cookie once
somebody is signed in, before that a cookie of its own (or a stranger could sign somebody in to the stranger's account).
"""

import base64
import hmac
import secrets
from collections.abc import Mapping
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from identity.people.cookies import Cookie
from identity.people.errors import CsrfMismatch
from kernel.settings import Settings

Bound = Literal["browser", "session"]
_SECONDS = 24 * 3600


class CsrfGuard:
    def __init__(self, settings: Settings, session_cookie: Cookie) -> None:
        self._origin = settings.issuer
        self._session_cookie = session_cookie
        self._browser_cookie = Cookie.of(settings, "promptsales-form", _SECONDS)

    def browser_secret(self, request: Request) -> str:
        """The secret of a browser that nobody is signed in with yet, new when it has none: see `remember`."""
        known = self._browser_cookie.read(request)
        return known if len(known) == 43 else secrets.token_urlsafe(32)

    def session_secret(self, request: Request) -> str:
        """The secret of the browser's session; raises CsrfMismatch without one."""
        known = self._session_cookie.read(request)
        if not known:
            raise CsrfMismatch
        return known

    def token(self, secret: str) -> str:
        """What a form carries for a browser with that secret."""
        digest = hmac.digest(secret.encode("utf-8", "surrogatepass"), b"promptsales form 1", "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def remember(self, response: Response, secret: str) -> None:
        """Give the browser its secret."""
        self._browser_cookie.give(response, secret)

    def verify(self, request: Request, form: Mapping[str, str], bound: Bound) -> None:
        """Raise CsrfMismatch unless the form was shown to this browser, and is sent by the page it was shown on."""
        cookie = self._session_cookie if bound == "session" else self._browser_cookie
        secret = cookie.read(request)
        sent = form.get("csrf", "").encode("utf-8", "surrogatepass")
        if not secret or not hmac.compare_digest(self.token(secret).encode(), sent):
            raise CsrfMismatch
        if not self._from_here(request.headers):
            raise CsrfMismatch

    def _from_here(self, headers: Mapping[str, str]) -> bool:
        """Whether a browser sends a form from a page of this server, as far as the browser says.

        `Origin` counts only where `Sec-Fetch-Site` is not sent: a page under `Referrer-Policy: no-referrer` makes it
        `null` even for its own server.
        """
        if site := headers.get("sec-fetch-site"):
            return site in {"same-origin", "none"}
        return headers.get("origin", self._origin) == self._origin
