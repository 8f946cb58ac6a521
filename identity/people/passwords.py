"""Passwords: which are taken, and Argon2id over them (RFC 9106, the profile for little memory: 64 MiB, 3 passes)."""

import asyncio
import re
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from identity.people.errors import PasswordsBusy, PasswordUnsuitable

MIN_LENGTH, MAX_LENGTH = 12, 256
_AT_ONCE, _MAX_WAITING = 2, 64
_OBVIOUS_LONGEST_PATTERN = 5
_MIN_DIFFERENT = 5
_OBVIOUS = (
    "password",
    "passwort",
    "contraseña",
    "contrasena",
    "promptsales",
    "letmein",
    "welcome",
    "bienvenido",
    "iloveyou",
    "teamo",
    "qwertyuiop",
    "qwerty",
    "asdfghjkl",
    "zxcvbnm",
    "administrator",
    "administrador",
    "admin",
    "changeme",
    "cambiame",
    "secret",
    "secreto",
    "trustno",
    "football",
    "futbol",
    "princesa",
    "princess",
    "dragon",
    "monkey",
    "sunshine",
    "1q2w3e4r5t",
    "1q2w3e4r",
    "abc",
)
_ROWS = ("0123456789" * 3, "abcdefghijklmnopqrstuvwxyz" * 2, "qwertyuiopasdfghjklzxcvbnm", "qwertyuiopqwertyuiop")
_LOOKALIKES = str.maketrans("@4301$5!7", "aaeoissit")
_T = TypeVar("_T")


class Passwords:
    """Hashes and checks in two threads of its own, so that however many people sign in, memory stays bounded."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="passwords")
        self._waiting = 0
        # An unknown account is tried against this, which nothing opens, and so costs what a known one does.
        self._nobody = self._hasher.hash(b"\xff nobody's: no text is encoded like this")

    async def new(self, password: str, *, email: str) -> str:
        """The hash of a new password; raises PasswordUnsuitable."""
        require_suitable(password, email=email)
        return await self._run(lambda: self._hasher.hash(_encoded(password)))

    async def match(self, password: str, stored: str | None) -> bool:
        """Whether a password is the one under a hash. Without a hash it is not, which takes as long to find out."""
        return await self._run(lambda: self._verify(password, stored or self._nobody))

    async def renewed(self, password: str, stored: str) -> str | None:
        """A new hash of the right password when the stored one was made with other parameters than today's."""
        if not self._hasher.check_needs_rehash(stored):
            return None
        return await self._run(lambda: self._hasher.hash(_encoded(password)))

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False)

    def _verify(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, _encoded(password[: MAX_LENGTH + 1]))
        except VerifyMismatchError:
            return False

    async def _run(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= _MAX_WAITING:
            raise PasswordsBusy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def require_suitable(password: str, *, email: str) -> None:
    """Raise PasswordUnsuitable for a new password that is too short, too long, or among the first to be guessed."""
    text = unicodedata.normalize("NFC", password)
    if len(text) < MIN_LENGTH:
        raise PasswordUnsuitable("short")
    if len(text) > MAX_LENGTH:
        raise PasswordUnsuitable("long")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise PasswordUnsuitable("characters")
    folded = text.casefold()
    if _little_more_than(folded, email.casefold()) or _little_more_than(folded, email.casefold().partition("@")[0]):
        raise PasswordUnsuitable("email")
    if _obvious(folded):
        raise PasswordUnsuitable("obvious")


def _little_more_than(text: str, part: str) -> bool:
    """Whether fewer than four characters are left without `part`."""
    return len(part) >= 4 and part in text and len(text.replace(part, "")) < 4


def _obvious(folded: str) -> bool:
    if len(set(folded)) < _MIN_DIFFERENT or any(folded in row or folded in row[::-1] for row in _ROWS):
        return True
    if any(folded == (folded[:size] * len(folded))[: len(folded)] for size in range(1, _OBVIOUS_LONGEST_PATTERN + 1)):
        return True
    return _only_decorated(folded)


def _only_decorated(text: str) -> bool:
    """Whether it is well-known words, perhaps in digits that look like letters, between digits and marks."""
    rest, spelled = list(text), text.translate(_LOOKALIKES)
    for word in sorted(_OBVIOUS, key=len, reverse=True):
        for read in (text, spelled):
            for found in re.finditer(re.escape(word), read):
                rest[found.start() : found.end()] = "." * len(word)
    return rest != list(text) and not any(character.isalpha() for character in rest)


def _encoded(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
