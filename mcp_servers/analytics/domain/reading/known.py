"""What a tenant's data adds to the words that are known: names of its values, and of what it does not have."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from mcp_servers.analytics.domain.catalogue import Catalogue, Value
from mcp_servers.analytics.domain.countries import every_name
from mcp_servers.analytics.domain.reading.lexicon import Lexicon
from mcp_servers.analytics.domain.reading.mending import Mender, Sort
from mcp_servers.analytics.domain.reading.period_grammar import PERIOD_WORDS
from mcp_servers.analytics.domain.text import phrase

Name = tuple[str, ...]
_SHORTEST = 6
"""Letters from which a name run together is told from a word."""


@dataclass(frozen=True, slots=True)
class KnownNames:
    absent_countries: frozenset[Name]
    absent_currencies: frozenset[Name]
    run_together: Mapping[str, tuple[Value, ...]]
    """Names of several words without the spaces between them."""
    mender: Mender


_known: WeakKeyDictionary[Catalogue, tuple[Lexicon, KnownNames]] = WeakKeyDictionary()


def known_names(lexicon: Lexicon, catalogue: Catalogue) -> KnownNames:
    """The names for a catalogue; worked out once for each, since there may be many thousands."""
    found = _known.get(catalogue)
    if found is None or found[0] is not lexicon:
        found = _known[catalogue] = (lexicon, _names(lexicon, catalogue))
    return found[1]


def _names(lexicon: Lexicon, catalogue: Catalogue) -> KnownNames:
    countries = frozenset(name for name in every_name(lexicon.model.countries) if name not in catalogue.names)
    currencies = frozenset(
        phrase(alias)
        for name, aliases in lexicon.model.dimensions["currency"].aliases.items()
        for alias in (name, *aliases)
        if phrase(alias) not in catalogue.names
    )
    time = lexicon.vocabulary.time
    known: dict[str, Sort | None] = dict.fromkeys((*lexicon.words, *lexicon.vocabulary.number_words), None)
    known |= dict.fromkeys((word for name in (*countries, *catalogue.names) for word in name), "name")
    known |= dict.fromkeys(time.month_numbers, "month")
    known |= dict.fromkeys((*lexicon.telling_words, *time.words, *PERIOD_WORDS), "word")

    def meaning(word: str) -> Hashable:
        """What a word alone stands for, or itself where it is part of something."""
        return (
            catalogue.names.get((word,))
            or lexicon.terms.get((word,))
            or time.month_numbers.get(word)
            or lexicon.vocabulary.number_words.get(word)
            or word
        )

    together = {"".join(name): values for name, values in catalogue.names.items() if len(name) > 1}
    known |= dict.fromkeys(together, None)
    long = {name: values for name, values in together.items() if len(name) >= _SHORTEST}
    return KnownNames(countries, currencies, long, Mender(known, meaning))
