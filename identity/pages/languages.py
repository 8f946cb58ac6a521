"""Which language a page speaks."""

from collections.abc import Iterable
from typing import get_args
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request

from identity.people.account import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
PARAMETER = "ui_locales"


def spoken(request: Request, *, asked: str = "", person: Language | None = None) -> Language:
    """What a form field `asked` or the request names (OpenID's `ui_locales`), the person's, the browser's, English."""
    for tags in (asked, request.query_params.get(PARAMETER, "")):
        if known := _first(tags.split()):
            return known
    return person or _first(_accepted(request.headers.get("accept-language", ""))) or "en"


def asked_in(path: str) -> str:
    """The `ui_locales` of a path with a query, empty without."""
    return dict(parse_qsl(urlsplit(path).query)).get(PARAMETER, "")


def in_language(path: str, language: Language) -> str:
    """The same path with `ui_locales` naming a language."""
    parts = urlsplit(path)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != PARAMETER]
    return parts._replace(query=urlencode([*query, (PARAMETER, language)])).geturl()


def _accepted(header: str) -> list[str]:
    """The tags of Accept-Language, most wanted first, those with weight 0 left out."""
    weighted: list[tuple[float, str]] = []
    for part in header.split(",")[:20]:
        tag, _, parameter = part.partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0
        if weight > 0:
            weighted.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]


def _first(tags: Iterable[str]) -> Language | None:
    for tag in tags:
        short = tag.lower().partition("-")[0]
        for language in LANGUAGES:
            if short == language:
                return language
    return None
