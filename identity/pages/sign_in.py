"""GET and POST /sign-in."""

from math import ceil

from starlette.requests import Request
from starlette.responses import Response

from identity.clients.registry import ClientRegistry
from identity.forms import Form, read_form
from identity.pages.addresses import local_return
from identity.pages.answers import client_of, network_address, see_other, with_retry
from identity.pages.languages import asked_in, spoken
from identity.pages.pages import Pages
from identity.pages.texts import say
from identity.people.account import Account, Language
from identity.people.errors import (
    AttemptsUncounted,
    ChoiceExpired,
    CredentialsRejected,
    OrganizationNeeded,
    PasswordsBusy,
    TooManyAttempts,
)
from identity.people.people import People
from identity.people.sign_in import Credentials
from kernel.errors import PromptSalesError
from kernel.logs import logger

_REFUSED = 403
"""Not 401, which would have to name an HTTP authentication scheme."""


class SignInPage:
    def __init__(self, people: People, pages: Pages, clients: ClientRegistry) -> None:
        self._people = people
        self._pages = pages
        self._clients = clients

    async def show(self, request: Request) -> Response:
        """The form; `return_to` in the query says where it leads."""
        back = local_return(request.query_params.get("return_to", ""))
        language = spoken(request, asked=asked_in(back))
        done = request.query_params.get("done") == "invitation"
        return self._pages.sign_in(
            request,
            return_to=back,
            client=await client_of(self._clients, back),
            notice=say("invitation.done", language) if done else None,
            language=language,
        )

    async def enter(self, request: Request) -> Response:
        """Sign in and go on, or the form again with what is wrong."""
        form = await read_form(request)
        self._pages.verify_csrf(request, form, bound="browser")
        back = local_return(form.get("return_to", ""))
        language = spoken(request, asked=form.get("ui_locales", ""))
        try:
            account = await self._account(request, form)
        except OrganizationNeeded as several:
            return self._pages.choose(
                request,
                return_to=back,
                client=await client_of(self._clients, back),
                organizations=several.organizations,
                choice=several.choice,
                language=language,
            )
        except (CredentialsRejected, TooManyAttempts, AttemptsUncounted, PasswordsBusy, ChoiceExpired) as problem:
            return await self._again(request, form, back, language, problem)
        secret = await self._people.sessions.begin(request, account)
        logger(__name__).info("signed in", tenant=account.tenant, subject=account.subject)
        response = see_other(back)
        self._people.sessions.remember(response, secret)
        return response

    async def _account(self, request: Request, form: Form) -> Account:
        organization = form.get("organization", "").strip().lower()
        if choice := form.get("choice"):
            return await self._people.choices.take(choice, organization)
        return await self._people.sign_in.enter(
            Credentials(
                email=form.get("email", ""),
                password=form.get("password", ""),
                client=network_address(request),
                organization=organization,
            )
        )

    async def _again(
        self, request: Request, form: Form, back: str, language: Language, problem: PromptSalesError
    ) -> Response:
        response = self._pages.sign_in(
            request,
            return_to=back,
            client=await client_of(self._clients, back),
            problem=what_is_wrong(problem, language),
            status=_REFUSED if isinstance(problem, CredentialsRejected) else problem.status,
            language=language,
            email=form.get("email", ""),
            organization=form.get("organization", ""),
        )
        return with_retry(response, problem)


def what_is_wrong(problem: PromptSalesError, language: Language) -> str:
    """Why somebody was not let in, in their language."""
    match problem:
        case CredentialsRejected():
            return say("sign_in.rejected", language)
        case TooManyAttempts():
            return say("sign_in.too_many", language).format(minutes=ceil(problem.retry_after / 60))
        case ChoiceExpired():
            return say("sign_in.expired", language)
        case _:
            return say("sign_in.unavailable", language)
