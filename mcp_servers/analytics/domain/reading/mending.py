"""Slips of the finger and of spelling: a word nobody knows that can only be one that is known.

A slip is one of: two letters swapped, a letter doubled or single by mistake, a letter left out, a neighbouring key hit,
or a sound spelt another way (`impreciones`). The first letter has to be right, numbers and short words are never
touched, and a word that could be two things stays unknown, so that it is asked about: that a short word or one that is
passed over could have been meant is reason enough (`laest` is `least`, or `last`).
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from mcp_servers.analytics.domain.text import Word

Sort = Literal["word", "month", "name"]
"""Words of the grammar, months, and words of the names that the data has."""

_ROWS = ("qwertyuiop", "asdfghjklñ", "zxcvbnm")
_SOUNDS = ("bv", "sz", "sc", "zc", "kc", "qk", "iy", "gj", "mn", "st")
_VOWELS = frozenset("aeiou")
_SHORTEST = 5
_LONG = 9


def _neighbours() -> frozenset[frozenset[str]]:
    pairs: set[frozenset[str]] = set()
    for row in _ROWS:
        pairs |= {frozenset(pair) for pair in pairwise(row)}
    for upper, lower in pairwise(_ROWS):
        for n, key in enumerate(lower):
            pairs |= {frozenset((key, other)) for other in upper[n : n + 2]}
    return frozenset(pairs)


_NEIGHBOURS = _neighbours()
_ALIKE = frozenset(frozenset(pair) for pair in _SOUNDS)


class Mender:
    """Replaces words that are slips of exactly one known word.

    Words without a sort are known but never meant: to pass over what was said would change a question. `meaning` tells
    words apart: `clic` and `click` are two spellings of one thing.
    """

    def __init__(self, words: Mapping[str, Sort | None], meaning: Callable[[str], Hashable]) -> None:
        self._words = words
        self._all = list(words)
        self._meaning = meaning
        self._by_shape: dict[tuple[str, int], list[str]] = {}
        for word, sort in words.items():
            if sort and len(word) >= _SHORTEST and word.isalpha():
                self._by_shape.setdefault((word[0], len(word)), []).append(word)

    def mended(self, said: Sequence[Word]) -> tuple[Word, ...]:
        """The same words with slips put right. Quoted words and capitalised ones that may be names are as written."""
        shouted = all(word.raw.isupper() for word in said if word.raw.isalpha())
        return tuple(self._mended(word, named=at > 0 and not shouted) for at, word in enumerate(said))

    def _mended(self, word: Word, *, named: bool) -> Word:
        if word.quote is not None or word.folded in self._words or not word.folded.isalpha():
            return word
        name = named and word.raw[:1].isupper()
        meant = self._meant(word.folded, name=name)
        return replace(word, folded=meant) if meant else word

    def _meant(self, slip: str, *, name: bool) -> str | None:
        """The only word a slip can be; None when there is none, or several that mean different things."""
        found = list(self._candidates(slip, name=name))
        meanings = {self._meaning(word) for word in found}
        if len(meanings) != 1 or any(self._meaning(word) not in meanings for word in self._nearest(slip)):
            return None
        return found[0]

    def _nearest(self, slip: str) -> Iterable[str]:
        """Every known word that one letter more, less, other or swapped makes of a slip."""
        return (
            word for word, _, _ in process.extract(slip, self._all, scorer=OSA.distance, score_cutoff=1, limit=None)
        )

    def _candidates(self, slip: str, *, name: bool) -> Iterable[str]:
        for size in range(len(slip) - 2, len(slip) + 3):
            for word in self._by_shape.get((slip[0], size), ()):
                sort = self._words[word]
                if sort and not (name and sort == "word") and _is_slip(slip, word, sort):
                    yield word


def _is_slip(slip: str, word: str, sort: Sort) -> bool:
    if sort == "month":
        return _swapped(slip, word) or _doubled(slip, word) or (len(word) > 6 and _left_out(slip, word))
    if _once(slip, word, sort):
        return True
    return sort == "name" and len(word) >= _LONG and any(_once(half, word, sort) for half in _steps(slip, word))


def _once(slip: str, word: str, sort: Sort) -> bool:
    return (
        _swapped(slip, word)
        or _doubled(slip, word)
        or _left_out(slip, word)
        or _mistyped(slip, word, vowels=sort == "name" and len(word) > 5)
    )


def _swapped(slip: str, word: str) -> bool:
    if len(slip) != len(word) or slip == word:
        return False
    at = _first_difference(slip, word)
    return slip[at : at + 2] == word[at : at + 2][::-1] and slip[at + 2 :] == word[at + 2 :] and at > 0


def _doubled(slip: str, word: str) -> bool:
    """`Gogle` and `clickks`: a letter beside its like, missing or too much."""
    if abs(len(slip) - len(word)) != 1:
        return False
    shorter, longer = sorted((slip, word), key=len)
    at = _first_difference(shorter, longer)
    return longer[at - 1] == longer[at] and shorter[at:] == longer[at + 1 :]


def _left_out(slip: str, word: str) -> bool:
    """`revnue`; or a key too much beside the right one: `revenmue`."""
    if len(slip) + 1 == len(word):
        at = _first_difference(slip, word)
        return slip[at:] == word[at + 1 :]
    if len(slip) == len(word) + 1:
        at = _first_difference(word, slip)
        beside = {word[at - 1 : at], word[at : at + 1]}
        return slip[at + 1 :] == word[at:] and any(frozenset((slip[at], key)) in _NEIGHBOURS for key in beside if key)
    return False


def _mistyped(slip: str, word: str, *, vowels: bool) -> bool:
    if len(slip) != len(word):
        return False
    different = [frozenset(pair) for pair in zip(slip, word, strict=True) if pair[0] != pair[1]]
    if len(different) != 1:
        return False
    (pair,) = different
    return pair in _NEIGHBOURS or pair in _ALIKE or (vowels and pair <= _VOWELS)


def _steps(slip: str, word: str) -> Iterable[str]:
    """A long slip with its first fault put right, each way that it can be."""
    at = _first_difference(slip, word)
    yield slip[:at] + word[at : at + 1] + slip[at:]
    yield slip[:at] + word[at : at + 1] + slip[at + 1 :]
    yield slip[:at] + slip[at : at + 2][::-1] + slip[at + 2 :]
    yield slip[:at] + slip[at + 1 :]


def _first_difference(a: str, b: str) -> int:
    return next((n for n, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), min(len(a), len(b)))
