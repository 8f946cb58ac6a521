"""`promptsales up` with stand-ins for the services: `python -m tests.integration.stack.small_system [BROKEN]`."""

import sys
from unittest.mock import patch

from cli.main import main
from cli.stack import supervisor
from cli.stack.plan import Member

STAND_IN = "tests.integration.stack.stand_in"
TIERS = (
    (Member("identity", STAND_IN, ("identity",), "identity"),),
    (Member("hub", STAND_IN, ("hub",), "hub"),),
)
BROKEN = ((*TIERS[0], Member("hub", "tests.integration.stack.no_such_module", (), "hub")),)


async def nothing(*_: object, **__: object) -> list[str]:
    return []


if __name__ == "__main__":
    with (
        patch.object(supervisor, "TIERS", BROKEN if "BROKEN" in sys.argv else TIERS),
        patch.object(supervisor, "run_module", nothing),
        patch.object(supervisor, "migrate_all", nothing),
        patch("cli.starting.introduce", nothing),
    ):
        sys.argv = ["promptsales", "up"]
        main()
