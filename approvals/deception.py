"""What in an action's text could deceive who reviews it. Values in, findings out."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, cast

from kernel.lookalikes import disguised, skeleton
from kernel.visible import HiddenKind, code_point, hidden, marked

Kind = Literal[HiddenKind, "lookalike", "combining", "host", "punycode", "userinfo", "lookalike_name"]
"""`lookalike`: letters that pass for Latin ones. `combining`: more marks on a letter than any language writes. `host`:
a URL's host is not the one it looks like. `punycode`: it hides what it reads as. `userinfo`: what looks like the host
comes before an @. `lookalike_name`: another name in this document, but for letters that look alike."""

MOST_FINDINGS = 50
_SHOWN = 240
_MARKS = re.compile(
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4,}"
)
_AUTHORITY = re.compile(r"(?:\b[a-z]{2,10}:)?[/\\]{2}([^\s/?#\"'<>()]+)|\b(www\.[^\s/?#\"'<>()]+)", re.IGNORECASE)
_ENCODED = re.compile(r"(?<![\w-])xn--[a-z0-9-]+", re.IGNORECASE)
_NAMES = frozenset({"client", "client_name", "campaign", "campaign_name", "name", "product"})


@dataclass(frozen=True, slots=True)
class Finding:
    path: str
    """JSON pointer (RFC 6901) into the document."""
    kind: Kind
    characters: tuple[str, ...]
    """What gives it away, as U+202E, each once."""
    shown: str
    """The text, or the part of it that matters, with these characters made visible as ‹U+202E›."""


def findings(document: Mapping[str, Any]) -> list[Finding]:
    """The deceptive texts of a document, keys included, in its order; at most MOST_FINDINGS of them."""
    texts = list(_texts(document, ""))
    names = _lookalike_names(texts)
    found = (finding for path, text in texts for finding in _in_text(path, text))
    return [*islice(found, MOST_FINDINGS - len(names)), *names]


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in cast("Mapping[str, Any]", value).items():
            pointer = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
            if not key.isascii() or not key.isprintable():
                yield pointer, key
            yield from _texts(item, pointer)
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            yield from _texts(item, f"{path}/{index}")


def _in_text(path: str, text: str) -> Iterator[Finding]:
    places: dict[Kind, list[int]] = {}
    for at, kind in hidden(text):
        places.setdefault(kind, []).append(at)
    if letters := disguised(text):
        places["lookalike"] = letters
    if not text.isascii():
        decomposed = [place for run in _MARKS.finditer(text) for place in range(*run.span())]
        places |= {"combining": decomposed} if decomposed else {}
    for kind, found in places.items():
        yield _finding(path, kind, text, found)
    yield from _in_addresses(path, text)


def _in_addresses(path: str, text: str) -> Iterator[Finding]:
    for address in _AUTHORITY.finditer(text):
        authority = address.group(1) or address.group(2)
        userinfo, at_sign, host = authority.rpartition("@")
        if at_sign:
            characters = _code_points("@\\" if "\\" in userinfo else "@")
            yield Finding(path, "userinfo", characters, f"{_safe(address.group())} may lead to {_safe(host)}"[:_SHOWN])
        if foreign := _foreign(host):
            yield Finding(path, "host", _code_points(foreign), _safe(address.group(), foreign)[:_SHOWN])
    for label in _ENCODED.finditer(text):
        reads_as = _decoded(label.group())
        foreign = "".join(letter for letter in reads_as if not letter.isascii())
        shown = f"{label.group()} reads as {_safe(reads_as, foreign)}" if foreign else label.group()
        yield Finding(path, "punycode", _code_points(foreign), shown[:_SHOWN])


def _foreign(host: str) -> str:
    """Characters that make a host another one than it looks like: of a second script, or rewritten by browsers."""
    odd = [letter for letter in host if unicodedata.normalize("NFKC", letter) != letter or letter in "\\%。"]
    odd += [host[at] for at in disguised(host)]
    for label in host.split("."):
        scripts = {letter: unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}
        if "LATIN" in scripts.values():
            odd += [letter for letter, script in scripts.items() if script != "LATIN"]
    return "".join(dict.fromkeys(odd))


def _lookalike_names(texts: list[tuple[str, str]]) -> list[Finding]:
    """Texts that read like a name of the document and are another; of such texts all but the one closest to ASCII."""
    named = {skeleton(text) for path, text in texts if path.rpartition("/")[2] in _NAMES and _is_name(text)}
    alike: dict[str, dict[str, tuple[str, str]]] = {}
    for path, text in texts:
        if _is_name(text) and (reads_as := skeleton(text)) in named:
            same = unicodedata.normalize("NFKC", text).casefold()
            alike.setdefault(reads_as, {}).setdefault(same, (path, text))
    found: list[Finding] = []
    for pair in alike.values():
        honest = min((text for _, text in pair.values()), key=lambda text: sum(not letter.isascii() for letter in text))
        for path, text in pair.values():
            if text != honest:
                odd = _differing(text, honest)
                shown = f"{marked(text, odd)} is not {_safe(honest)}"
                found.append(Finding(path, "lookalike_name", _code_points(text[at] for at in odd), shown))
    return found[: MOST_FINDINGS // 2]


def _is_name(text: str) -> bool:
    return 3 <= len(text) <= _SHOWN and any(letter.isalpha() for letter in text)


def _differing(text: str, honest: str) -> list[int]:
    if len(text) == len(honest):
        return [at for at, letter in enumerate(text) if letter.casefold() != honest[at].casefold()]
    return [at for at, letter in enumerate(text) if letter not in honest]


def _finding(path: str, kind: Kind, text: str, places: list[int]) -> Finding:
    """It shows the text around the first place."""
    begin = max(places[0] - _SHOWN // 4, 0)
    end = begin + _SHOWN
    excerpt = _marked(text[begin:end], {at - begin for at in places if at < end})
    shown = f"{'…' if begin else ''}{excerpt}{'…' if end < len(text) else ''}"
    return Finding(path, kind, _code_points(text[at] for at in places), shown)


def _safe(text: str, foreign: str = "") -> str:
    return _marked(text, {at for at, letter in enumerate(text) if letter in foreign})


def _marked(text: str, places: set[int]) -> str:
    """With these characters visible, and whatever else is hidden or in disguise beside them."""
    return marked(text, places | {at for at, _ in hidden(text)} | set(disguised(text)))


def _decoded(label: str) -> str:
    try:
        return label[4:].encode("ascii").decode("punycode")
    except ValueError:
        return label


def _code_points(characters: Iterator[str] | str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code_point(character) for character in characters))[:20]
