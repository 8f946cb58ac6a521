"""The playbook: copy composed by rule from the frameworks copywriters use. Works offline, always the same for a brief.

A variant is a framework's parts in their order. The parts that matter most are placed first, in the space the format
has; then whatever else still fits. The key message is said word for word or, where it does not fit, not at all: half an
offer would be another offer.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from kernel.canonical import digest
from mcp_servers.content.domain.asset import Language
from mcp_servers.content.domain.copy import Copy, CopyBrief, Framework, Variant
from mcp_servers.content.domain.gsm7 import to_gsm7
from mcp_servers.content.generation.address import forms, person
from mcp_servers.content.generation.audiences import PLURAL, theme_of
from mcp_servers.content.generation.lexicon import Lexicon
from mcp_servers.content.generation.lexicon.english import ENGLISH
from mcp_servers.content.generation.lexicon.spanish import SPANISH

Part = Literal[
    "sender", "greeting", "hook", "problem", "intro", "bridge", "key", "benefit", "action", "close", "opt_out"
]

_ORDERS: dict[Framework, tuple[Part, ...]] = {
    "attention-interest-desire-action": ("hook", "intro", "key", "benefit", "action"),
    "problem-agitation-solution": ("problem", "hook", "bridge", "key", "action"),
    "before-after-bridge": ("problem", "benefit", "bridge", "key", "action"),
    "features-advantages-benefits": ("intro", "key", "benefit", "hook", "action"),
    "benefit-led": ("benefit", "intro", "key", "action"),
}
_FRAMEWORKS = tuple(_ORDERS)
_IMPORTANCE: tuple[Part, ...] = (
    *("opt_out", "sender", "key", "intro", "bridge", "action"),
    *("greeting", "close", "problem", "benefit", "hook"),
)
_INTERCHANGEABLE: frozenset[Part] = frozenset({"hook", "problem", "benefit"})
"""Parts whose lines are of equal worth: one that opens with a new word is taken first."""
_SENDER_MOST = 40
_ATTEMPTS_PER_VARIANT = 6
_LEXICONS: dict[Language, Lexicon] = {"en": ENGLISH, "es": SPANISH}
_KEY_LEFT_OUT: dict[Language, str] = {
    "en": "The key message does not fit into this format and was left out of {count} variants; it is never shortened.",
    "es": "El mensaje clave no cabe en este formato y se omitió en {count} variantes; nunca se acorta.",
}
_FEWER: dict[Language, str] = {
    "en": "Only {count} different variants fit into this format.",
    "es": "Solo caben {count} variantes distintas en este formato.",
}


class PlaybookEngine:
    """A `CopyEngine` without a model."""

    async def write(self, brief: CopyBrief) -> Copy:
        return _Writer(brief).copy()


class _Writer:
    def __init__(self, brief: CopyBrief) -> None:
        self._brief = brief
        self._lexicon = _LEXICONS[brief.language]
        theme = theme_of(brief.audience)
        self._voice = self._lexicon.voices[theme]
        formal = brief.tone == "professional" or (brief.tone is None and brief.place.platform == "LinkedIn")
        who = person(brief.country, formal=formal, plural=theme in PLURAL)
        self._words = forms(who) | {"product": brief.product, "client": brief.client}
        self._seed = _seed(brief)

    def copy(self) -> Copy:
        brief = self._brief
        variants: list[Variant] = []
        bodies: set[str] = set()
        for attempt in range(brief.count * _ATTEMPTS_PER_VARIANT):
            if len(variants) == brief.count:
                break
            turn = self._seed + attempt
            body = self._body(_FRAMEWORKS[turn % len(_FRAMEWORKS)], turn)
            if body in bodies:
                continue
            bodies.add(body)
            variants.append(self._variant(body, turn, {variant.headline for variant in variants}))
        return Copy("playbook", tuple(variants), tuple(self._warnings(variants)))

    def _variant(self, body: str, turn: int, taken: set[str | None]) -> Variant:
        framework = _FRAMEWORKS[turn % len(_FRAMEWORKS)]
        return Variant(self._headline(framework, turn, taken), body, self._call_to_action(turn), framework)

    def _warnings(self, variants: Sequence[Variant]) -> list[str]:
        found: list[str] = []
        if self._brief.key_message:
            key = self._written(_sentence(self._brief.key_message))
            missing = sum(1 for variant in variants if key is None or key not in variant.body)
            if missing:
                found.append(_KEY_LEFT_OUT[self._brief.language].format(count=missing))
        if len(variants) < self._brief.count:
            found.append(_FEWER[self._brief.language].format(count=len(variants)))
        return found

    def _headline(self, framework: Framework, turn: int, taken: set[str | None]) -> str | None:
        place = self._brief.place
        if place.headline is None:
            return None
        named = self._turned(self._lexicon.headlines, turn)
        short = self._turned(self._voice.short, turn)
        options = [*short, *named] if framework == "benefit-led" else [*named[:-3], *short, *named[-3:]]
        fitting = [text for text in options if place.shows_headline(text)]
        return next((text for text in fitting if text not in taken), fitting[0])

    def _call_to_action(self, turn: int) -> str:
        asked = self._brief.call_to_action
        text = asked or self._turned(self._lexicon.calls[self._brief.place.channel], turn)[0]
        return self._written(text) or text

    def _body(self, framework: Framework, turn: int) -> str:
        order = self._order(framework)
        chosen: dict[Part, str] = {}
        for part in sorted(order, key=_IMPORTANCE.index):
            options = self._options(part, turn)
            if part in _INTERCHANGEABLE:
                openings = {text.split()[0] for text in chosen.values()}
                options.sort(key=lambda text: text.split()[0] in openings)
            for option in options:
                if self._fits(order, {**chosen, part: option}):
                    chosen[part] = option
                    break
        return self._joined(order, chosen) or ""

    def _order(self, framework: Framework) -> tuple[Part, ...]:
        parts = _ORDERS[framework]
        match self._brief.place.channel:
            case "sms":
                return ("sender", *parts, "opt_out")
            case "email":
                return ("greeting", *parts, "close")
            case _:
                return tuple(part for part in parts if part != "action") if self._brief.place.button else parts

    def _options(self, part: Part, turn: int) -> list[str]:
        brief, lexicon = self._brief, self._lexicon
        once: dict[Part, Callable[[], list[str]]] = {
            "sender": lambda: [f"{brief.client}:"] if len(brief.client) <= _SENDER_MOST else [],
            "key": lambda: [_sentence(brief.key_message)] if brief.key_message else [],
            "action": lambda: [_sentence(self._call_to_action(turn))],
        }
        if part in once:
            return once[part]()
        lines = {
            "greeting": (lexicon.greeting,),
            "hook": lexicon.tones[brief.tone] if brief.tone else self._voice.hooks,
            "problem": self._voice.problems,
            "intro": lexicon.intros,
            "bridge": lexicon.bridges,
            "benefit": self._voice.benefits,
            "close": (lexicon.sign_off,),
            "opt_out": (lexicon.opt_out,),
        }
        return self._turned(lines[part], turn)

    def _turned(self, lines: Sequence[str], turn: int) -> list[str]:
        """The lines with their slots filled, those with a name first, each list starting elsewhere each turn."""
        named = [line for line in lines if "{product}" in line or "{client}" in line]
        plain = [line for line in lines if line not in named]
        if self._brief.place.channel == "sms":  # the sender is named already
            named = [line for line in named if "{client}" not in line]
        step = turn // len(_FRAMEWORKS) + turn
        return [line.format_map(self._words) for group in (named, plain) for line in _rotated(group, step)]

    def _fits(self, order: Sequence[Part], chosen: dict[Part, str]) -> bool:
        text = self._joined(order, chosen)
        return text is not None and self._brief.place.shows(text)

    def _joined(self, order: Sequence[Part], chosen: dict[Part, str]) -> str | None:
        separator = "\n\n" if self._brief.place.channel == "email" else " "
        return self._written(separator.join(chosen[part] for part in order if part in chosen))

    def _written(self, text: str) -> str | None:
        """The text in the format's alphabet, or None when it cannot be written in it."""
        return to_gsm7(text) if self._brief.place.gsm7 else text


def _seed(brief: CopyBrief) -> int:
    """A number for the brief, the same whatever the count, so that more variants begin with the fewer."""
    facts = [brief.facts, brief.audience, brief.place.platform, brief.place.channel, brief.locale, brief.tone]
    return int(digest(facts)[-8:], 16)


def _rotated(lines: Sequence[str], step: int) -> list[str]:
    start = step % len(lines) if lines else 0
    return [*lines[start:], *lines[:start]]


def _sentence(text: str) -> str:
    return text if text[-1] in ".!?…:" else f"{text}."
