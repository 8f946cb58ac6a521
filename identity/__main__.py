"""`python -m identity init | migrate | serve`."""

import argparse
import asyncio
import sys
from pathlib import Path

from identity.app import open_app
from identity.keys import initialise
from kernel.errors import PromptSalesError
from kernel.logs import configure_logging, logger
from kernel.migrations import Context, migrate
from kernel.settings import Settings, get_settings
from kernel.web import serve_app

CONTEXT = Context("identity", Path(__file__).parent)


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    async with open_app(settings) as app:
        await serve_app(app, settings, "identity")


def main() -> int:
    """Run one command; 0 when it succeeded, 1 when it says why not."""
    parser = argparse.ArgumentParser(prog="python -m identity", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("init", help="create the keys and secrets that are missing")
    commands.add_parser("migrate", help="bring the schema up to date")
    commands.add_parser("serve", help="serve the token endpoint")
    command = parser.parse_args().command
    configure_logging("identity")
    settings = get_settings()
    try:
        if command == "init":
            logger(__name__).info("keys ready", directory=str(settings.keys_dir), created=initialise(settings.keys_dir))
        elif command == "migrate":
            logger(__name__).info("schema up to date", revision=migrate(settings, CONTEXT))
        else:
            asyncio.run(serve(settings))
    except PromptSalesError as error:
        logger(__name__).error("cannot go on", code=error.code, reason=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
