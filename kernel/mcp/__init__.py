"""How a bounded context becomes an MCP server: resources opened, tools exposed by scope, HTTP and stdio."""

from kernel.mcp.context import ContextResources, open_context
from kernel.mcp.main import Compose, Composition, http_app, main
from kernel.mcp.server import ContextServer

__all__ = ["Compose", "Composition", "ContextResources", "ContextServer", "http_app", "main", "open_context"]
