"""How a question in English or Spanish becomes a MetricQuery: words, phrases, then what they say together.

Every content word has to be accounted for; a question that is not wholly understood is declined or asked about.
"""

from mcp_servers.analytics.domain.reading.grounding import ungrounded
from mcp_servers.analytics.domain.reading.lexicon import Lexicon
from mcp_servers.analytics.domain.reading.reader import read_question
from mcp_servers.analytics.domain.reading.vocabulary import Vocabulary

__all__ = ["Lexicon", "Vocabulary", "read_question", "ungrounded"]
