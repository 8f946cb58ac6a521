"""Countries by name, ISO code or demonym, in Spanish and English."""

import re
from functools import lru_cache

from agents.assignment import Country
from agents.words import territories
from orchestrator.understanding.text import Found, alternatives, fold, free, key, tidy

_ALIASES = {
    "usa": "US", "u.s.a.": "US", "u.s.": "US", "united states of america": "US", "eeuu": "US", "ee.uu.": "US",
    "ee. uu.": "US", "the states": "US", "estados unidos de america": "US", "uk": "GB", "great britain": "GB",
    "gran bretana": "GB", "england": "GB", "inglaterra": "GB", "holanda": "NL", "holland": "NL", "mejico": "MX",
    "republica de corea": "KR", "south korea": "KR", "corea del sur": "KR", "czech republic": "CZ",
    "republica checa": "CZ", "turkey": "TR", "uae": "AE", "emiratos": "AE", "dominican republic": "DO",
}  # fmt: skip
_DEMONYMS = {
    "CR": "costarricense tico costa-rican", "MX": "mexicano mexican", "CO": "colombiano colombian",
    "US": "estadounidense american us-based", "ES": "espanol spanish spaniard", "GT": "guatemalteco guatemalan",
    "PA": "panameno panamanian", "SV": "salvadoreno salvadoran", "HN": "hondureno honduran",
    "NI": "nicaraguense nicaraguan", "AR": "argentino argentinian argentine", "CL": "chileno chilean",
    "PE": "peruano peruvian", "EC": "ecuatoriano ecuadorian", "UY": "uruguayo uruguayan", "PY": "paraguayo paraguayan",
    "BO": "boliviano bolivian", "VE": "venezolano venezuelan", "DO": "dominicano dominican",
    "PR": "puertorriqueno puerto-rican", "CU": "cubano cuban", "BR": "brasileno brazilian", "CA": "canadiense canadian",
    "GB": "britanico british", "FR": "frances francesa french", "DE": "aleman alemana german", "IT": "italiano italian",
    "PT": "portugues portuguesa portuguese", "NL": "holandes holandesa dutch", "JP": "japones japonesa japanese",
    "CN": "chino chinese", "IN": "indio indian", "AU": "australiano australian",
}  # fmt: skip
_NOT_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
_CAPITALS_THAT_ARE_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    AD AM AS AT BE BY CC CM DE DO EL ES FM GO HM HR ID IN IO IS IT LA ME MS MY NE NO PM PR QA SA SE SI SO TO
    TV US
    """,
    )
)
_PLACE = re.compile(r"\b(?:in|en|para|for|countr(?:y|ies)|pa[ií]s(?:es)?)(?: the| los| las)?[: ]+$", re.IGNORECASE)
_LANGUAGE = re.compile(
    r"\b(?:in|en|idioma|language:?|lengua) (?=(?:espanol|spanish|french|german|italian|portuguese)\b)"
)


@lru_cache
def _names() -> dict[str, str]:
    """Folded name → code, both languages, official names and the usual aliases."""
    names = dict(_ALIASES)
    for language in ("en", "es"):
        for code, name in territories(language).items():
            if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES:
                names.setdefault(fold(tidy(name)), code)
    return names


@lru_cache
def _demonyms() -> dict[str, str]:
    forms: dict[str, str] = {}
    for code, words in _DEMONYMS.items():
        for stem in words.split():
            word = stem.replace("-", " ")
            endings = [word, f"{word}s", f"{word}es"]
            if word.endswith("o"):
                endings += [f"{word[:-1]}a", f"{word[:-1]}as"]
            if word.endswith("ol"):
                endings += [f"{word}a", f"{word}as"]
            forms.update(dict.fromkeys(endings, code))
    return forms


@lru_cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    return tuple(re.compile(rf"(?<!\w)(?:{alternatives(table)})(?!\w)") for table in (_names(), _demonyms()))  # type: ignore[return-value]


def country_of(code: str) -> Country:
    """The country of an ISO code, with the English name the data uses."""
    return Country(code=code, name=territories("en")[code])


def resolve_country(said: str) -> Country | None:
    """One country from a name in either language, an ISO code or a demonym; None when there is none such."""
    folded = fold(tidy(said))
    if len(folded) == 2 and folded.upper() in territories("en") and folded.upper() not in _NOT_COUNTRIES:
        return country_of(folded.upper())
    code = _names().get(folded) or _demonyms().get(folded)
    if code is None:
        code = next((code for name, code in _names().items() if key(name) == key(said)), None)
    return country_of(code) if code else None


def find_countries(text: str, *, shouted: bool = False) -> list[Found[Country]]:
    """Countries in the order said, each once: names and codes, or demonyms when there is neither.

    In a `shouted` text, all in capitals, two letters are no code.
    """
    folded = fold(text)
    names, demonyms = _patterns()
    found = [Found(country_of(_names()[match.group()]), match.span()) for match in names.finditer(folded)]
    found += [item for item in ([] if shouted else _codes(text)) if free(item.span, [other.span for other in found])]
    if not found:
        languages = {match.end() for match in _LANGUAGE.finditer(folded)}
        found = [
            Found(country_of(_demonyms()[match.group()]), match.span())
            for match in demonyms.finditer(folded)
            if match.start() not in languages
        ]
    found.sort(key=lambda item: item.span)
    first_of = {item.value.code: index for index, item in reversed(list(enumerate(found)))}
    return [item for index, item in enumerate(found) if first_of[item.value.code] == index]


def _codes(text: str) -> list[Found[Country]]:
    """ISO codes in capitals, but for those that are words said loudly."""
    known = territories("en")
    return [
        Found(country_of(match.group()), match.span())
        for match in re.finditer(r"(?<![\w$])[A-Z]{2}(?![\w$])", text)
        if match.group() in known and match.group() not in _NOT_COUNTRIES and _is_code(text, match)
    ]


def _is_code(text: str, match: re.Match[str]) -> bool:
    """A code that is also a word counts after a word for place, in a list after another code, or between separators."""
    if match.group() not in _CAPITALS_THAT_ARE_WORDS:
        return True
    alone = re.match(r" ?(?:[,;·]|$)", text[match.end() :]) and re.search(r"(?:^|[,;·]) ?$", text[: match.start()])
    if alone:
        return True
    before = text[: match.start()]
    listed = re.search(r"\b([A-Z]{2})(?:, ?| (?:y|e|and|\+|&) )$", before)
    return bool(_PLACE.search(before)) or (listed is not None and listed[1] in territories("en"))
