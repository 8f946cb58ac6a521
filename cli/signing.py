"""`promptsales keys`: the identity package's own commands, run here: whoever may read the keys may rotate them."""

import json
from datetime import UTC, datetime
from typing import Any

from cli.output import add_row, emit, say, show, table
from cli.session import running_settings
from cli.stack.modules import module_output


async def list_keys(*, as_json: bool) -> None:
    """Every signing key with its state."""
    _report(await module_output(running_settings(), "identity", "list-keys"), as_json=as_json)


async def rotate(*, at_once: bool, as_json: bool) -> None:
    """Add a key; with `at_once`, drop all others."""
    arguments = ("rotate-keys", "--now") if at_once else ("rotate-keys",)
    output = await module_output(running_settings(), "identity", *arguments)
    _report(output, as_json=as_json)
    if at_once:
        say("Every token is void as soon as services fetch the keys again, at most five minutes from now.")


def _report(output: str, *, as_json: bool) -> None:
    keys: list[dict[str, Any]] = [json.loads(line) for line in output.splitlines()]
    if as_json:
        emit({"keys": keys})
        return
    found = table("id", "state", "signs from", "published until")
    for key in keys:
        add_row(found, key["kid"], key["state"], _time(key["signs_from"]), _time(key["published_until"]))
    show(found)


def _time(seconds: int | None) -> str | None:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC" if seconds and seconds > 1 else None
