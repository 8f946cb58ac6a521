"""The interpreter that is always there: a parser over the semantic model and the vocabulary."""

from datetime import date

from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.model import Language
from mcp_servers.analytics.domain.reading import Lexicon, read_question
from mcp_servers.analytics.interpreters.port import Interpretation


class EmbeddedInterpreter:
    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    async def interpret(
        self, question: str, catalogue: Catalogue, *, as_of: date, language: Language
    ) -> Interpretation:
        query = read_question(question, self._lexicon, catalogue, as_of=as_of, language=language)
        return Interpretation(query, "embedded")
