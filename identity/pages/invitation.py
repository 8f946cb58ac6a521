"""GET and POST /invitation: somebody invited joins, or a user sets a new password."""

from starlette.requests import Request
from starlette.responses import Response

from identity.administration.invitations import Invitations
from identity.forms import read_form
from identity.pages.answers import see_other
from identity.pages.languages import PARAMETER, in_language, spoken
from identity.pages.pages import Pages
from identity.pages.texts import say
from identity.people.errors import PasswordUnsuitable

_LONGEST_NAME = 100


class InvitationPage:
    def __init__(self, invitations: Invitations, pages: Pages) -> None:
        self._invitations = invitations
        self._pages = pages

    async def show(self, request: Request) -> Response:
        token = request.query_params.get("token", "")
        opened = await self._invitations.look(token)
        language = spoken(request, person=opened.language)
        return self._pages.invitation(request, opened=opened, token=token, language=language)

    async def accept(self, request: Request) -> Response:
        """Join, or store the new password; then the form to sign in with."""
        form = await read_form(request)
        self._pages.verify_csrf(request, form, bound="browser")
        token, display_name = form.required("token"), " ".join(form.get("display_name", "").split())
        opened = await self._invitations.look(token)
        language = spoken(request, asked=form.get(PARAMETER, ""), person=opened.language)

        def again(problem: str, field: str) -> Response:
            return self._pages.invitation(
                request,
                opened=opened,
                token=token,
                language=language,
                problem=say(problem, language),
                field=field,
                display_name=display_name,
                status=422,
            )

        if opened.display_name is None and not _is_name(display_name):
            return again("invitation.name_problem", "display_name")
        if form.get("new_password", "") != form.get("repeated", ""):
            return again("new.different", "repeated")
        try:
            await self._invitations.accept(token, display_name, form.get("new_password", ""))
        except PasswordUnsuitable as unsuitable:
            return again(f"new.{unsuitable.reason}", "new_password")
        return see_other(in_language("/sign-in?done=invitation", language))


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable()
