"""The `promptsales` command: starts the embedded system and speaks to it over HTTP and MCP."""
