"""Cursors of lists: the last id of a page, opaque to who sends it back."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from identity.administration.errors import BadCursor

T = TypeVar("T")


def position(cursor: str | None) -> str | None:
    """The id a cursor stands for, None for the beginning; raises BadCursor."""
    if cursor is None:
        return None
    try:
        found = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise _bad() from error
    if not found.isprintable():
        raise _bad()
    return found


def page(found: Sequence[T], limit: int, key: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
    """The first `limit` of what was found, and the cursor of the next page when more was found."""
    items = found[:limit]
    more = len(found) > limit
    return items, base64.urlsafe_b64encode(key(items[-1]).encode()).decode() if more else None


def _bad() -> BadCursor:
    return BadCursor("No list returned this cursor.", field="cursor", fix="Use next_cursor of the last page.")
