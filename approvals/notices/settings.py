"""Where notices go (prefix `PROMPTSALES_NOTIFICATION_`), checked when the process starts.

`CHANNELS` is a JSON list, such as
`[{"kind": "email", "host": "smtp.example.com", "from": "queue@example.com", "to": ["ops@example.com"]},
  {"kind": "webhook", "url": "https://hooks.example.com/x", "secret_env": "HOOK_SECRET", "events": ["unknown"]}]`.
"""

import json
import os
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from approvals.notices.errors import ChannelMisconfigured
from approvals.notices.notice import Event, Language

_SETTING = "PROMPTSALES_NOTIFICATION_CHANNELS"
_SHORTEST_SECRET = 16
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Address = Annotated[str, StringConstraints(pattern=r"^[^@\s<>,;:\"]+@[^@\s<>,;:\"]+$", max_length=254)]
Tenants = Annotated[list[Annotated[str, StringConstraints(min_length=1)]], Field(min_length=1)]
Events = Annotated[list[Event], Field(min_length=1)]


class NotificationSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PROMPTSALES_NOTIFICATION_", extra="ignore")

    channels: Annotated[str | None, Field(repr=False)] = None
    """A JSON list of channels; unset means the sandbox's inbox, `[]` none."""
    max_attempts: int = Field(default=10, ge=1, le=100)
    """Attempts before a delivery is left as dead."""
    backoff_seconds: float = Field(default=5.0, gt=0, le=600)
    """Pause before the second attempt; it doubles with each one, up to an hour."""
    keep_days: int = Field(default=30, ge=1, le=3650)
    """How long notices are kept, delivered or dead."""


class _Channel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name | None = None
    """What deliveries are kept under; the kind unless given."""
    tenants: Tenants | None = None
    """Only these organisations' notices; null for every one's."""
    events: Events | None = None
    """Only these events; null for all."""
    language: Language = "en"


class EmailChannel(_Channel):
    kind: Literal["email"]
    host: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    sender: Annotated[Address, Field(alias="from")]
    to: Annotated[list[Address], Field(min_length=1, max_length=50)]
    tls: Literal["offered", "required", "implicit"] = "offered"
    """STARTTLS when the server offers it; refuse to send without; or TLS from the first byte."""
    ca: Path | None = None
    """PEM authorities that vouch for the server, beside the system's."""
    username: str | None = None
    password_file: Path | None = None
    password_env: str | None = None


class WebhookChannel(_Channel):
    kind: Literal["webhook"]
    url: str
    secret_file: Path | None = None
    secret_env: str | None = None
    ca: Path | None = None
    """PEM authorities that vouch for the receiver, beside the system's."""
    timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 10.0

    @field_validator("url")
    @classmethod
    def _encrypted(cls, url: str) -> str:
        parts = urlsplit(url)
        if not parts.hostname or parts.username or parts.scheme not in ("http", "https"):
            raise ValueError("write an https URL without credentials in it")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise ValueError("http is for this machine only; write an https URL")
        return url


class InboxChannel(_Channel):
    kind: Literal["inbox"]


Channel = EmailChannel | WebhookChannel | InboxChannel
_CHANNELS: TypeAdapter[list[Channel]] = TypeAdapter(list[Annotated[Channel, Field(discriminator="kind")]])


def named_channels(settings: NotificationSettings) -> dict[str, Channel]:
    """The configured channels by name. Raises ChannelMisconfigured, which names the field."""
    if settings.channels is None or not settings.channels.strip():
        return {"inbox": InboxChannel(kind="inbox")}
    try:
        document: Any = json.loads(settings.channels)
        channels = _CHANNELS.validate_python(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise misconfigured(_path(first["loc"]), first["msg"].removeprefix("Value error, ")) from error
    except ValueError as error:
        raise misconfigured("", f"it is no JSON ({error})") from error
    named: dict[str, Channel] = {}
    for index, channel in enumerate(channels):
        name = channel.name or channel.kind
        if name in named:
            raise misconfigured(f"[{index}].name", f"two channels are called {name!r}; give each a name of its own")
        named[name] = channel
    return named


def secret(name: str, field: str, *, file: Path | None, variable: str | None, shortest: int = 1) -> str:
    """A channel's secret, from the file or the environment variable that it names. Raises ChannelMisconfigured."""
    if (file is None) == (variable is None):
        raise misconfigured(f"{name}.{field}_file", f"name either {field}_file or {field}_env")
    if file is not None:
        try:
            value = file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise misconfigured(f"{name}.{field}_file", f"{file} cannot be read ({type(error).__name__})") from error
    else:
        value = _environment().get(variable or "", "")
    if len(value) < shortest:
        source = f"{field}_file" if file else f"{field}_env"
        raise misconfigured(f"{name}.{source}", f"it holds {len(value)} characters; {shortest} are needed at least")
    return value


def webhook_secret(name: str, channel: WebhookChannel) -> str:
    return secret(name, "secret", file=channel.secret_file, variable=channel.secret_env, shortest=_SHORTEST_SECRET)


def misconfigured(path: str, why: str) -> ChannelMisconfigured:
    return ChannelMisconfigured(
        f"{_SETTING}{path if path.startswith('[') or not path else '.' + path}: {why}.",
        field="notification_channels",
        fix="See the configuration of notifications in the README.",
    )


def _environment() -> Mapping[str, str]:
    return os.environ


def _path(location: Sequence[int | str]) -> str:
    """`(0, 'email', 'to', 1)` as `[0].to[1]`: the second part names the kind, not a field."""
    parts = [*location[:1], *location[2:]]
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
