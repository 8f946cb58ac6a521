"""The passwords of the embedded servers: made at first start, readable by their owner alone.

The identity service makes its own keys and the clients' secrets (`python -m identity init`).
"""

import json
import os
import secrets
from pathlib import Path
from typing import cast

from kernel.settings import Settings

_IDENTITY_FILES = ("token-signing.json", "cli-assertion.json", "clients.json")
_FILES: dict[str, tuple[str, ...]] = {"database.json": ("postgres", "roles"), "valkey.json": ("default",)}


def ensure_passwords(settings: Settings) -> None:
    """Make every password that does not exist yet; keep those that do."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    settings.keys_dir.mkdir(mode=0o700, exist_ok=True)
    for name, entries in _FILES.items():
        path = settings.keys_dir / name
        known = read_secrets(path)
        missing = {entry: secrets.token_urlsafe(32) for entry in entries if entry not in known}
        if missing:
            _write(path, {**known, **missing})


def has_keys(settings: Settings) -> bool:
    """Has the identity service made its keys?"""
    return all((settings.keys_dir / name).exists() for name in _IDENTITY_FILES)


def read_secrets(path: Path) -> dict[str, str]:
    """A file of secrets by name; empty when there is no such file."""
    return cast("dict[str, str]", json.loads(path.read_text())) if path.exists() else {}


def _write(path: Path, content: object) -> None:
    """Replace a file in one step, so that nobody ever reads half of it."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with open(temporary, "w", opener=_private) as file:
        json.dump(content, file, indent=1)
    temporary.replace(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
