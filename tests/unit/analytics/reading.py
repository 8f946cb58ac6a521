"""Questions read on the day that the tests take for today."""

from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.domain.reading import Lexicon, read_question
from tests.unit.analytics.conftest import AS_OF


def read(question: str, lexicon: Lexicon, catalogue: Catalogue) -> MetricQuery:
    language = lexicon.language(question) or "en"
    return read_question(question, lexicon, catalogue, as_of=AS_OF, language=language)
