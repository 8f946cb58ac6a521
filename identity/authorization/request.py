"""Authorization requests: read from their parameters, every one of them checked.

First who asks and where the answer goes (`return_address`): while that is in doubt nothing may be sent anywhere. Then
the rest (`authorization_request`), whose faults are told to the client.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args
from urllib.parse import urlencode

from identity.clients.client import Client
from identity.domain import AUTHORIZATION_CODE, OPENID, require_grant
from identity.errors import (
    AuthorizationUnsafe,
    MalformedRequest,
    RequestObjectRefused,
    RequestUriRefused,
    ResponseTypeUnknown,
    TargetRefused,
)
from identity.families import Binding
from identity.forms import Form, once
from kernel.auth.roles import Resource

Prompt = Literal["none", "login", "consent", "select_account"]
PROMPTS: tuple[Prompt, ...] = get_args(Prompt)
_ASKS_TO_SIGN_IN: frozenset[Prompt] = frozenset({"login", "select_account"})

MAX_QUERY = 8000
_MAX_VALUE = 2048
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_SCOPE = re.compile(r"[!#-\[\]-~]+(?: [!#-\[\]-~]+)*")
_SECONDS = re.compile(r"[0-9]{1,9}")

Pairs = Sequence[tuple[str, str]]
Find = Callable[[str], Awaitable[Client | None]]


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """Who asks, and where the browser is sent with the answer."""

    client: Client
    uri: str
    state: str | None


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a client asks a person for."""

    resources: tuple[Resource, ...]
    scopes: frozenset[str]
    """As the client wrote them; empty for whatever is allowed."""
    binding: Binding
    prompts: frozenset[Prompt]
    max_age: int | None
    """Seconds since the person signed in, at most."""
    id_token_hint: str | None
    """An ID token about who is expected, not verified yet."""

    @property
    def silent(self) -> bool:
        """Whether the person must not be shown anything."""
        return "none" in self.prompts

    def wants_sign_in(self, signed_in_at: int, now: int) -> bool:
        """Whether somebody who signed in at a time (seconds since the epoch) is to do it again."""
        stale = self.max_age is not None and (self.max_age == 0 or signed_in_at + self.max_age < now)
        return stale or bool(self.prompts & _ASKS_TO_SIGN_IN)


async def return_address(pairs: Pairs, find: Find) -> ReturnAddress:
    """Where the answer may go.

    Raises AuthorizationUnsafe unless client_id and redirect_uri are there once, of a client that is known and an
    address that it registered; and what a look-up raises when the client describes itself at an address.
    """
    client_id, uri = _only(pairs, "client_id"), _only(pairs, "redirect_uri")
    client = await find(client_id)
    if client is None:
        raise AuthorizationUnsafe("The application is not known here, or was disabled.", field="client_id")
    if not client.allows_redirect(uri):
        raise AuthorizationUnsafe(
            "The application did not register the address that it wants the answer sent to.",
            field="redirect_uri",
            fix="Register this redirect_uri exactly; only at http on loopback any port may stand.",
        )
    states = [value for name, value in pairs if name == "state"]
    return ReturnAddress(client, uri, states[0] if len(states) == 1 else None)


def authorization_request(
    pairs: Pairs, address: ReturnAddress, resource: Callable[[str], Resource]
) -> AuthorizationRequest:
    """The request proper; raises a Refusal. `resource` gives a resource by its URI or raises TargetRefused."""
    form = once(pair for pair in pairs if pair[0] != "resource")
    if "request" in form:
        raise RequestObjectRefused("Requests as JWTs are not read.", field="request", fix="Send plain parameters.")
    if "request_uri" in form:
        raise RequestUriRefused("Requests are not fetched.", field="request_uri", fix="Send plain parameters.")
    if long := [name for name, value in form.items() if len(value) > _MAX_VALUE]:
        raise MalformedRequest(f"The parameter {long[0]} is longer than {_MAX_VALUE}.", field=long[0])
    if form.required("response_type") != "code":
        raise ResponseTypeUnknown("Only codes are handed out.", field="response_type", fix="Set it to code.")
    if form.get("response_mode", "query") != "query":
        raise MalformedRequest("Answers come in the query alone.", field="response_mode", fix="Leave it out.")
    require_grant(address.client, AUTHORIZATION_CODE)
    scopes = _scopes(form)
    return AuthorizationRequest(
        resources=_resources([value for name, value in pairs if name == "resource"], scopes, resource),
        scopes=scopes,
        binding=Binding(address.uri, _challenge(form), form.get("nonce")),
        prompts=_prompts(form),
        max_age=_max_age(form),
        id_token_hint=form.get("id_token_hint"),
    )


def without_sign_in(pairs: Pairs) -> str:
    """The query of the same request once the person has signed in as it asks: no reason is left to do so again."""
    kept: list[tuple[str, str]] = []
    for name, value in pairs:
        if name == "max_age":
            continue
        if name == "prompt":
            left = " ".join(word for word in value.split() if word not in _ASKS_TO_SIGN_IN)
            if left:
                kept.append((name, left))
            continue
        kept.append((name, value))
    return urlencode(kept)


def _only(pairs: Pairs, name: str) -> str:
    values = [value for given, value in pairs if given == name]
    if len(values) != 1 or not values[0]:
        raise AuthorizationUnsafe(f"The parameter {name} has to be there, once.", field=name)
    return values[0]


def _challenge(form: Form) -> str:
    challenge = form.required("code_challenge")
    if form.get("code_challenge_method") != "S256":
        raise MalformedRequest(
            "The code_challenge has to be an S256 one.", field="code_challenge_method", fix="Set it to S256."
        )
    if not _CHALLENGE.fullmatch(challenge):
        raise MalformedRequest("The code_challenge is no SHA-256 in base64url.", field="code_challenge")
    return challenge


def _scopes(form: Form) -> frozenset[str]:
    asked = form.get("scope", "")
    if asked and not _SCOPE.fullmatch(asked):
        raise MalformedRequest("The scope is no list of names with one space between them.", field="scope")
    return frozenset(asked.split())


def _resources(
    named: Iterable[str], scopes: frozenset[str], resource: Callable[[str], Resource]
) -> tuple[Resource, ...]:
    found: tuple[Resource, ...] = tuple(dict.fromkeys(resource(uri) for uri in named))
    if found:
        return found
    if OPENID in scopes:
        return ("identity",)
    raise TargetRefused("The parameter resource is missing.", field="resource", fix="Name the server to talk to.")


def _prompts(form: Form) -> frozenset[Prompt]:
    asked = frozenset(form.get("prompt", "").split())
    if unknown := asked - frozenset(PROMPTS):
        raise MalformedRequest(f"There is no prompt {' '.join(sorted(unknown))}.", field="prompt")
    if "none" in asked and len(asked) > 1:
        raise MalformedRequest("The prompt none stands alone.", field="prompt")
    return cast("frozenset[Prompt]", asked)


def _max_age(form: Form) -> int | None:
    asked = form.get("max_age")
    if asked is None:
        return None
    if not _SECONDS.fullmatch(asked):
        raise MalformedRequest("The max_age is no number of seconds.", field="max_age")
    return int(asked)
