"""The playbook's sentences, by language. They invite and ask; they claim nothing about a product.

Slots: `{product}`, `{client}`, and in Spanish the words of `generation.address`. No figures, prices or offers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mcp_servers.content.domain.copy import Tone
from mcp_servers.content.domain.formats import Channel
from mcp_servers.content.generation.audiences import Theme

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Voice:
    """What can be said to one kind of audience."""

    hooks: Lines
    """Open a text with a thought they share."""
    problems: Lines
    """Open it with a question they may have."""
    benefits: Lines
    """Invite them to look for what it could do for them."""
    short: Lines
    """Headlines of 30 characters at most."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    voices: Mapping[Theme, Voice]
    tones: Mapping[Tone, Lines]
    """Openings that carry a tone, whoever reads."""
    intros: Lines
    """Sentences that name the product; the last ones are for names too long to fit."""
    bridges: Lines
    """Sentences that lead from a problem or a wish to the product."""
    headlines: Lines
    """With the product; the last ones, of 30 characters at most, without."""
    calls: Mapping[Channel, Lines]
    """Calls to action of 30 characters at most."""
    opt_out: str
    greeting: str
    sign_off: str
