"""From a question's words to a row of items: at each place the longest phrase that means something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.countries import every_name, is_code, names_of
from mcp_servers.analytics.domain.reading.lexicon import (
    AbsentTerm,
    DimensionTerm,
    Lexicon,
    NumberTerm,
    PeriodTerm,
    RoleTerm,
    SupportTerm,
    Term,
    UnknownTerm,
    ValueTerm,
)
from mcp_servers.analytics.domain.reading.period_grammar import PeriodGrammar
from mcp_servers.analytics.domain.text import Word, phrase, words

_LINK = frozenset({"named", "called", "llamada", "llamado", "id", "name", "nombre", "the", "la", "el", "de", "of"})


@dataclass(slots=True)
class Item:
    """A phrase of the question with its meaning; `used` once the query accounts for it."""

    term: Term
    text: str
    start: int
    end: int
    after_comma: bool = False
    used: bool = False


class Scanner:
    def __init__(self, lexicon: Lexicon, catalogue: Catalogue, as_of: date) -> None:
        self._lexicon = lexicon
        self._catalogue = catalogue
        self._grammar = PeriodGrammar(lexicon.vocabulary, as_of, lexicon.model.time.week_start)
        extra = lexicon.model.countries
        self._absent = {name: code for name, code in every_name(extra).items() if name not in catalogue.names}
        self._absent_currencies = {
            phrase(alias)
            for name, aliases in lexicon.model.dimensions["currency"].aliases.items()
            for alias in (name, *aliases)
            if phrase(alias) not in catalogue.names
        }

    def scan(self, question: str) -> list[Item]:
        said = words(question)
        items: list[Item] = []
        at = 0
        while at < len(said):
            item = self._quoted(said, at) or self._longest(said, at, items)
            items.append(item)
            at = item.end
        return items

    def _quoted(self, said: Sequence[Word], at: int) -> Item | None:
        """A quotation is one name, whatever its words mean elsewhere."""
        quote = said[at].quote
        if quote is None:
            return None
        end = next((n for n in range(at, len(said)) if said[n].quote != quote), len(said))
        name = _folded(said, at, end)
        values = self._catalogue.names.get(name)
        term: Term = ValueTerm(values) if values else self._lexicon.terms.get(name, UnknownTerm())
        return _item(said, at, end, UnknownTerm() if isinstance(term, RoleTerm) else term)

    def _longest(self, said: Sequence[Word], at: int, before: Sequence[Item]) -> Item:
        value, code = self._value(said, at), self._code(said, at)
        if value and _names_dimension(before, value.term):
            return value
        if code and not (value and value.end > code.end):
            return code
        readings = (self._term(said, at), self._period(said, at), value, self._absent_name(said, at))
        best = max((item for item in readings if item), key=lambda item: item.end, default=None)
        if best is not None:
            return best
        number = self._lexicon.vocabulary.number(said[at].folded)
        return _item(said, at, at + 1, NumberTerm(number) if number is not None else UnknownTerm())

    def _term(self, said: Sequence[Word], at: int) -> Item | None:
        for end in range(min(len(said), at + self._lexicon.longest), at, -1):
            term = self._lexicon.terms.get(_folded(said, at, end))
            if term is not None and not _crosses_comma(said, at, end):
                return _item(said, at, end, term)
        return None

    def _value(self, said: Sequence[Word], at: int) -> Item | None:
        for end in range(min(len(said), at + self._catalogue.longest), at, -1):
            values = self._catalogue.names.get(_folded(said, at, end))
            if values:
                return _item(said, at, end, ValueTerm(values))
        return None

    def _code(self, said: Sequence[Word], at: int) -> Item | None:
        """`MX`: a country of the data by its code in capitals; a word too where everything is in capitals."""
        shouted = all(word.raw.isupper() for word in said if word.raw.isalpha())
        if not is_code(said[at].raw) or (shouted and (said[at].folded,) in self._lexicon.terms):
            return None
        names = names_of(said[at].raw, self._lexicon.model.countries)
        found = {v: None for name in names for v in self._catalogue.names.get(name, ()) if v.dimension == "country"}
        return _item(said, at, at + 1, ValueTerm(tuple(found))) if found else None

    def _period(self, said: Sequence[Word], at: int) -> Item | None:
        read = self._grammar.read(said, at)
        return _item(said, at, read[0], PeriodTerm(read[1])) if read else None

    def _absent_name(self, said: Sequence[Word], at: int) -> Item | None:
        for end in range(min(len(said), at + 6), at, -1):
            name = _folded(said, at, end)
            if name in self._absent:
                return _item(said, at, end, AbsentTerm("country"))
            if name in self._absent_currencies:
                return _item(said, at, end, AbsentTerm("currency"))
        return _item(said, at, at + 1, AbsentTerm("country")) if is_code(said[at].raw) else None


def _item(said: Sequence[Word], start: int, end: int, term: Term) -> Item:
    text = " ".join(word.raw for word in said[start:end])
    return Item(term, text, start, end, after_comma=said[start].after_comma)


def _folded(said: Sequence[Word], start: int, end: int) -> tuple[str, ...]:
    return tuple(word.folded for word in said[start:end])


def _crosses_comma(said: Sequence[Word], start: int, end: int) -> bool:
    return any(word.after_comma for word in said[start + 1 : end])


def _names_dimension(before: Sequence[Item], term: Term) -> bool:
    """Whether a dimension's noun right before says that a value is meant: `campaign May`."""
    if not isinstance(term, ValueTerm):
        return False
    for item in reversed(before):
        if isinstance(item.term, DimensionTerm):
            return any(value.dimension == item.term.dimension for value in term.values)
        if not isinstance(item.term, RoleTerm | SupportTerm) or item.text.casefold() not in _LINK:
            return False
    return False
