"""Keys and secrets in the key directory: made once, readable by their owner alone.

| file | holds |
|---|---|
| token-signing.json | private JWK set of the issuer, and from when each key signs and until when it is published |
| cli-assertion.json | private JWK with which the local command line signs its assertions |
| clients.json | `{client_id: secret}` for every confidential client, and for API keys that are no OAuth client |

Keys are rotated with `python -m identity rotate-keys`: see `identity.key_schedule`. A running issuer reads the file
again when it changes.
"""

import fcntl
import json
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from identity.domain import CLIENTS, KEYED_CLIENTS
from identity.errors import KeysUnreadable
from identity.key_schedule import KeySchedule, ScheduledKey
from kernel.logs import logger

TOKEN_SIGNING = "token-signing.json"  # noqa: S105 - a file's name
CLI_ASSERTION = "cli-assertion.json"
CLIENT_SECRETS = "clients.json"
ALGORITHM = "ES256"
API_KEYS = ("sandbox",)
"""Secrets kept beside the clients' that are no OAuth client: the sandbox platform's API key."""
_LOCK = ".lock"

Clock = Callable[[], float]
"""Seconds since the epoch."""


class SigningKeys:
    """The issuer's keys as their file says now: one signs, every public half is published."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._seen: object = None
        self._schedule = self._read()
        self._published: tuple[Sequence[ScheduledKey], KeySet] = ((), KeySet([]))

    @classmethod
    def load(cls, path: Path, *, clock: Clock = time.time) -> "SigningKeys":
        """Read the key file; raises KeysUnreadable when it is not one. `clock` gives seconds since the epoch."""
        return cls(path, clock)

    def sign(self, claims: dict[str, Any], *, token_type: str = "at+jwt") -> str:  # noqa: S107 - a type's name
        """A signed JWT of a `typ`: an RFC 9068 access token unless told otherwise."""
        signing = self._current().signing(self._clock()).key
        return jwt.encode({"alg": ALGORITHM, "typ": token_type, "kid": signing.kid}, claims, signing)

    def verify(self, token: str, *, token_type: str = "at+jwt") -> dict[str, Any] | None:  # noqa: S107
        """The claims of a JWT of that `typ` that a published key signed, else None. Times are not looked at."""
        return verified_claims(token, self._public_set(), token_type=token_type)

    def public(self) -> dict[str, Any]:
        """The JWK set to publish."""
        return {"keys": [key.as_dict() for key in self._public_set().keys]}

    async def keys(self, *, refresh: bool = False) -> KeySet:  # noqa: ARG002 - nothing is cached that could be stale
        """The published set: what a TokenVerifier of this process takes for its keys."""
        return self._public_set()

    def _public_set(self) -> KeySet:
        published = self._current().published(self._clock())
        if self._published[0] != published:
            self._published = (published, KeySet([ECKey.import_key(one.key.as_dict()) for one in published]))
        return self._published[1]

    def _current(self) -> KeySchedule:
        """The schedule, read again when the file is another one. One that cannot be read leaves the last in force."""
        if self._version() != self._seen:
            try:
                self._schedule = self._read()
            except KeysUnreadable as error:
                logger(__name__).error("signing keys not read again", reason=str(error))
        return self._schedule

    def _read(self) -> KeySchedule:
        self._seen = self._version()
        return read_schedule(self._path)

    def _version(self) -> object:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def read_schedule(path: Path) -> KeySchedule:
    """The issuer's keys and their times; raises KeysUnreadable."""
    try:
        return KeySchedule.read(json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError, JoseError) as error:
        raise KeysUnreadable(
            f"{path} holds no usable signing key ({type(error).__name__}).",
            fix="Restore it, or move it away and run: python -m identity init",
        ) from error


