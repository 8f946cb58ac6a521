"""Templates to responses: words in the page's language, everything escaped, and headers that keep a page to itself."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from identity.pages.addresses import shown_name
from identity.pages.languages import LANGUAGES, in_language
from identity.pages.texts import say
from identity.people.account import Language

_TEMPLATES = Path(__file__).parent / "templates"
_HEADERS: Mapping[str, str] = {
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: with it browsers send forms with `Origin: null`, which no form of ours could be told by.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {}"
)


class Renderer:
    def __init__(self, assets: Mapping[str, str], *, secure: bool) -> None:
        """`assets` are paths by name; `secure` when the pages are served over https."""
        self._headers = dict(_HEADERS)
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        own = {"assets": dict(assets), "say": say, "name": _name, "strong": _strong, "date": _date}
        cast("dict[str, object]", self._environment.globals).update(own)

    def page(
        self,
        template: str,
        *,
        language: Language,
        here: str,
        values: Mapping[str, object],
        status: int = 200,
        leads_to: Sequence[str] = (),
    ) -> HTMLResponse:
        """A page. `here` is its path, to offer in the other language; `leads_to` are sources its forms may end at."""
        html = self._environment.get_template(template).render(
            **values,
            language=language,
            t=partial(_words, language),
            switch={each: in_language(here, each) for each in LANGUAGES},
        )
        policy = _POLICY.format(" ".join(("'self'", *leads_to)))
        headers = {**self._headers, "Content-Security-Policy": policy, "Content-Language": language}
        return HTMLResponse(html, status_code=status, headers=headers)


def _words(language: Language, key: str, **filled: object) -> Markup:
    return escape(say(key, language)).format(**filled)


def _name(text: str) -> Markup:
    """A name that somebody else chose: visible, escaped, and unable to turn the writing around it."""
    return Markup('<bdi class="name">{}</bdi>').format(shown_name(text))


def _strong(text: str) -> Markup:
    return Markup("<strong>{}</strong>").format(text)


def _date(seconds: int) -> Markup:
    """A day, in UTC."""
    day = datetime.fromtimestamp(seconds, UTC).date().isoformat()
    return Markup('<time datetime="{}">{}</time>').format(day, day)
