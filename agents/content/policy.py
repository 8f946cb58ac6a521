"""The content playbook: copy for each country in its language, written by the content server."""

from collections.abc import Sequence

from babel.languages import get_official_languages

from agents.assignment import Assignment, Country, Engine, Language
from agents.content.outputs import ContentOutput, Message
from agents.places import starting_places
from agents.playbook.policy import Policy, ToolCall, answers
from agents.report import ToolResult

_MOST_COPIES = 8
_EVERYONE: dict[Language, str] = {"en": "everyone", "es": "todas las personas"}
_THEME: dict[Language, str] = {
    "en": "{products} for {audience}: one promise, told in each country's own way.",
    "es": "{products} para {audience}: una promesa, dicha a la manera de cada país.",
}
_PLAIN: dict[Language, tuple[str, str]] = {
    "en": ("Meet {product}", "Learn more"),
    "es": ("Descubre {product}", "Más información"),
}


def audience_of(assignment: Assignment) -> str:
    return ", ".join(assignment.audiences)[:200] or _EVERYONE[assignment.language]


def language_of(country: Country, default: Language) -> Language:
    """The language to write in for a country, of those the content server writes."""
    official = get_official_languages(country.code)
    if "es" in official:
        return "es"
    return "en" if "en" in official else default


def calls(assignment: Assignment) -> list[ToolCall]:
    places = starting_places(assignment)
    pairs = [(country, place) for place in places for country in assignment.countries][:_MOST_COPIES]
    copies = [
        ToolCall(
            tool="generate_copy",
            args={
                "client": assignment.client,
                "product": assignment.products[0],
                "audience": audience_of(assignment),
                "channel": channel,
                "platform": platform,
                "language": language_of(country, assignment.language),
                "country": country.name,
                "count": 1,
            },
        )
        for country, (platform, channel) in pairs
    ]
    args = {"client": assignment.client, "product": assignment.products[0], "limit": 50}
    return [*copies, ToolCall(tool="list_assets", args=args)]


def conclude(assignment: Assignment, results: Sequence[ToolResult]) -> ContentOutput:
    written = [message for answer in answers(results, "generate_copy") for message in _message(answer)]
    covered = {message.country for message in written}
    for country in assignment.countries:
        if country.name not in covered:
            written += _shared(assignment, country, written)
    theme = _THEME[assignment.language]
    products = ", ".join(assignment.products)
    return ContentOutput(
        theme=theme.format(products=products, audience=audience_of(assignment)), messages=tuple(written)
    )


def _message(answer: ToolResult) -> list[Message]:
    engine: Engine = "playbook" if answer.fields.get("engine") == "playbook" else "llm"
    return [
        Message(
            country=answer.args["country"],
            language=answer.args["language"],
            platform=answer.args["platform"],
            channel=answer.args["channel"],
            headline=variant.get("headline") or "",
            body=variant["body"],
            call_to_action=variant.get("call_to_action") or "",
            engine=engine,
        )
        for variant in answer.fields.get("variants", [])[:1]
    ]


def _shared(assignment: Assignment, country: Country, written: Sequence[Message]) -> list[Message]:
    """Copy of another country in the same language; the bare name of the product where there is none."""
    language = language_of(country, assignment.language)
    same = [message for message in written if message.language == language]
    if same:
        first = same[0].country
        return [message.model_copy(update={"country": country.name}) for message in same if message.country == first]
    headline, action = _PLAIN[language]
    return [
        Message(
            country=country.name,
            language=language,
            platform=platform,
            channel=channel,
            headline=headline.format(product=assignment.products[0])[:30],
            body=headline.format(product=assignment.products[0])[:90],
            call_to_action=action,
            engine="playbook",
        )
        for platform, channel in starting_places(assignment)[:1]
    ]


POLICY: Policy[ContentOutput] = Policy(calls=calls, conclude=conclude)