def rotate(keys_dir: Path, *, at_once: bool = False, clock: Clock = time.time) -> KeySchedule:
    """Add a key that signs as soon as every verifier can know it; what has served its time is dropped.

    `at_once`, after a compromise: a new key replaces all others now, and no token they signed is accepted once
    verifiers have fetched the set again. Raises RotationUnderWay, KeysUnreadable. Safe in several processes at once.
    """
    path = keys_dir / TOKEN_SIGNING
    with _alone(keys_dir):
        schedule, now = read_schedule(path), int(clock())
        changed = schedule.replaced(new_key()) if at_once else schedule.rotated(new_key(), now)
        _write(path, changed.stored())
    return changed


def verified_claims(token: str, keys: KeySet, *, token_type: str | None = None) -> dict[str, Any] | None:
    """The claims of a JWT with a good ES256 signature by one of `keys` and that `typ`, else None."""
    try:
        decoded = jwt.decode(token, keys, algorithms=[ALGORITHM])
    except (JoseError, ValueError, RecursionError):
        return None
    if token_type and decoded.header.get("typ") != token_type:
        return None
    return decoded.claims


def stated_issuer(token: str) -> str | None:
    """Who a JWT says it is from, to find the key to check it with: not to be believed before that."""
    try:
        claims: object = json.loads(jws.extract_compact(token.encode()).payload or b"null")
    except (JoseError, ValueError, RecursionError):
        return None
    issuer = cast("dict[str, object]", claims).get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else None


def public_keys(path: Path) -> dict[str, Any] | None:
    """The public JWK set of a private JWK file; None when there is no such file."""
    if not path.exists():
        return None
    try:
        key = ECKey.import_key(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError, JoseError) as error:
        raise KeysUnreadable(f"{path} holds no private JWK ({type(error).__name__}).") from error
    return {"keys": [key.as_dict()]}


def initialise(keys_dir: Path) -> list[str]:
    """Create what is missing and return its names; what exists stays. Safe in several processes at once."""
    keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys_dir.chmod(0o700)
    with _alone(keys_dir):
        return [*_make_signing_keys(keys_dir), *_make_assertion_key(keys_dir), *_make_secrets(keys_dir)]


def _make_signing_keys(keys_dir: Path) -> list[str]:
    path = keys_dir / TOKEN_SIGNING
    if not path.exists():
        return _create(path, KeySchedule((ScheduledKey(new_key(), 0),)).stored())
    path.chmod(0o600)
    schedule = read_schedule(path)
    kept = schedule.pruned(int(time.time()))
    if kept != schedule:
        _write(path, kept.stored())
    return []


def _make_assertion_key(keys_dir: Path) -> list[str]:
    return _create(keys_dir / CLI_ASSERTION, new_key().as_dict(private=True))


def _make_secrets(keys_dir: Path) -> list[str]:
    path = keys_dir / CLIENT_SECRETS
    known = _read_secrets(path)
    missing = [name for name in (*CLIENTS, *API_KEYS) if name not in known and name not in KEYED_CLIENTS]
    if missing:
        _write(path, known | {name: _new_secret() for name in missing})
    path.chmod(0o600)
    return [f"{CLIENT_SECRETS}:{name}" for name in missing]


def _read_secrets(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        stored: object = json.loads(path.read_text())
    except ValueError as error:
        raise KeysUnreadable(f"{path} is not JSON.", fix="Restore it, or move it away and run init again.") from error
    if not isinstance(stored, dict):
        raise KeysUnreadable(f"{path} is not a JSON object of secrets.", fix="Move it away and run init again.")
    return cast("dict[str, str]", stored)


def new_key() -> ECKey:
    """A key whose `kid` is its thumbprint (RFC 7638)."""
    return ECKey.generate_key("P-256", parameters={"use": "sig", "alg": ALGORITHM}, auto_kid=True)


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


def _create(path: Path, content: object) -> list[str]:
    if path.exists():
        path.chmod(0o600)
        return []
    _write(path, content)
    return [path.name]


def _write(path: Path, content: object) -> None:
    """Replace a file in one step, readable by its owner alone from the first byte."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def _alone(keys_dir: Path) -> Generator[None]:
    """Hold the directory's lock; it falls when the process ends, however it ends."""
    descriptor = os.open(keys_dir / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
