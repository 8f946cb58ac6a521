"""`python -m mcp_servers.crm [--stdio | migrate]`."""

from pathlib import Path

from kernel.mcp import main
from kernel.migrations import Context
from mcp_servers.crm.server import compose

CONTEXT = Context("crm", Path(__file__).parent, extra_roles=("promptsales_pipeline",))

if __name__ == "__main__":
    main("crm", compose, CONTEXT)
