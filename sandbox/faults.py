"""Faults that a caller of a real platform meets sooner or later, injected on demand or at random.

rate_limit, server_error and timeout happen before any effect; timeout_after_effect after it; lie answers success with
the change not made, or made with another budget.
"""

import secrets
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.errors import InvalidFaults

Platform = Literal["ads", "publisher", "messenger", "inbox"]
FaultKind = Literal["rate_limit", "server_error", "timeout", "timeout_after_effect", "lie"]
Method = Literal["GET", "POST", "DELETE"]

_FIX = "Write service:kind:probability, for example ads:rate_limit:0.05."


class Likelihood(BaseModel):
    model_config = ConfigDict(frozen=True)

    service: Platform
    kind: FaultKind
    probability: Annotated[float, Field(ge=0, le=1)]


def parse_likelihoods(text: str) -> tuple[Likelihood, ...]:
    """The setting's faults in its order. Raises InvalidFaults naming the part that cannot be read."""
    return tuple(_parse(part.strip()) for part in text.split(",") if part.strip())


def _parse(part: str) -> Likelihood:
    try:
        return Likelihood.model_validate(dict(zip(Likelihood.model_fields, part.split(":"), strict=True)))
    except ValueError as error:
        raise InvalidFaults(f"{part!r} is not a fault.", field="PROMPTSALES_SANDBOX_FAULTS", fix=_FIX) from error


def draw(likelihoods: Sequence[Likelihood], service: Platform, method: str) -> FaultKind | None:
    """A fault for this request, by chance; the first that strikes."""
    chance = secrets.SystemRandom()
    for fault in likelihoods:
        if fault.service == service and applies(fault.kind, method) and chance.random() < fault.probability:
            return fault.kind
    return None


def applies(kind: FaultKind, method: str) -> bool:
    """Whether a fault can strike a method: a read has no effect to lie about."""
    return method != "GET" or kind not in {"lie", "timeout_after_effect"}
