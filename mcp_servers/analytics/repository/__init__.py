"""SQL: compiled metric queries and what is known of a tenant's data; and the answers kept in Redis."""

from mcp_servers.analytics.repository.answers import AnswerCache, AnswerKey
from mcp_servers.analytics.repository.compile import Compiled, compile_missing_rates, compile_places, compile_query
from mcp_servers.analytics.repository.facts import FactsRepository, TenantFacts
from mcp_servers.analytics.repository.facts_view import refuse_unknown_columns

__all__ = [
    "AnswerCache",
    "AnswerKey",
    "Compiled",
    "FactsRepository",
    "TenantFacts",
    "compile_missing_rates",
    "compile_places",
    "compile_query",
    "refuse_unknown_columns",
]
