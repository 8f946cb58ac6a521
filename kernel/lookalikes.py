"""Letters that pass for Latin ones, and what a text reads as to somebody who only looks.

The pairs are a selection, made for Spanish and English readers, of those that Unicode Technical Standard #39 lists in
confusables.txt (https://www.unicode.org/Public/security/latest/confusables.txt).
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

_CYRILLIC = (
    ("АВЕЗІЈКМНОРСТУХЅԌԚԜҮӀ", "ABE3IJKMHOPCTYXSGQWYl"),
    ("аеорсухѕіјһԁԛԝѵӏкгьбү", "aeopcyxsijhdqwvlkrb6y"),
)
_GREEK = (("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "ABEZHIKMNOPTYXCJ"), ("αγικνορστυχϲϳ", "ayikvopotuxcj"))
_ARMENIAN = (("ՏԼՍՕ", "SLUO"), ("օոսցհքզայ", "onughpqwj"))
_CHEROKEE = (("ᎪᎠᎡᎢᎬᎻᎫᎳᎷᎩᎹᏃᏚᏙᏞᏟᏢᏦᏴᏀ", "ADRTEHJWMYYZSVLCPKBG"),)
_PHONETIC = (("ɡɑ", "ga"),)
TWINS: Mapping[str, str] = {
    twin: latin
    for script in (_CYRILLIC, _GREEK, _ARMENIAN, _CHEROKEE, _PHONETIC)
    for twins, letters in script
    for twin, latin in zip(twins, letters, strict=True)
}
"""A letter of another script, or of phonetic writing, and the Latin letter or digit that it is taken for."""

_TO_LATIN = str.maketrans(dict(TWINS))
_ALIKE_IN_NAMES = str.maketrans({"I": "l", "1": "l", "|": "l", "ı": "i", "0": "O"})
_PAIRS = (("rn", "m"), ("vv", "w"))
_WORD = re.compile(r"[\w\u0300-\u036f]+")
_SCRIPTS = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")


def disguised(text: str) -> list[int]:
    """Positions of letters that pass for Latin ones: beside Latin letters in a word, or making up a whole Latin word.

    A text in the other script is none: it has letters that no Latin letter looks like.
    """
    if text.isascii():
        return []
    written_in = {_script(letter) for letter in text if not letter.isascii() and not _twin(letter)} - {None}
    return [place for word in _WORD.finditer(text) for place in _disguised_in(word, written_in)]


def skeleton(text: str) -> str:
    """What a name reads as: equal for names that differ by letters that look alike only."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_TO_LATIN))
    latin = decomposed.translate(_TO_LATIN).translate(_ALIKE_IN_NAMES)
    for pair, letter in _PAIRS:
        latin = latin.replace(pair, letter)
    return unicodedata.normalize("NFC", latin).casefold()


def _disguised_in(word: re.Match[str], written_in: set[str | None]) -> list[int]:
    letters = word.group()
    places = [at for at, letter in enumerate(letters) if _twin(letter)]
    if not places:
        return []
    if not any(_is_latin(letter) for letter in letters):
        scripts = {_script(letters[at]) for at in places}
        digits = any(letter.isdigit() for letter in letters)
        alone = scripts != {"CYRILLIC"} and len(places) == 1 and not digits  # α and β stand for themselves
        if alone or scripts & written_in or any(letter.isalpha() and not _twin(letter) for letter in letters):
            return []
    return [word.start() + at for at in places]


@lru_cache(4096)
def _twin(letter: str) -> bool:
    return not letter.isascii() and unicodedata.normalize("NFD", letter)[0] in TWINS


@lru_cache(4096)
def _is_latin(letter: str) -> bool:
    return letter.isalpha() and letter not in TWINS and unicodedata.name(letter, "").startswith("LATIN ")


@lru_cache(4096)
def _script(letter: str) -> str | None:
    return next((script for script in _SCRIPTS if unicodedata.name(letter, "").startswith(script)), None)
