"""Which key signs and which are published at a moment: times decide, so that nobody has to act at the right second.

A key is published at once, signs from a moment on, and is published until the last token it signed has expired.
Times are whole seconds since the epoch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from joserfc.jwk import ECKey

from identity.domain import USER_SECONDS
from kernel.errors import Conflict

State = Literal["next", "signing", "published", "expired"]

JWKS_SECONDS = 300
"""How long a verifier, and any HTTP cache before it, may keep the published set."""
PUBLISHED_AHEAD_SECONDS = 2 * JWKS_SECONDS + 60
"""From a key's publication to its first signature: two caches in a row, and clocks that differ."""
PUBLISHED_AFTER_SECONDS = USER_SECONDS + 60
"""From the last signature to the end of publication: the longest token's life, and clocks that differ."""


class RotationUnderWay(Conflict):
    """A next key is published and does not sign yet."""


@dataclass(frozen=True, slots=True)
class ScheduledKey:
    key: ECKey
    """With its private part."""
    signs_from: int
    published_until: int | None = None
    """None until a successor is scheduled."""

    @property
    def kid(self) -> str:
        return str(self.key.kid)


@dataclass(frozen=True, slots=True)
class KeySchedule:
    keys: tuple[ScheduledKey, ...]
    """At least one, in the order in which they sign."""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "KeySchedule":
        """From its stored form. Raises KeyError, TypeError, ValueError or JoseError when it is not one."""
        keys = [ECKey.import_key(key) for key in stored["keys"]]
        if not keys or not all(key.is_private and key.kid for key in keys):
            raise ValueError("every key needs a kid and its private part")
        if "schedule" in stored:
            times = cast("Mapping[str, Mapping[str, Any]]", stored["schedule"])
            return cls.of(_scheduled(key, times[str(key.kid)]) for key in keys)
        # Before keys had times, the file named the one that signs.
        signing = stored["signing"]
        if signing not in [key.kid for key in keys]:
            raise ValueError("the key that signs is missing")
        return cls.of(ScheduledKey(key, 1 if key.kid == signing else 0) for key in keys)

    @classmethod
    def of(cls, keys: Iterable[ScheduledKey]) -> "KeySchedule":
        return cls(tuple(sorted(keys, key=lambda scheduled: scheduled.signs_from)))

    def stored(self) -> dict[str, Any]:
        """A private JWK set, the times beside it by kid."""
        times = {one.kid: {"signs_from": one.signs_from, "published_until": one.published_until} for one in self.keys}
        return {"keys": [one.key.as_dict(private=True) for one in self.keys], "schedule": times}

    def signing(self, now: float) -> ScheduledKey:
        """The one key that signs: the last whose time has come. The first when a clock was set back before all."""
        due = [one for one in self.keys if one.signs_from <= now]
        return due[-1] if due else self.keys[0]

    def published(self, now: float) -> Sequence[ScheduledKey]:
        """The keys whose public halves verifiers may see; the one that signs is always among them."""
        signing = self.signing(now)
        return [one for one in self.keys if one is signing or one.published_until is None or one.published_until > now]

    def states(self, now: float) -> list[tuple[ScheduledKey, State]]:
        """Every key with what it is at the moment."""
        signing, published = self.signing(now), self.published(now)

        def state(one: ScheduledKey) -> State:
            if one is signing:
                return "signing"
            if one not in published:
                return "expired"
            return "next" if one.signs_from > now else "published"

        return [(one, state(one)) for one in self.keys]

    def rotated(self, key: ECKey, now: int) -> "KeySchedule":
        """With a next key that signs once every verifier can know it; raises RotationUnderWay while there is one."""
        if any(one.signs_from > now for one in self.keys):
            upcoming = self.keys[-1]
            raise RotationUnderWay(
                f"The key {upcoming.kid} is published already and signs in {upcoming.signs_from - now} s.",
                fix="Wait for it; after a compromise, replace every key at once with --now.",
            )
        starts = now + PUBLISHED_AHEAD_SECONDS
        ends = starts + PUBLISHED_AFTER_SECONDS
        kept = (
            one if one.published_until is not None else replace(one, published_until=ends)
            for one in self.pruned(now).keys
        )
        return KeySchedule.of((*kept, ScheduledKey(key, starts)))

    def replaced(self, key: ECKey) -> "KeySchedule":
        """Only a new key, which signs at once: whatever the others signed is void."""
        return KeySchedule((ScheduledKey(key, 0),))

    def pruned(self, now: int) -> "KeySchedule":
        """Without the keys whose last token has expired."""
        return KeySchedule(tuple(self.published(now)))


def _scheduled(key: ECKey, times: Mapping[str, Any]) -> ScheduledKey:
    starts, ends = times["signs_from"], times["published_until"]
    if type(starts) is not int or (ends is not None and type(ends) is not int):
        raise TypeError("times are whole seconds")
    return ScheduledKey(key, starts, ends)
