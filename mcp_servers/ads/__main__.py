from pathlib import Path

from kernel.mcp import main
from kernel.migrations import Context
from mcp_servers.ads.server import compose

if __name__ == "__main__":
    main("ads", compose, Context("ads", Path(__file__).parent))
