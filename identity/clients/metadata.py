"""What a client says about itself: RFC 7591 members, in a metadata document or in a registration."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from identity.clients.errors import MetadataRefused
from identity.clients.urls import checked_redirect
from identity.domain import AUTHORIZATION_CODE, REFRESH_TOKEN, GrantType

MAX_NAME = 100
"""Characters."""
MAX_REDIRECTS = 10
_OFFERED: tuple[GrantType, ...] = (AUTHORIZATION_CODE, REFRESH_TOKEN)
_SECRETS = ("client_secret", "client_secret_expires_at")
_PRIVATE_KEY_MEMBERS = frozenset({"d", "k", "p", "q", "dp", "dq", "qi", "oth"})


@dataclass(frozen=True, slots=True)
class Description:
    """The part of a client's metadata that is used here. Its `scope` is not: a person decides that, at consent."""

    name: str
    redirect_uris: tuple[str, ...]
    grants: frozenset[GrantType]


class _Members(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    client_name: str
    redirect_uris: list[str] = Field(min_length=1, max_length=MAX_REDIRECTS)
    token_endpoint_auth_method: str = "none"  # noqa: S105 - a method's name
    grant_types: list[str] = [AUTHORIZATION_CODE]
    response_types: list[str] = ["code"]


def parse(body: bytes) -> Mapping[str, Any]:
    """A JSON object; raises MetadataRefused for anything else."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MetadataRefused("The client's metadata is not JSON.", field="client_id") from error
    if not isinstance(value, dict):
        raise MetadataRefused("The client's metadata is not a JSON object.", field="client_id")
    return cast("dict[str, Any]", value)


def describe(metadata: Mapping[str, Any]) -> Description:
    """What a public client says about itself; raises MetadataRefused naming the member that does not do.

    A client describes itself once for every server, so grants that it also knows are passed over, not refused.
    """
    members = _members(metadata)
    if members.token_endpoint_auth_method != "none":  # noqa: S105 - a method's name
        raise MetadataRefused(
            f"Clients that authenticate with {_shown(members.token_endpoint_auth_method)} are not supported.",
            field="token_endpoint_auth_method",
            fix="Use none: a public client with PKCE. An operator can register a confidential one.",
        )
    if AUTHORIZATION_CODE not in members.grant_types:
        raise MetadataRefused(
            "The client does not use the grant authorization_code.", field="grant_types", fix="Add it."
        )
    if "code" not in members.response_types:
        raise MetadataRefused("The client does not use the response type code.", field="response_types", fix="Add it.")
    return Description(
        checked_name(members.client_name),
        tuple(dict.fromkeys(checked_redirect(uri) for uri in members.redirect_uris)),
        frozenset(grant for grant in _OFFERED if grant in members.grant_types),
    )


def checked_name(name: str) -> str:
    """A name fit for a consent page; raises MetadataRefused for one that could pass for something else there."""
    plain = name == name.strip() and not any(unicodedata.category(character) in _UNSEEN for character in name)
    if not 1 <= len(name) <= MAX_NAME or not plain:
        raise MetadataRefused(
            f"The client's name is not 1 to {MAX_NAME} visible characters.",
            field="client_name",
            fix="Leave out control and direction characters, and space at the ends.",
        )
    return name


_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories: control, format (direction among them), unassigned, private use, surrogates, separators."""


def _members(metadata: Mapping[str, Any]) -> _Members:
    if present := [name for name in _SECRETS if name in metadata]:
        raise MetadataRefused("A client's metadata is public and holds no secret.", field=present[0], fix="Remove it.")
    if _holds_private_key(metadata.get("jwks")):
        raise MetadataRefused(
            "A client's metadata is public and holds no private key.", field="jwks", fix="Replace it."
        )
    try:
        return _Members.model_validate(dict(metadata))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = str(first["loc"][0])
        raise MetadataRefused(f"The client's {field} does not fit: {first['msg']}.", field=field) from error


def _holds_private_key(jwks: object) -> bool:
    keys = cast("Mapping[str, object]", jwks).get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list):
        return False
    return any(
        isinstance(key, dict) and _PRIVATE_KEY_MEMBERS & cast("dict[str, object]", key).keys()
        for key in cast("list[object]", keys)
    )


def _shown(text: str) -> str:
    return "".join(character if " " <= character <= "~" else "?" for character in text[:40])
