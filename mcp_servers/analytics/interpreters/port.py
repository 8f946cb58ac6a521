"""What every interpreter does."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from mcp_servers.analytics.domain.answer import InterpreterName
from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.model import Language
from mcp_servers.analytics.domain.query import MetricQuery


@dataclass(frozen=True, slots=True)
class Interpretation:
    query: MetricQuery
    interpreter: InterpreterName


class Interpreter(Protocol):
    async def interpret(
        self, question: str, catalogue: Catalogue, *, as_of: date, language: Language
    ) -> Interpretation:
        """The query a question asks for on a day. Raises Unsupported or NeedsClarification instead of guessing."""
        ...
