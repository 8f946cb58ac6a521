"""`python -m mcp_servers.content [--stdio | migrate]`."""

from pathlib import Path

from kernel.mcp import main
from kernel.migrations import Context
from mcp_servers.content.server import compose

CONTEXT = Context("content", Path(__file__).parent, extra_roles=("promptsales_pipeline",))

if __name__ == "__main__":
    main("content", compose, CONTEXT)
