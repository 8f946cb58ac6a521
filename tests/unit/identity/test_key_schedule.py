"""Rotation as verifiers live through it, with a clock that the tests set."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from joserfc.jwk import ECKey

from identity.domain import USER_SECONDS
from identity.key_schedule import (
    JWKS_SECONDS,
    PUBLISHED_AFTER_SECONDS,
    PUBLISHED_AHEAD_SECONDS,
    KeySchedule,
    RotationUnderWay,
    ScheduledKey,
)
from identity.keys import TOKEN_SIGNING, SigningKeys, initialise, new_key, rotate, verified_claims

NOW = 1_800_000_000
STEPS = (
    1,
    60,
    JWKS_SECONDS - 10,
    JWKS_SECONDS,
    JWKS_SECONDS + 1,
    USER_SECONDS // 2,
    USER_SECONDS - 1,
    2 * USER_SECONDS,
)
"""Seconds that pass at a time: around what decides, so that the interesting moments are met."""
KEYS = [new_key() for _ in range(8)]


class Clock:
    def __init__(self) -> None:
        self.now: float = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def keys_dir(tmp_path: Path) -> Path:
    initialise(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(keys_dir: Path, clock: Clock) -> SigningKeys:
    return SigningKeys.load(keys_dir / TOKEN_SIGNING, clock=clock)


def kid(token: str) -> str:
    return json.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))["kid"]


def published(keys: SigningKeys) -> list[str]:
    return [key["kid"] for key in keys.public()["keys"]]


def test_next_key_is_published_at_once_and_signs_when_every_verifier_can_know_it(
    keys_dir: Path, keys: SigningKeys, clock: Clock
) -> None:
    (old,) = published(keys)
    rotate(keys_dir, clock=clock)

    assert len(published(keys)) == 2
    new = next(one for one in published(keys) if one != old)
    clock.now += PUBLISHED_AHEAD_SECONDS - 1
    assert kid(keys.sign({})) == old
    clock.now += 1
    assert kid(keys.sign({})) == new
    assert PUBLISHED_AHEAD_SECONDS > 2 * JWKS_SECONDS


def test_old_key_is_published_until_its_last_token_has_expired_then_dropped(
    keys_dir: Path, keys: SigningKeys, clock: Clock
) -> None:
    (old,) = published(keys)
    rotate(keys_dir, clock=clock)
    clock.now += PUBLISHED_AHEAD_SECONDS - 1
    last = keys.sign({"sub": "user:viewer"})
    assert kid(last) == old

    clock.now += USER_SECONDS
    assert keys.verify(last)
    clock.now = NOW + PUBLISHED_AHEAD_SECONDS + PUBLISHED_AFTER_SECONDS - 1
    assert keys.verify(last)
    assert old in published(keys)
    clock.now += 1
    assert keys.verify(last) is None
    assert old not in published(keys)


def test_private_part_of_a_key_that_served_its_time_leaves_the_disk(
    keys_dir: Path, keys: SigningKeys, clock: Clock
) -> None:
    (old,) = published(keys)
    rotate(keys_dir, clock=clock)
    clock.now += PUBLISHED_AHEAD_SECONDS + PUBLISHED_AFTER_SECONDS
    rotate(keys_dir, clock=clock)

    assert old not in (keys_dir / TOKEN_SIGNING).read_text()
    assert (keys_dir / TOKEN_SIGNING).stat().st_mode & 0o777 == 0o600


def test_second_rotation_before_the_first_has_signed_is_refused(keys_dir: Path, clock: Clock) -> None:
    rotate(keys_dir, clock=clock)
    before = (keys_dir / TOKEN_SIGNING).read_bytes()

    with pytest.raises(RotationUnderWay, match=f"signs in {PUBLISHED_AHEAD_SECONDS} s"):
        rotate(keys_dir, clock=clock)
    assert (keys_dir / TOKEN_SIGNING).read_bytes() == before


def test_compromise_replaces_every_key_at_once(keys_dir: Path, keys: SigningKeys, clock: Clock) -> None:
    rotate(keys_dir, clock=clock)
    known, stolen = published(keys), keys.sign({})

    rotate(keys_dir, at_once=True, clock=clock)

    assert len(published(keys)) == 1
    assert not set(published(keys)) & set(known)
    assert keys.verify(stolen) is None
    assert keys.verify(keys.sign({"sub": "user:viewer"})) == {"sub": "user:viewer"}
    assert [one for one in known if one in (keys_dir / TOKEN_SIGNING).read_text()] == []


def test_file_that_becomes_unreadable_leaves_the_last_keys_in_force(
    keys_dir: Path, keys: SigningKeys, clock: Clock
) -> None:
    path = keys_dir / TOKEN_SIGNING
    content, token = path.read_bytes(), keys.sign({})
    path.write_text("{")
    assert keys.verify(token) == {}
    path.unlink()
    assert keys.verify(token) == {}

    path.write_bytes(content)
    rotate(keys_dir, clock=clock)
    assert len(published(keys)) == 2


def test_file_from_before_keys_had_times_is_read_and_rotated(keys_dir: Path, clock: Clock) -> None:
    path = keys_dir / TOKEN_SIGNING
    first, second = KEYS[:2]
    stored = {"signing": second.kid, "keys": [second.as_dict(private=True), first.as_dict(private=True)]}
    path.write_text(json.dumps(stored))

    keys = SigningKeys.load(path, clock=clock)
    assert kid(keys.sign({})) == second.kid
    assert set(published(keys)) == {first.kid, second.kid}
    rotate(keys_dir, clock=clock)
    assert kid(keys.sign({})) == second.kid
    clock.now += PUBLISHED_AHEAD_SECONDS
    assert kid(keys.sign({})) not in {first.kid, second.kid}


def test_key_ids_are_thumbprints(keys: SigningKeys) -> None:
    (public,) = keys.public()["keys"]
    assert public["kid"] == ECKey.import_key({name: public[name] for name in ("kty", "crv", "x", "y")}).thumbprint()


def test_states_are_told(clock: Clock) -> None:
    first, second, third = KEYS[:3]
    schedule = KeySchedule.of(
        [ScheduledKey(first, 0, NOW), ScheduledKey(second, NOW - 10, NOW + 10), ScheduledKey(third, NOW + 5)]
    )
    assert [state for _, state in schedule.states(NOW)] == ["expired", "signing", "next"]
    assert [state for _, state in schedule.states(NOW + 5)] == ["expired", "published", "signing"]
    assert [state for _, state in schedule.states(NOW - 100)] == ["signing", "next", "next"]


@pytest.mark.parametrize("times", [{}, {"signs_from": "0", "published_until": None}, {"signs_from": 0}, None, 7])
def test_schedule_without_usable_times_is_refused(times: Any) -> None:
    key = KEYS[0]
    stored = {"keys": [key.as_dict(private=True)], "schedule": {key.kid: times}}
    with pytest.raises((KeyError, TypeError)):
        KeySchedule.read(stored)


@dataclass
class Verifier:
    """A resource server: its copy of the published set, through a cache, is up to ten minutes old."""

    fetched_at: float
    keys: list[ECKey]


class Rotations(RuleBasedStateMachine):
    """Whatever the moments of rotations, every live token verifies wherever it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = float(NOW)
        self.schedule = KeySchedule((ScheduledKey(KEYS[0], 0),))
        self.tokens: list[tuple[float, ECKey]] = []

    def _key(self) -> ECKey:
        """One that is not in use, nor was when a token was signed that lives."""
        used = {one.kid for one in self.schedule.keys} | {str(key.kid) for _, key in self.tokens}
        return next(key for key in KEYS if key.kid not in used)

    @initialize()
    def verifiers_fetch(self) -> None:
        self.cached = self._public()  # what an HTTP cache before the verifiers holds
        self.cached_at = self.clock
        self.verifiers = [Verifier(self.clock, self.cached) for _ in range(3)]

    def _public(self) -> list[ECKey]:
        return [one.key for one in self.schedule.published(self.clock)]

    @rule(seconds=st.sampled_from(STEPS), choice=st.integers(0, 2))
    def time_passes(self, seconds: int, choice: int) -> None:
        """Caches are kept for as long as they may be; one verifier happens to fetch."""
        self.clock += seconds
        if self.clock - self.cached_at > JWKS_SECONDS:
            self.cached, self.cached_at = self._public(), self.clock
        for verifier in self.verifiers:
            if verifier is self.verifiers[choice] or self.clock - verifier.fetched_at > JWKS_SECONDS:
                verifier.fetched_at, verifier.keys = self.clock, self.cached

    @rule()
    def http_cache_forgets(self) -> None:
        self.cached, self.cached_at = self._public(), self.clock

    @rule()
    def token_is_signed(self) -> None:
        self.tokens.append((self.clock + USER_SECONDS, self.schedule.signing(self.clock).key))

    @rule()
    def keys_are_rotated(self) -> None:
        before = self.schedule
        try:
            self.schedule = before.rotated(self._key(), int(self.clock))
        except RotationUnderWay:
            assert any(one.signs_from > int(self.clock) for one in before.keys)

    @precondition(lambda self: len(self.schedule.keys) > 1)
    @rule()
    def file_is_pruned_and_read_again(self) -> None:
        self.schedule = KeySchedule.read(json.loads(json.dumps(self.schedule.pruned(int(self.clock)).stored())))

    @invariant()
    def every_live_token_verifies_everywhere(self) -> None:
        self.tokens = [(expires, key) for expires, key in self.tokens if expires > self.clock]
        for _, key in self.tokens:
            assert key.kid in {one.kid for one in self._public()}
            for verifier in self.verifiers:
                assert key.kid in {one.kid for one in verifier.keys}

    @invariant()
    def what_signs_now_verifies_everywhere(self) -> None:
        signing = self.schedule.signing(self.clock).kid
        for verifier in self.verifiers:
            assert signing in {one.kid for one in verifier.keys}

    @invariant()
    def few_keys_are_kept(self) -> None:
        assert (
            len(self.schedule.pruned(int(self.clock)).keys)
            <= 2 + PUBLISHED_AFTER_SECONDS // PUBLISHED_AHEAD_SECONDS + 1
        )


TestRotations = Rotations.TestCase
TestRotations.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)


async def test_verifying_a_token_needs_only_the_published_half(keys: SigningKeys) -> None:
    public = await keys.keys()
    assert not any(key.is_private for key in public.keys)
    assert verified_claims(keys.sign({"sub": "user:viewer"}), public) == {"sub": "user:viewer"}
