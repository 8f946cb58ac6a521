"""`python -m sandbox` serves; `python -m sandbox migrate` brings the schema up to date."""

import sys
from pathlib import Path

from kernel.logs import configure_logging
from kernel.migrations import Context, migrate
from kernel.settings import get_settings
from kernel.web import run, serve_app
from sandbox.app import create_app
from sandbox.settings import SandboxSettings

CONTEXT = Context("sandbox", Path(__file__).parent)


def main(arguments: list[str]) -> None:
    configure_logging("sandbox")
    settings = get_settings()
    match arguments:
        case []:
            run(serve_app(create_app(settings, SandboxSettings()), settings, "sandbox"))
        case ["migrate"]:
            migrate(settings, CONTEXT)
        case _:
            sys.exit("Usage: python -m sandbox [migrate]")


if __name__ == "__main__":
    main(sys.argv[1:])
