"""The channels and platforms a person asks for by name."""

import re

from agents.assignment import Channel, Platform
from orchestrator.understanding.text import Found, fold

_CHANNELS: dict[Channel, str] = {
    "email": r"e-?mails?|correos?(?: electronicos?)?|newsletters?|boletin(?:es)?",
    "sms": r"sms|mensajes? de texto|text messages?",
    "search": r"search(?: ads)?|busqueda|buscadores|sem",
    "social": r"social(?: media| networks?)?|redes(?: sociales)?",
    "video": r"videos?",
}
_PLATFORMS: dict[Platform, str] = {
    "Google Ads": r"google(?: ads)?|adwords|youtube",
    "Meta Ads": r"meta ads|meta business(?: suite)?|facebook|instagram|fb",
    "TikTok": r"tik ?tok",
    "LinkedIn": r"linked ?in",
    "Mailchimp": r"mailchimp",
    "Twilio": r"twilio",
}


def find_channels(text: str) -> list[Found[Channel]]:
    folded = fold(text)
    return [
        Found(channel, match.span())
        for channel, words in _CHANNELS.items()
        for match in re.finditer(rf"(?<!\w)(?:{words})(?!\w)", folded)
    ]


def find_platforms(text: str) -> list[Found[Platform]]:
    folded = fold(text)
    return [
        Found(platform, match.span())
        for platform, words in _PLATFORMS.items()
        for match in re.finditer(rf"(?<!\w)(?:{words})(?!\w)", folded)
    ]
