"""Channels are checked when the process starts, and what is wrong is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from approvals.notices.errors import ChannelMisconfigured
from approvals.notices.settings import (
    EmailChannel,
    InboxChannel,
    NotificationSettings,
    WebhookChannel,
    named_channels,
    webhook_secret,
)

MAIL: dict[str, Any] = {"kind": "email", "host": "smtp.example.com", "from": "q@example.com", "to": ["a@example.com"]}
HOOK: dict[str, Any] = {"kind": "webhook", "url": "https://hooks.example.com/x", "secret_env": "HOOK_SECRET"}
PREFIX = "PROMPTSALES_NOTIFICATION_CHANNELS"


def read(*channels: dict[str, Any]) -> dict[str, Any]:
    return dict(named_channels(NotificationSettings(channels=json.dumps(channels))))


def test_unset_means_the_inbox_and_an_empty_list_means_nobody() -> None:
    assert named_channels(NotificationSettings()) == {"inbox": InboxChannel(kind="inbox")}
    assert named_channels(NotificationSettings(channels="[]")) == {}


def test_the_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX, json.dumps([MAIL | {"name": "ops", "language": "es"}]))

    (channel,) = named_channels(NotificationSettings()).items()

    assert channel[0] == "ops"
    assert isinstance(channel[1], EmailChannel)
    assert (channel[1].sender, channel[1].language, channel[1].tls, channel[1].port) == (
        "q@example.com",
        "es",
        "offered",
        587,
    )


def test_channels_are_known_by_their_kind_unless_they_have_a_name() -> None:
    assert list(read(MAIL, HOOK, HOOK | {"name": "second"})) == ["email", "webhook", "second"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"kind": "pigeon"}, "[0]: Input tag 'pigeon'"),
    ({}, "[0]: Unable to extract tag"),
    (MAIL | {"to": []}, "[0].to: "),
    (MAIL | {"to": ["a@example.com", "nobody"]}, "[0].to[1]: "),
    (MAIL | {"to": ["a@example.com\r\nBcc: b@example.com"]}, "[0].to[0]: "),
    ({name: value for name, value in MAIL.items() if name != "from"}, "[0].from: Field required"),
    (MAIL | {"port": 0}, "[0].port: "),
    (MAIL | {"tls": "sometimes"}, "[0].tls: "),
    (MAIL | {"password": "hunter2"}, "[0].password: Extra inputs"),
    (HOOK | {"url": "http://hooks.example.com/"}, "[0].url: http is for this machine only"),
    (HOOK | {"url": "https://user:hunter2@hooks.example.com/"}, "[0].url: write an https URL without credentials"),
    (HOOK | {"url": "file:///etc/passwd"}, "[0].url: write an https URL"),
    (HOOK | {"events": ["proposed", "exploded"]}, "[0].events[1]: "),
    (HOOK | {"tenants": []}, "[0].tenants: "),
    (HOOK | {"language": "fr"}, "[0].language: "),
    (HOOK | {"name": "Not a name"}, "[0].name: "),
]


@pytest.mark.parametrize(("channel", "path"), WRONG)
def test_what_is_wrong_is_named_and_no_secret_is_repeated(channel: dict[str, Any], path: str) -> None:
    with pytest.raises(ChannelMisconfigured) as refused:
        read(channel)

    assert f"{PREFIX}{path}" in refused.value.message
    assert "hunter2" not in refused.value.message
    assert refused.value.field == "notification_channels"


@pytest.mark.parametrize("text", ["{", '"x"', '{"kind": "inbox"}'])
def test_what_is_no_list_of_channels_is_refused(text: str) -> None:
    with pytest.raises(ChannelMisconfigured, match=PREFIX):
        named_channels(NotificationSettings(channels=text))


def test_two_channels_of_one_name_are_refused() -> None:
    with pytest.raises(ChannelMisconfigured, match=r"\[1\]\.name: two channels are called 'webhook'"):
        read(HOOK, HOOK)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]/x", "https://a.example/x"])
def test_plain_http_is_possible_on_this_machine(url: str) -> None:
    assert read(HOOK | {"url": url})["webhook"].url == url


def hook(**changed: Any) -> WebhookChannel:
    channel = read({name: value for name, value in (HOOK | changed).items() if value is not None})["webhook"]
    assert isinstance(channel, WebhookChannel)
    return channel


def test_a_secret_comes_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text("a secret in a file\n")
    monkeypatch.setenv("HOOK_SECRET", "a secret in a variable")

    assert webhook_secret("webhook", hook()) == "a secret in a variable"
    assert webhook_secret("webhook", hook(secret_env=None, secret_file=str(file))) == "a secret in a file"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "webhook.secret_env: it holds 5 characters; 16 are needed"),
        ({"secret_env": "NO_SUCH_VARIABLE"}, "webhook.secret_env: it holds 0 characters"),
        ({"secret_env": None}, "webhook.secret_file: name either secret_file or secret_env"),
        ({"secret_file": "/nowhere"}, "webhook.secret_file: name either secret_file or secret_env"),
        ({"secret_env": None, "secret_file": "/nowhere/at/all"}, "cannot be read (FileNotFoundError)"),
    ],
)
def test_a_secret_that_is_none_is_named(changed: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "short")

    with pytest.raises(ChannelMisconfigured) as refused:
        webhook_secret("webhook", hook(**changed))

    assert said in refused.value.message
    assert "short" not in refused.value.message
