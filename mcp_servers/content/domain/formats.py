"""The places copy is written for, and how much text each of them shows and accepts.

One table. `shown` is what people see without tapping "more": generated copy stays within it. `most` is what the
platform takes at all: nothing longer is published. Where a platform has one figure, both are the same.
"""

from dataclasses import dataclass
from typing import Literal

from mcp_servers.content.domain.gsm7 import septets
from mcp_servers.content.errors import UnsupportedFormat

Channel = Literal["search", "social", "video", "email", "sms", "web"]
Platform = Literal["Google Ads", "Meta Ads", "TikTok", "LinkedIn", "Mailchimp", "Twilio", "Website"]

CALL_TO_ACTION_MOST = 30
"""Characters of a call to action: a button's label, or a closing sentence."""


@dataclass(frozen=True, slots=True)
class Limit:
    shown: int
    most: int


@dataclass(frozen=True, slots=True)
class Format:
    platform: Platform
    channel: Channel
    headline: Limit | None
    """None: the format has no headline. For e-mail it is the subject."""
    body: Limit
    button: bool
    """Whether the call to action has a button of its own; else it belongs into the body."""
    source: str
    """Whose published guideline the figures are."""
    gsm7: bool = False
    """Whether length counts in GSM 7-bit units instead of characters."""

    def length(self, text: str) -> int | None:
        """The length as the platform counts it; None when its alphabet lacks a character."""
        return septets(text) if self.gsm7 else len(text)

    def shows(self, body: str) -> bool:
        """Whether a body is shown whole."""
        length = self.length(body)
        return length is not None and length <= self.body.shown

    def shows_headline(self, headline: str) -> bool:
        """Whether a headline is shown whole."""
        return self.headline is not None and len(headline) <= self.headline.shown

    def shortened(self, headline: str | None, body: str) -> list[str]:
        """What of a text the format does not show whole, in words for a reviewer."""
        found: list[str] = []
        length = self.length(body)
        if length is None:
            found.append("The body has characters outside the GSM 7-bit alphabet, so a message holds 70 of them.")
        elif length > self.body.shown:
            found.append(f"The body has {length} {self.unit}; {self.body.shown} are shown at once.")
        if headline and self.headline is None:
            found.append("The format has no headline; only the body is shown.")
        if headline and self.headline and len(headline) > self.headline.shown:
            found.append(f"The headline has {len(headline)} characters; {self.headline.shown} are shown.")
        return found

    def refused(self, headline: str | None, body: str) -> list[str]:
        """Why the platform would not take a text, in words; empty when it would."""
        found: list[str] = []
        length = self.length(body) or len(body)
        if length > self.body.most:
            found.append(f"The body has {length} {self.unit}; {self.platform} takes {self.body.most}.")
        if headline and self.headline and len(headline) > self.headline.most:
            found.append(f"The headline has {len(headline)} characters; {self.platform} takes {self.headline.most}.")
        return found

    @property
    def unit(self) -> str:
        return "GSM-7 units" if self.gsm7 else "characters"


def _exact(most: int) -> Limit:
    return Limit(most, most)


_META = "Meta Ads Guide: text recommendations (125 and 40 before truncation)"
_TIKTOK = "TikTok Business Help Center: in-feed ad specifications"
_LINKEDIN = "LinkedIn Marketing Solutions: advertising specifications"

FORMATS: tuple[Format, ...] = (
    Format("Google Ads", "search", _exact(30), _exact(90), False, "Google Ads Help: about responsive search ads"),
    Format("Google Ads", "video", _exact(40), _exact(90), True, "Google Ads Help: Demand Gen asset specifications"),
    Format("Meta Ads", "social", Limit(40, 255), Limit(125, 2200), True, _META),
    Format("Meta Ads", "video", Limit(40, 255), Limit(125, 2200), True, _META),
    Format("TikTok", "social", None, _exact(100), True, _TIKTOK),
    Format("TikTok", "video", None, _exact(100), True, _TIKTOK),
    Format("LinkedIn", "social", Limit(70, 200), Limit(150, 600), True, _LINKEDIN),
    Format("LinkedIn", "video", Limit(70, 200), Limit(150, 600), True, _LINKEDIN),
    Format(
        "Mailchimp",
        "email",
        Limit(50, 150),
        Limit(1_200, 20_000),
        False,
        "Mailchimp: best practices for subject lines (50); the body's figure is this product's own",
    ),
    Format(
        "Twilio",
        "sms",
        None,
        Limit(160, 1_600),
        False,
        "3GPP TS 23.038: one message; Twilio: message length limit",
        gsm7=True,
    ),
    Format(
        "Website",
        "web",
        Limit(60, 300),
        Limit(155, 20_000),
        True,
        "Usual width of a title link and snippet in search results; Google states no limit",
    ),
)
_BY_PLACE = {(entry.platform, entry.channel): entry for entry in FORMATS}


def format_of(platform: Platform, channel: Channel) -> Format:
    """The format of a platform's channel. Raises UnsupportedFormat."""
    found = _BY_PLACE.get((platform, channel))
    if found is None:
        offered = ", ".join(entry.channel for entry in FORMATS if entry.platform == platform)
        raise UnsupportedFormat(
            f"{platform} has no {channel} format.", field="channel", fix=f"For {platform} send one of: {offered}."
        )
    return found
