"""Whatever is typed, the reading ends in a query or in a reason: never in another error."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.reading import read_question
from mcp_servers.analytics.domain.wording import reason
from mcp_servers.analytics.errors import Unanswered
from mcp_servers.analytics.server import load_lexicon
from tests.unit.analytics.conftest import AS_OF, NAMES, facts

LEXICON = load_lexicon()
CATALOGUE = Catalogue(LEXICON.model, facts())
TIME_WORDS = (
    "last this previous next month months week quarter year day days 2026 2025 1 15 30 31 first primer trimestre mes"
    " año pasado del al from to between and y since until desde hasta October octubre May may Feb 29 Q1 H2 T3"
    " 2026-11-05 of 05/11/2026 today ayer"
)
WORDS = [
    *(" ".join(words) for words in LEXICON.terms),
    *(name for names in NAMES.values() for name in names),
    *TIME_WORDS.split(),
    *(",", "?", "-", "%", '"', "'", "US", "campaign C-002", "Twins"),
]


def is_answered_or_refused(question: str) -> bool:
    try:
        return bool(read_question(question, LEXICON, CATALOGUE, as_of=AS_OF, language="es").metrics)
    except Unanswered as refusal:
        return all(reason(refusal.topic, refusal.facts, language) for language in ("en", "es"))


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join))
@settings(max_examples=600, deadline=None)
def test_any_row_of_known_words_is_read_or_refused(question: str) -> None:
    assert is_answered_or_refused(question)


@given(st.text(max_size=200))
@example("")
@example("\x00\u202e“«'")
@settings(max_examples=300, deadline=None)
def test_any_text_at_all_is_read_or_refused(question: str) -> None:
    assert is_answered_or_refused(question)
