import re
import string
from pathlib import Path
from typing import get_args

import pytest

from identity.pages import texts
from identity.pages.languages import asked_in, in_language
from identity.pages.texts import TEXTS, say
from kernel.auth.principal import Role, Scope
from kernel.auth.roles import RESOURCES

PAGES = Path(texts.__file__).parent
SOURCES = "\n".join(
    path.read_text() for path in [*PAGES.rglob("*.html"), *PAGES.glob("*.py")] if path.name != "texts.py"
)
FAMILIES = {
    "scope.": get_args(Scope),
    "role.": get_args(Role),
    "resource.": RESOURCES,
    "new.": ("short", "long", "characters", "email", "obvious"),
    "consent.": ("verified", "built-in", "registered", "dynamic", "document"),
    "consent.to_": ("site", "computer", "app"),
    "failure.": (
        "invalid_input",
        "unauthenticated",
        "forbidden",
        "not_found",
        "conflict",
        "unavailable",
        "csrf_mismatch",
        "invitation_closed",
    ),
}
COMPOSED = {f"{prefix}{name}" for prefix, names in FAMILIES.items() for name in names}
NAMED = set(re.findall(r"['\"]([a-z_]+\.[a-z_]+|skip|email|password|organization)['\"]", SOURCES)) & set(TEXTS)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_a_text_says_the_same_in_both_languages(key: str) -> None:
    said = TEXTS[key]

    assert said.en.strip()
    assert said.es.strip()
    assert placeholders(said.en) == placeholders(said.es)
    assert say(key, "es") == said.es


def test_every_text_that_a_page_composes_exists() -> None:
    assert set(TEXTS) >= COMPOSED


def test_every_text_a_template_names_exists() -> None:
    named = set(re.findall(r"\bt\('([a-z_.]+)'[,)]", SOURCES))

    assert named
    assert named <= set(TEXTS)


def test_no_text_is_left_that_no_page_says() -> None:
    assert set(TEXTS) - COMPOSED - NAMED == set()


def test_the_languages_differ() -> None:
    same = {key for key, said in TEXTS.items() if said.en == said.es}

    assert same == {"consent.to_site"}


def test_a_path_changes_its_language_and_nothing_else() -> None:
    path = "/oauth/authorize?scope=a%20b&ui_locales=en&state=%26&resource=x&resource=y&empty="

    changed = in_language(path, "es")

    assert changed == "/oauth/authorize?scope=a+b&state=%26&resource=x&resource=y&empty=&ui_locales=es"
    assert asked_in(changed) == "es"
    assert asked_in("/account") == ""
