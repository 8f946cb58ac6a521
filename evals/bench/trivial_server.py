"""The baseline: an MCP server with one tool that returns its argument, no tokens, no database."""

import sys

import uvicorn
from mcp.server.mcpserver import MCPServer
from pydantic import BaseModel


class Echo(BaseModel):
    text: str


def main(port: int) -> None:
    server = MCPServer("trivial", log_level="WARNING")

    @server.tool()
    async def echo(text: str) -> Echo:
        """Return the text."""
        return Echo(text=text)

    app = server.streamable_http_app(stateless_http=True)
    uvicorn.run(app, host="127.0.0.1", port=port, loop="uvloop", http="httptools", log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]))
