"""How Spanish copy speaks to people: tú, vos, usted, vosotros or ustedes, by country, tone and number."""

from typing import Literal

from mcp_servers.content.domain.countries import Country

Person = Literal["tú", "vos", "usted", "vosotros", "ustedes"]
_PERSONS: tuple[Person, ...] = ("tú", "vos", "usted", "vosotros", "ustedes")

_FORMS: dict[str, tuple[str, str, str, str, str]] = {
    # imperatives
    "decide": ("decide", "decidí", "decida", "decidid", "decidan"),
    "discover": ("descubre", "descubrí", "descubra", "descubrid", "descubran"),
    "find": ("encuentra", "encontrá", "encuentre", "encontrad", "encuentren"),
    "imagine": ("imagina", "imaginá", "imagine", "imaginad", "imaginen"),
    "look": ("mira", "mirá", "mire", "mirad", "miren"),
    "meet": ("conoce", "conocé", "conozca", "conoced", "conozcan"),
    "reply": ("responde", "respondé", "responda", "responded", "respondan"),
    "start": ("empieza", "empezá", "empiece", "empezad", "empiecen"),
    "stop": ("detente", "detenete", "deténgase", "deteneos", "deténganse"),
    # present
    "look_for": ("buscas", "buscás", "busca", "buscáis", "buscan"),
    "plan": ("planeas", "planeás", "planea", "planeáis", "planean"),
    # pronouns and possessives
    "to_you": ("te", "te", "le", "os", "les"),
    "your_m": ("tu", "tu", "su", "vuestro", "su"),
    "your_f": ("tu", "tu", "su", "vuestra", "su"),
    "your_mp": ("tus", "tus", "sus", "vuestros", "sus"),
}


def person(country: Country | None, *, formal: bool, plural: bool) -> Person:
    """Whom the copy addresses; without a country, as most of Latin America does."""
    if plural:
        return "vosotros" if country and country.vosotros and not formal else "ustedes"
    if formal:
        return "usted"
    return "vos" if country and country.voseo else "tú"


def forms(who: Person) -> dict[str, str]:
    """The words that change with the person, by name; a capital in the name gives a capital in the word."""
    column = _PERSONS.index(who)
    words = {name: row[column] for name, row in _FORMS.items()}
    return words | {name.capitalize(): word.capitalize() for name, word in words.items()}
