"""`python -m approvals` serves the API; `python -m approvals migrate` brings its schema up to date."""

import sys
from pathlib import Path

from approvals.server import serve
from approvals.settings import ApprovalSettings
from kernel.errors import PromptSalesError
from kernel.logs import configure_logging, logger
from kernel.migrations import Context, migrate
from kernel.settings import get_settings
from kernel.web import run

CONTEXT = Context("approvals", Path(__file__).parent, ("promptsales_executor",))


def main() -> int:
    """Run one command; 0 when it succeeded, 1 when it says why not, 2 when there is no such command."""
    configure_logging("approvals")
    try:
        match sys.argv[1:]:
            case []:
                run(serve(get_settings(), ApprovalSettings()))
            case ["migrate"]:
                logger(__name__).info("schema up to date", revision=migrate(get_settings(), CONTEXT))
            case _:
                logger(__name__).error("usage: python -m approvals [migrate]")
                return 2
    except PromptSalesError as error:
        logger(__name__).error("cannot go on", code=error.code, reason=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
