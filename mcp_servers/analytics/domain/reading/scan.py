"""From a question's words to a row of items: at each place the longest phrase that means something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mcp_servers.analytics.domain.catalogue import Catalogue, Value
from mcp_servers.analytics.domain.countries import is_code, names_of
from mcp_servers.analytics.domain.reading.known import known_names
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
from mcp_servers.analytics.domain.text import Word, words

_LINK = frozenset({"named", "called", "llamada", "llamado", "id", "name", "nombre", "the", "la", "el", "de", "of"})


@dataclass(slots=True)
class Item:
    """A phrase of the question with its meaning; `used` once the query accounts for it."""

    term: Term
    text: str
    """As it was typed."""
    said: str
    """As it was read: its words folded, slips put right."""
    start: int
    end: int
    after_comma: bool = False
    used: bool = False


class Scanner:
    def __init__(self, lexicon: Lexicon, catalogue: Catalogue, as_of: date) -> None:
        self._lexicon = lexicon
        self._catalogue = catalogue
        self._grammar = PeriodGrammar(lexicon.vocabulary, as_of, lexicon.model.time.week_start)
        self._known = known_names(lexicon, catalogue)

    def scan(self, question: str) -> list[Item]:
        said = self._known.mender.mended(words(question))
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
        if value and (_names_dimension(before, value.term) or self._named_behind(said, value, before)):
            return value
        if code and not (value and value.end > code.end):
            return code
        readings = (self._term(said, at), self._period(said, at), value, self._absent_name(said, at))
        best = max((item for item in readings if item), key=lambda item: item.end, default=None)
        if best is not None:
            return best
        number = self._lexicon.vocabulary.number(said[at].folded)
        return _item(said, at, at + 1, NumberTerm(number) if number is not None else UnknownTerm())

    def _named_behind(self, said: Sequence[Word], value: Item, before: Sequence[Item]) -> bool:
        """Whether `the May campaign` says after the name what it is the name of."""
        article = bool(before) and before[-1].term == RoleTerm("article")
        noun = self._term(said, value.end) if article and value.end < len(said) else None
        return noun is not None and _are_of(value.term, noun.term)

    def _term(self, said: Sequence[Word], at: int) -> Item | None:
        for end in range(min(len(said), at + self._lexicon.longest + 1), at, -1):
            term = self._lexicon.terms.get(_folded(said, at, end))
            if term is None and end - at > 2:
                term = self._lexicon.averaged(_folded(said, at, end))
            if term is not None and not _crosses_comma(said, at, end):
                return self._shorter(said, at, end) or _item(said, at, end, term)
        return None

    def _shorter(self, said: Sequence[Word], at: int, end: int) -> Item | None:
        """The `total` of `total cost per lead`, which is no `total cost`: what begins a word later goes further."""
        first = self._lexicon.terms.get((said[at].folded,))
        if end - at < 2 or first not in (RoleTerm("filler"), RoleTerm("article")):
            return None
        later = self._term(said, at + 1)
        return _item(said, at, at + 1, first) if later is not None and later.end > end else None

    def _value(self, said: Sequence[Word], at: int) -> Item | None:
        for end in range(min(len(said), at + self._catalogue.longest), at, -1):
            name = _folded(said, at, end)
            values = self._catalogue.names.get(name) or self._things(name) or self._run_together(name)
            if values:
                return _item(said, at, end, ValueTerm(values))
        return None

    def _things(self, name: tuple[str, ...]) -> tuple[Value, ...]:
        """`three City Bikes`: values by the plural of their name, or by the singular of one."""
        last = name[-1]
        if len(last) < 4 or name in self._lexicon.terms:
            return ()
        forms = (last.removesuffix("es"), last.removesuffix("s")) if last.endswith("s") else (f"{last}s", f"{last}es")
        found = (self._catalogue.names.get((*name[:-1], form), ()) for form in forms)
        return next((values for values in found if values and (len(name) > 1 or _are_things(values))), ())

    def _run_together(self, name: tuple[str, ...]) -> tuple[Value, ...]:
        """`googleads`: a name without its spaces."""
        return self._known.run_together.get(name[0], ()) if len(name) == 1 and name not in self._lexicon.terms else ()

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
            if name in self._known.absent_countries:
                return _item(said, at, end, AbsentTerm("country"))
            if name in self._known.absent_currencies:
                return _item(said, at, end, AbsentTerm("currency"))
        return _item(said, at, at + 1, AbsentTerm("country")) if is_code(said[at].raw) else None


def _item(said: Sequence[Word], start: int, end: int, term: Term) -> Item:
    text = " ".join(word.raw for word in said[start:end])
    return Item(term, text, " ".join(_folded(said, start, end)), start, end, after_comma=said[start].after_comma)


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
            return _are_of(term, item.term)
        if not isinstance(item.term, RoleTerm | SupportTerm) or item.said not in _LINK:
            return False
    return False


def _are_things(values: Sequence[Value]) -> bool:
    return {value.dimension for value in values} == {"product"}


def _are_of(values: Term, noun: Term) -> bool:
    """Whether a noun says what one of these values is."""
    if not isinstance(values, ValueTerm) or not isinstance(noun, DimensionTerm):
        return False
    return any(value.dimension == noun.dimension for value in values.values)
