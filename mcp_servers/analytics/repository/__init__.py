"""SQL: compiled metric queries and what is known of a tenant's data."""

from mcp_servers.analytics.repository.compile import Compiled, compile_query
from mcp_servers.analytics.repository.facts import FactsRepository

__all__ = ["Compiled", "FactsRepository", "compile_query"]
