import asyncio
import threading
import unicodedata
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from hypothesis import given
from hypothesis import strategies as st

from identity.people.errors import PasswordsBusy, PasswordUnsuitable, Unsuitable
from identity.people.passwords import Passwords, require_suitable

GOOD = "a quiet lighthouse at noon"
EMAIL = "ada.lovelace@people.example"


def quick() -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(quick())
    yield made
    made.close()


async def test_a_stored_password_matches_itself_alone(passwords: Passwords) -> None:
    stored = await passwords.new(GOOD, email=EMAIL)

    assert await passwords.match(GOOD, stored)
    assert not await passwords.match(GOOD + " ", stored)
    assert not await passwords.match("", stored)
    assert not await passwords.match("\ud800", stored)
    assert GOOD not in stored


async def test_two_people_with_one_password_have_different_hashes(passwords: Passwords) -> None:
    assert await passwords.new(GOOD, email=EMAIL) != await passwords.new(GOOD, email=EMAIL)


async def test_nothing_matches_an_account_without_a_password(passwords: Passwords) -> None:
    assert not await passwords.match(GOOD, None)


async def test_hashes_are_argon2id_as_rfc_9106_recommends_for_little_memory() -> None:
    passwords = Passwords()
    try:
        made = extract_parameters(await passwords.new(GOOD, email=EMAIL))
    finally:
        passwords.close()

    assert made == RFC_9106_LOW_MEMORY
    assert (made.memory_cost, made.time_cost) == (64 * 1024, 3)


async def test_a_password_typed_on_another_keyboard_is_the_same(passwords: Passwords) -> None:
    composed = unicodedata.normalize("NFC", "señales y canción única")
    stored = await passwords.new(composed, email=EMAIL)

    assert await passwords.match(unicodedata.normalize("NFD", composed), stored)


async def test_only_a_hash_of_other_parameters_is_renewed(passwords: Passwords) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=32, parallelism=1).hash(GOOD)

    renewed = await passwords.renewed(GOOD, old)

    assert renewed
    assert await passwords.match(GOOD, renewed)
    assert await passwords.renewed(GOOD, renewed) is None


class _Gate(PasswordHasher):
    """Hashing that waits to be let through; knows how many were in it at once."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=64, parallelism=1)
        self.opened = threading.Event()
        self.inside = self.most = 0
        self._lock = threading.Lock()

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 - the library's name  # pyright: ignore[reportIncompatibleMethodOverride]
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.opened.wait(10)
        with self._lock:
            self.inside -= 1
        return True


async def test_at_most_two_passwords_are_checked_at_once_and_a_crowd_is_sent_away() -> None:
    gate = _Gate()
    passwords = Passwords(gate)
    waiting = [asyncio.create_task(passwords.match(GOOD, None)) for _ in range(64)]
    await asyncio.sleep(0)
    try:
        with pytest.raises(PasswordsBusy):
            await passwords.match(GOOD, None)
    finally:
        gate.opened.set()
        await asyncio.gather(*waiting)
        passwords.close()

    assert gate.most <= 2


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("eleven char", "short"),
        ("x1y2z3" * 43, "long"),
        ("quiet\nlighthouse", "characters"),
        ("quiet\x00lighthouse", "characters"),
        ("quiet\ud800lighthouse", "characters"),
        ("ada.lovelace@people.example", "email"),
        ("Ada.Lovelace@People.Example1", "email"),
        ("ada.lovelace1", "email"),
        ("aaaaaaaaaaaaaaaa", "obvious"),
        ("abababababab", "obvious"),
        ("abcde" * 4, "obvious"),
        ("123456789012", "obvious"),
        ("0987654321098", "obvious"),
        ("abcdefghijklmnop", "obvious"),
        ("qwertyuiopas", "obvious"),
        ("Password2026!", "obvious"),
        ("p@ssw0rd-2026", "obvious"),
        ("PROMPTSALES!!123", "obvious"),
        ("contraseña123", "obvious"),
        ("¡Contraseña2026!", "obvious"),
        ("admin-admin-12", "obvious"),
        ("Welcome-Admin-1", "obvious"),
    ],
)
def test_a_password_that_is_guessed_first_is_not_taken(password: str, reason: Unsuitable) -> None:
    with pytest.raises(PasswordUnsuitable) as refused:
        require_suitable(password, email=EMAIL)

    assert refused.value.reason == reason
    assert password not in str(refused.value)


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "8317-4412-9931",
        "correct horse battery staple",
        "密码密码安全的灯塔在中午很安静",
        "my password is a lighthouse",
        "ada.lovelace likes engines",
        "x1y2z3" * 42,
    ],
)
def test_a_password_with_something_of_its_own_is_taken(password: str) -> None:
    require_suitable(password, email=EMAIL)


@given(st.text(), st.text())
def test_any_text_is_taken_or_refused_with_a_reason(password: str, email: str) -> None:
    try:
        require_suitable(password, email=email)
    except PasswordUnsuitable as refused:
        assert refused.reason in {"short", "long", "characters", "email", "obvious"}  # noqa: PT017
    else:
        assert 12 <= len(unicodedata.normalize("NFC", password)) <= 256
