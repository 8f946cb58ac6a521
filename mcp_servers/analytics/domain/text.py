"""Text as it is compared: folded words with what the punctuation between them said."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_MONTH = r"(?:0[1-9]|1[0-2])"
_TOKEN = re.compile(
    rf"\d{{4}}-\d{{2}}-\d{{2}}|\d{{4}}-{_MONTH}(?![\d-])|\d{{4}}/\d{{2}}/\d{{2}}|\d{{1,2}}/\d{{1,2}}/\d{{4}}|{_MONTH}/\d{{4}}"
    r"|[^\W_]+(?:_[^\W_]+)*|[%<>=]"
)
_CONTRACTED_NOT = re.compile(r"n['’]t\b", re.IGNORECASE)
_CONTRACTED_VERB = re.compile(r"(?<=\w)['’](?:d|ve|m|re)\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]+)"|“([^”]+)”|«([^»]+)»|(?<!\w)[\'‘]([^\'’]+)[\'’](?!\w)')
_SHORT_YEAR = re.compile(r"(?<=[^\W\d_])\s?['’](\d{2})\b")
_DASHES = "-–—"


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word of a question and what surrounds it."""

    folded: str
    raw: str
    after_comma: bool = False
    after_dash: bool = False
    quote: int | None = None
    """Number of the quotation it stands in."""


def fold(text: str) -> str:
    """Lower case without accents, for comparison only."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def words(text: str) -> tuple[Word, ...]:
    """The words of a text, in order. `didn't` gives `did not`; a possessive loses its 's."""
    plain = _CONTRACTED_NOT.sub(" not", unicodedata.normalize("NFC", text))
    plain = _CONTRACTED_VERB.sub("", _POSSESSIVE.sub("", plain))
    plain = _SHORT_YEAR.sub(r" 20\1", plain)
    quotes = [match.span() for match in _QUOTED.finditer(plain)]
    result: list[Word] = []
    end = 0
    for match in _TOKEN.finditer(plain):
        between = plain[end : match.start()]
        quote = next((n for n, (start, stop) in enumerate(quotes) if start < match.start() < stop), None)
        result.append(
            Word(
                folded=fold(match.group()),
                raw=match.group(),
                after_comma=any(mark in between for mark in ",;&+"),
                after_dash=any(mark in between for mark in _DASHES),
                quote=quote,
            )
        )
        end = match.end()
    return tuple(result)


@lru_cache(maxsize=100_000)
def phrase(text: str) -> tuple[str, ...]:
    """The folded words of a name, as questions are matched with it."""
    return tuple(word.folded for word in words(text))
