"""One byte sequence for one meaning: what a digest can be taken of.

RFC 8785 canonical JSON after Unicode NFC. Decimals travel as strings because JSON numbers are doubles.
"""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, cast

import rfc8785
from pydantic import BaseModel

from kernel.errors import InvalidInput


class NotCanonical(InvalidInput):
    """A value that has no canonical JSON form (NaN, an integer beyond 2^53, a lone surrogate)."""


def canonical_bytes(value: Any) -> bytes:
    """The canonical JSON of a JSON-like value, a pydantic model, or a mix of both."""
    try:
        return rfc8785.dumps(_plain(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotCanonical(f"The value has no canonical form: {error}.") from error


def digest(value: Any) -> str:
    """`sha256:<hex>` of the canonical bytes."""
    return digest_of(canonical_bytes(value))


def digest_of(canonical: bytes) -> str:
    """`sha256:<hex>` of bytes that are canonical already."""
    return f"sha256:{hashlib.sha256(canonical).hexdigest()}"


def _plain(value: Any) -> Any:  # noqa: PLR0911 - one return a type reads best
    match value:
        case str():
            return unicodedata.normalize("NFC", value.value if isinstance(value, Enum) else value)
        case None | bool() | int() | float():
            return value
        case Decimal():
            return format(value, "f")
        case date():  # a datetime is a date
            return value.isoformat()
        case BaseModel():
            return _plain(value.model_dump())
        case Mapping():
            pairs = cast("Mapping[Any, Any]", value)
            return {unicodedata.normalize("NFC", str(key)): _plain(item) for key, item in pairs.items()}
        case list() | tuple():
            return [_plain(item) for item in cast("Sequence[Any]", value)]
        case _:
            raise NotCanonical(f"{type(value).__name__} has no canonical form.")
