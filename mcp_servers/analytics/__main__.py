from kernel.mcp import main
from mcp_servers.analytics.server import compose

if __name__ == "__main__":
    main("analytics", compose, None)
