"""Linking what a person wrote to the tenant's clients and products."""

import re
from collections.abc import Iterable

from rapidfuzz import fuzz

from orchestrator.domain.catalogue import Catalogue
from orchestrator.understanding.text import Found, Span, fold, free, key

_CLOSE = 88
"""Similarity (0–100) from which a name is taken for a misspelling of a known one."""
_LEAD_IN = (
    r"(?: (?:de|del|para|for|of|al|el|la|los|las|un|una|the|a|an|our|my|mi|nuestr[oa]|nuev[oa]|new|producto|product))*"
)
_VERB = (
    r"(?:lanz\w+|launch\w*|promo\w+|vend\w+|sell\w*|anunci\w+|advertis\w+|market\w*"
    r"|(?:campa[nñ]a|estrategia|plan|campaign|strategy)s?(?: (?:de lanzamiento|launch|completa|full))?)"
)
_PROPER = r"[A-ZÁÉÍÓÚÑ0-9][\w'&+-]*"
_NAME = rf"(?P<name>{_PROPER}(?: (?:(?:de|del|la|el|of|&|y) )?{_PROPER})*)"
_QUOTED = re.compile(r"(?P<quote>[\"'])(?P<name>[^\"']{2,60})(?P=quote)")
_LABELLED_LIST = re.compile(r"\b(?:producto|product)s?[:=] ?(?P<name>[^·,.;:\n]{2,60})", re.IGNORECASE)
_LABELLED = re.compile(rf"\b(?i:producto|product|servicio|service)(?i: (?:llamado|called|named))? {_NAME}")
_LAUNCHED = re.compile(rf"\b(?i:{_VERB}{_LEAD_IN}) {_NAME}")


def find_names(text: str, names: Iterable[str]) -> list[Found[str]]:
    """Every known name in the text, whole or slightly misspelt, the longest first where they overlap."""
    folded = fold(text)
    found: list[Found[str]] = []
    for name in sorted(names, key=len, reverse=True):
        for span in _exact(folded, name) or _misspelt(folded, name):
            if free(span, (item.span for item in found)):
                found.append(Found(name, span))
    return sorted(found, key=lambda item: item.span)


def _exact(folded: str, name: str) -> list[Span]:
    words = r"[\W_]+".join(re.escape(word) for word in key(name).split())
    return [match.span() for match in re.finditer(rf"(?<!\w){words}(?!\w)", folded)] if words else []


def _misspelt(folded: str, name: str) -> list[Span]:
    wanted = key(name)
    if len(wanted) < 5:
        return []
    words = list(re.finditer(r"\w+", folded))
    size = len(wanted.split())
    windows = [(words[at].start(), words[at + size - 1].end()) for at in range(len(words) - size + 1)]
    scored = [(fuzz.ratio(key(folded[start:end]), wanted), (start, end)) for start, end in windows]
    best = max(scored, default=(0.0, (0, 0)))
    return [best[1]] if best[0] >= _CLOSE else []


def unknown_name(text: str) -> Found[str] | None:
    """What the text calls a product though nothing known was found there: quoted, labelled, or a launched proper name.

    `text` has everything already understood taken out (`blank`), so that a country or a month is no product.
    """
    for pattern in (_QUOTED, _LABELLED_LIST, _LABELLED, _LAUNCHED):
        match = pattern.search(text)
        if match and len(match["name"].strip()) > 1:
            return Found(match["name"].strip(), match.span("name"))
    return None


def link_product(said: str, known: Iterable[str]) -> list[str]:
    """The known products a name may mean: the exact one, else a misspelt one, else all that contain its words."""
    names = list(known)
    exact = [name for name in names if key(name) == key(said)]
    close = [name for name in names if fuzz.ratio(key(name), key(said)) >= _CLOSE]
    words = set(key(said).split())
    within = [name for name in names if words and words <= set(key(name).split())]
    return exact or close or within


def link_client(said: str, catalogue: Catalogue) -> str | None:
    matches = link_product(said, [client.name for client in catalogue.clients])
    return matches[0] if len(matches) == 1 else None
