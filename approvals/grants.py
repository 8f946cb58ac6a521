"""Grants: the executor's proof, for one action at one server and for less than a minute, that it was approved."""

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any, cast

from joserfc import jwt
from joserfc.jwk import ECKey

from approvals.domain import Action
from kernel.gate.grants import GRANT_SECONDS, GRANT_TYPE
from kernel.ids import new_id
from kernel.settings import Service, Settings

KEY_FILE = "grant-signing.json"


class GrantSigner:
    """Signs with the one private key that the API publishes and the executor uses."""

    def __init__(self, key: ECKey, settings: Settings) -> None:
        self._key = key
        self._settings = settings

    @classmethod
    def open(cls, settings: Settings) -> "GrantSigner":
        """With the key in the key directory, which the first process that needs it creates."""
        return cls(_load_or_create(settings.keys_dir / KEY_FILE), settings)

    def public_keys(self) -> dict[str, list[dict[str, Any]]]:
        """The JWKS document that servers verify grants with."""
        public = cast("dict[str, Any]", self._key.as_dict(private=False))
        return {"keys": [public | {"use": "sig", "alg": "ES256"}]}

    def sign(self, action: Action, server: Service, *, seconds: int = GRANT_SECONDS) -> str:
        """A grant for the claim that `action` is, fence and digest included."""
        issued = int(time.time())
        claims: dict[str, Any] = {
            "iss": self._settings.url("approvals"),
            "aud": self._settings.audience(server),
            "sub": action.id,
            "tenant": action.tenant,
            "dig": action.digest,
            "fence": action.fence,
            "jti": new_id("grt"),
            "iat": issued,
            "exp": issued + min(seconds, GRANT_SECONDS),
        }
        return jwt.encode({"alg": "ES256", "typ": GRANT_TYPE, "kid": self._key.kid}, claims, self._key)


def _load_or_create(path: Path) -> ECKey:
    """The key in a file. Of several processes that find none, the first one's key becomes everybody's."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _place(json.dumps(_new_key()), path)
    return ECKey.import_key(json.loads(path.read_text()))


def _new_key() -> dict[str, Any]:
    key = ECKey.generate_key("P-256", private=True)
    return cast("dict[str, Any]", key.as_dict(private=True)) | {"kid": key.thumbprint()}


def _place(text: str, path: Path) -> None:
    """Write a file that is never seen half-written and never replaces one that is there."""
    handle, name = tempfile.mkstemp(dir=path.parent)  # readable by the owner alone
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        temporary.unlink()
