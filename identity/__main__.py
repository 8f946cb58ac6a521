"""`python -m identity init | migrate | serve | demo-passwords | rotate-keys | list-keys`."""

import argparse
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from identity.administration.demo import demo_passwords
from identity.app import ROLE, open_app
from identity.key_schedule import KeySchedule
from identity.keys import TOKEN_SIGNING, initialise, read_schedule, rotate
from identity.people.passwords import Passwords
from kernel.database import Database
from kernel.errors import PromptSalesError
from kernel.logs import configure_logging, logger
from kernel.migrations import Context, migrate
from kernel.settings import Settings, get_settings
from kernel.web import run, serve_app

CONTEXT = Context("identity", Path(__file__).parent)


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    async with open_app(settings) as app:
        await serve_app(app, settings, "identity")


async def make_demo_passwords(settings: Settings) -> None:
    """Print e-mail, role and password of each demonstration user who had none: one JSON object a line."""
    passwords = Passwords()
    async with Database.open(settings.role_database_url(ROLE), max_size=1) as database:
        made = await demo_passwords(database, passwords)
    passwords.close()
    _print(asdict(one) for one in made)


def show_keys(schedule: KeySchedule) -> None:
    """Print every signing key with its state and times (seconds since the epoch): one JSON object a line."""
    _print(
        {"kid": one.kid, "state": state, "signs_from": one.signs_from, "published_until": one.published_until}
        for one, state in schedule.states(time.time())
    )


def main() -> int:
    """Run one command; 0 when it succeeded, 1 when it says why not."""
    arguments = _parser().parse_args()
    configure_logging("identity")
    try:
        _run(arguments, get_settings())
    except PromptSalesError as error:
        logger(__name__).error("cannot go on", code=error.code, reason=str(error))
        return 1
    return 0


def _run(arguments: argparse.Namespace, settings: Settings) -> None:
    match arguments.command:
        case "init":
            logger(__name__).info("keys ready", directory=str(settings.keys_dir), created=initialise(settings.keys_dir))
        case "migrate":
            logger(__name__).info("schema up to date", revision=migrate(settings, CONTEXT))
        case "demo-passwords":
            run(make_demo_passwords(settings))
        case "rotate-keys":
            settings.key_file(TOKEN_SIGNING)  # raises while there are no keys
            show_keys(rotate(settings.keys_dir, at_once=arguments.now))
            logger(__name__).info("keys rotated", at_once=arguments.now)
        case "list-keys":
            show_keys(read_schedule(settings.key_file(TOKEN_SIGNING)))
        case _:
            run(serve(settings))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m identity", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("init", help="create the keys and secrets that are missing")
    commands.add_parser("migrate", help="bring the schema up to date")
    commands.add_parser("serve", help="serve the authorization server")
    commands.add_parser("demo-passwords", help="give the demonstration's users passwords, and print them this once")
    rotating = commands.add_parser("rotate-keys", help="publish a new signing key, which signs once all can know it")
    rotating.add_argument(
        "--now", action="store_true", help="after a compromise: replace all keys at once; every token becomes void"
    )
    commands.add_parser("list-keys", help="list the signing keys")
    return parser


def _print(documents: Iterable[object]) -> None:
    for document in documents:
        sys.stdout.write(f"{json.dumps(document, ensure_ascii=False)}\n")


if __name__ == "__main__":
    sys.exit(main())
