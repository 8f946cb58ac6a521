"""`python -m orchestrator` serves the API; `python -m orchestrator migrate` brings its schema up to date."""

import sys
from pathlib import Path

from kernel.errors import PromptSalesError
from kernel.logs import configure_logging, logger
from kernel.migrations import Context, migrate
from kernel.settings import Settings, get_settings
from kernel.web import run
from orchestrator.checkpoints import create_tables

CONTEXT = Context("orchestrator", Path(__file__).parent)


def bring_up_to_date(settings: Settings) -> str | None:
    """The conversations' tables, then LangGraph's; gives the revision."""
    revision = migrate(settings, CONTEXT)
    run(create_tables(settings))
    return revision


def main() -> int:
    """Run one command; 0 when it succeeded, 1 when it says why not, 2 when there is no such command."""
    configure_logging("orchestrator")
    try:
        match sys.argv[1:]:
            case []:
                from orchestrator.server import serve  # noqa: PLC0415 - migrating needs no agent library

                run(serve(get_settings()))
            case ["migrate"]:
                logger(__name__).info("schema up to date", revision=bring_up_to_date(get_settings()))
            case _:
                logger(__name__).error("usage: python -m orchestrator [migrate]")
                return 2
    except PromptSalesError as error:
        logger(__name__).error("cannot go on", code=error.code, reason=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
