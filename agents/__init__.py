"""The specialists: one per sub-company and one for analytics, each with its own MCP server and its own token."""
