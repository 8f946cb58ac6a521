"""GET /account, and what one changes there."""

from starlette.requests import Request
from starlette.responses import Response

from identity.forms import read_form
from identity.pages.answers import network_address, see_other, with_retry
from identity.pages.languages import in_language, spoken
from identity.pages.pages import Pages
from identity.pages.sign_in import what_is_wrong
from identity.pages.texts import say
from identity.people.account import Account, Language
from identity.people.errors import CredentialsRejected, PasswordUnsuitable, TooManyAttempts
from identity.people.people import People
from identity.people.sessions import SignedIn
from identity.revoking import Revoker

_NOTICES = {"password": "account.changed", "disconnected": "account.disconnected"}


class AccountPage:
    def __init__(self, people: People, pages: Pages, revoker: Revoker) -> None:
        self._people = people
        self._pages = pages
        self._revoker = revoker

    async def show(self, request: Request) -> Response:
        person = await self._people.sessions.current(request)
        if person is None:
            return self._sign_in(request)
        key = _NOTICES.get(request.query_params.get("done", ""))
        language = spoken(request, person=person.language)
        return await self._account(request, person, language, notice=say(key, language) if key else None)

    async def disconnect(self, request: Request) -> Response:
        """End what one application may do."""
        form = await read_form(request)
        person = await self._people.sessions.current(request)
        if person is None:
            return self._sign_in(request)
        self._pages.verify_csrf(request, form)
        family = form.required("family")
        own = await self._people.repository.connected(Account(person.tenant, person.subject))
        if any(each.family_id == family for each in own):
            await self._revoker.family(person.tenant, family, "disconnected")
        return see_other("/account?done=disconnected")

    async def change_password(self, request: Request) -> Response:
        """A new password, and a new session for this browser alone."""
        form = await read_form(request)
        person = await self._people.sessions.current(request)
        if person is None:
            return self._sign_in(request)
        self._pages.verify_csrf(request, form)
        new = form.get("new_password", "")
        language = spoken(request, asked=form.get("ui_locales", ""), person=person.language)
        if new != form.get("repeated", ""):
            return await self._account(
                request, person, language, problem=say("new.different", language), field="repeated"
            )
        try:
            await self._people.password_change.change(
                person, current=form.get("current", ""), new=new, client=network_address(request)
            )
        except CredentialsRejected:
            wrong = say("account.current_wrong", language)
            return await self._account(request, person, language, problem=wrong, field="current")
        except PasswordUnsuitable as unsuitable:
            why = say(f"new.{unsuitable.reason}", language)
            return await self._account(request, person, language, problem=why, field="new_password")
        except TooManyAttempts as too_many:
            wait = what_is_wrong(too_many, language)
            return with_retry(await self._account(request, person, language, problem=wait, field="current"), too_many)
        response = see_other(in_language("/account?done=password", language))
        secret = await self._people.sessions.begin(request, Account(person.tenant, person.subject))
        self._people.sessions.remember(response, secret)
        return response

    def _sign_in(self, request: Request) -> Response:
        return self._pages.sign_in(request, return_to="/account")

    async def _account(
        self,
        request: Request,
        person: SignedIn,
        language: Language,
        *,
        problem: str | None = None,
        field: str = "",
        notice: str | None = None,
    ) -> Response:
        connected = await self._people.repository.connected(Account(person.tenant, person.subject))
        return self._pages.account(
            request,
            signed_in=person,
            connected=connected,
            problem=problem,
            field=field,
            notice=notice,
            status=422 if problem else 200,
            language=language,
        )
