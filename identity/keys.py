"""Keys and secrets in the key directory: made once, readable by their owner alone.

| file | holds |
|---|---|
| token-signing.json | private JWK set of the issuer; `signing` names the kid that signs, all are published |
| cli-assertion.json | private JWK with which the local command line signs its assertions |
| clients.json | `{client_id: secret}` for every confidential client, and for API keys that are no OAuth client |

To rotate, add a key to the set, wait until verifiers have fetched it, name it in `signing`, and drop the old one when
its last token has expired.
"""

import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from identity.domain import CLIENTS, KEYED_CLIENTS
from identity.errors import KeysUnreadable

TOKEN_SIGNING = "token-signing.json"  # noqa: S105 - a file's name
CLI_ASSERTION = "cli-assertion.json"
CLIENT_SECRETS = "clients.json"
ALGORITHM = "ES256"
API_KEYS = ("sandbox",)
"""Secrets kept beside the clients' that are no OAuth client: the sandbox platform's API key."""
_LOCK = ".lock"


class SigningKeys:
    """The issuer's keys: one signs, every public half is published."""

    def __init__(self, signing: ECKey, published: KeySet) -> None:
        self._signing = signing
        self._published = published

    @classmethod
    def load(cls, path: Path) -> "SigningKeys":
        """Read the key file; raises KeysUnreadable when it is not one."""
        try:
            stored = cast("dict[str, Any]", json.loads(path.read_text()))
            keys = [ECKey.import_key(key) for key in stored["keys"]]
            signing = next(key for key in keys if key.kid == stored["signing"] and key.is_private)
        except (OSError, ValueError, KeyError, TypeError, StopIteration, JoseError) as error:
            raise KeysUnreadable(
                f"{path} holds no usable signing key ({type(error).__name__}).",
                fix="Restore it, or move it away and run: python -m identity init",
            ) from error
        return cls(signing, KeySet([ECKey.import_key(key.as_dict()) for key in keys]))

    def sign(self, claims: dict[str, Any]) -> str:
        """A signed RFC 9068 access token."""
        header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": self._signing.kid}
        return jwt.encode(header, claims, self._signing)

    def verify(self, token: str) -> dict[str, Any] | None:
        """The claims of an access token that one of these keys signed, else None."""
        return verified_claims(token, self._published, token_type="at+jwt")  # noqa: S106 - a type's name

    def public(self) -> dict[str, Any]:
        """The JWK set to publish."""
        return {"keys": [key.as_dict() for key in self._published.keys]}


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
    key = _new_key()
    content = {"signing": key.kid, "keys": [key.as_dict(private=True)]}
    return _create(keys_dir / TOKEN_SIGNING, content)


def _make_assertion_key(keys_dir: Path) -> list[str]:
    return _create(keys_dir / CLI_ASSERTION, _new_key().as_dict(private=True))


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


def _new_key() -> ECKey:
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
