"""Form bodies of the endpoints: read within limits, each parameter once."""

from collections.abc import Iterable
from typing import cast
from urllib.parse import parse_qsl

from starlette.requests import Request

from identity.domain import PROTOCOL_SCOPES
from identity.errors import MalformedRequest, ScopeTooWide
from kernel.auth.principal import Scope
from kernel.auth.roles import ALL_SCOPES

_FORM = "application/x-www-form-urlencoded"
_MAX_BODY = 64 * 1024
_MAX_PARAMETERS = 64


class Form(dict[str, str]):
    """The parameters of a request, each given once; one without a value counts as left out."""

    def required(self, name: str) -> str:
        """A parameter's value; raises MalformedRequest naming it when it is missing."""
        value = self.get(name)
        if not value:
            raise MalformedRequest(f"The parameter {name} is missing.", field=name)
        return value

    def scopes(self) -> frozenset[Scope] | None:
        """The scopes asked for, None for whatever is allowed; raises ScopeTooWide for one that does not exist."""
        return cast("frozenset[Scope] | None", self._scopes(ALL_SCOPES))

    def scopes_of_family(self) -> frozenset[str] | None:
        """The same where protocol scopes such as openid may be among them."""
        return self._scopes(ALL_SCOPES | PROTOCOL_SCOPES)

    def _scopes(self, known: frozenset[str]) -> frozenset[str] | None:
        asked = frozenset(self.get("scope", "").split())
        if unknown := asked - known:
            raise ScopeTooWide(f"There is no scope {' '.join(sorted(unknown))}.", field="scope")
        return asked or None


async def read_form(request: Request) -> Form:
    """The parameters of a form request; raises MalformedRequest for another type, a repeated or an endless one."""
    return once(await read_pairs(request))


async def read_pairs(request: Request) -> list[tuple[str, str]]:
    """The same where parameters may be repeated."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise MalformedRequest("The body is not a form.", field="content-type", fix=f"Send {_FORM}.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            raise MalformedRequest(f"The body has more than {_MAX_BODY} bytes.")
    return parse_pairs(bytes(body))


def parse_pairs(encoded: bytes) -> list[tuple[str, str]]:
    """Names and values of a query string or a form; raises MalformedRequest."""
    try:
        return parse_qsl(encoded.decode(), keep_blank_values=True, max_num_fields=_MAX_PARAMETERS, errors="strict")
    except ValueError as error:
        raise MalformedRequest("The parameters are not a form in UTF-8 of a few parameters.") from error


def once(pairs: Iterable[tuple[str, str]]) -> Form:
    """Parameters of which none may be repeated; raises MalformedRequest."""
    pairs = list(pairs)
    names = [name for name, _ in pairs]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise MalformedRequest(f"The parameter {repeated[0]} is repeated.", field=repeated[0], fix="Give it once.")
    return Form((name, value) for name, value in pairs if value)
