"""Identifiers: a prefix that says what it names, then 26 characters of Crockford base 32."""

import hashlib
import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def _encode(value: int) -> str:
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def new_id(prefix: str) -> str:
    """A unique id that sorts by creation time (millisecond), e.g. `cmp_01jd…`."""
    stamp = int(time.time() * 1000) << 80
    return f"{prefix}_{_encode(stamp | int.from_bytes(os.urandom(10), 'big'))}"


def stable_id(prefix: str, *parts: str) -> str:
    """The same id for the same parts, always: what makes a retried step find its own work."""
    text = "\x1f".join(parts).encode()
    return f"{prefix}_{_encode(int.from_bytes(hashlib.sha256(text).digest()[:16], 'big'))}"
