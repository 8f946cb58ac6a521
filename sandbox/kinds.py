"""What kind of platform an account meets at a service, whatever faults strike it besides.

honouring: one effect for one idempotency key. forgetful: keys mean nothing, every write has an effect of its own.
slow: the effect happens, its answer comes late; what was done before under the key is answered at once. lying: every
write is a `lie`, as the fault of that name.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from sandbox.errors import InvalidKinds
from sandbox.faults import Platform

Kind = Literal["honouring", "forgetful", "slow", "lying"]

_FIX = "Write service:kind, for example messenger:forgetful."


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True)

    service: Platform
    kind: Kind


def parse_kinds(text: str) -> Mapping[Platform, Kind]:
    """The setting's kinds; whoever is not named is honouring. Raises InvalidKinds naming what cannot be read."""
    entries = [_parse(part.strip()) for part in text.split(",") if part.strip()]
    return {entry.service: entry.kind for entry in entries}


def _parse(part: str) -> _Entry:
    try:
        return _Entry.model_validate(dict(zip(_Entry.model_fields, part.split(":"), strict=True)))
    except ValueError as error:
        raise InvalidKinds(
            f"{part!r} is not a kind of platform.", field="PROMPTSALES_SANDBOX_KINDS", fix=_FIX
        ) from error
