"""An asset: one piece of content, every version of its text, who may use it where, and where it is live."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from kernel.canonical import digest
from mcp_servers.content.domain.countries import country_of
from mcp_servers.content.domain.formats import Channel, Platform, format_of
from mcp_servers.content.domain.text import clean, clean_line, clean_optional
from mcp_servers.content.errors import (
    AlreadyPublished,
    NothingToChange,
    RightsDoNotCover,
    RightsExpired,
    TextTooLong,
    VersionNotFound,
    VersionOutdated,
)

Language = Literal["en", "es"]
AssetKind = Literal["copy", "image", "video_storyboard"]
AssetStatus = Literal["draft", "published", "retracted"]
Author = Literal["human", "playbook", "llm"]


_CACHE_HIT = re.compile(
    r"cache:(?P<reference>\S+) age=(?P<age>\d{1,9})s(?: similarity=(?P<similarity>0\.\d{1,6}|1(?:\.0+)?))?"
)


@dataclass(frozen=True, slots=True)
class CacheHit:
    """A cached answer that a text was taken from."""

    reference: str
    age_seconds: int
    """How old it was when it was taken."""
    similarity: float | None


@dataclass(frozen=True, slots=True)
class Provenance:
    engine: Author
    """Who wrote the text, as whoever stored it says."""
    source: str | None = None
    """Where it came from, e.g. `generate_copy`, or `cache:<reference> age=<seconds>s similarity=<0 to 1>`."""

    @classmethod
    def of(cls, engine: Author, source: str | None) -> "Provenance":
        """Raises HiddenCharacters."""
        return cls(engine, clean_optional(source, "source"))

    @property
    def cache_hit(self) -> CacheHit | None:
        """The cached answer that the source names, None when it names none."""
        found = _CACHE_HIT.fullmatch(self.source or "")
        if found is None:
            return None
        similarity = found["similarity"]
        return CacheHit(found["reference"], int(found["age"]), float(similarity) if similarity else None)


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one version, cleaned."""

    body: str
    headline: str | None
    call_to_action: str | None

    @classmethod
    def of(cls, body: str, headline: str | None, call_to_action: str | None) -> "Text":
        """Cleaned text. Raises HiddenCharacters, and NothingToChange when the body is blank."""
        words = clean(body, "body")
        if not words:
            raise NothingToChange("The body is blank.", field="body", fix="Send the text.")
        return cls(words, clean_optional(headline, "headline"), clean_optional(call_to_action, "call_to_action"))

    @property
    def digest(self) -> str:
        return digest([self.headline, self.body, self.call_to_action])


@dataclass(frozen=True, slots=True)
class Hand:
    """Who stored something, and when."""

    subject: str
    via: str | None
    """The agent or server that acted for them."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    text: Text
    provenance: Provenance
    by: Hand
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """One version live at one destination."""

    action_id: str
    version: int
    channel: Channel
    platform: Platform
    post_id: str
    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rights:
    owner: str
    licence: str
    territories: tuple[str, ...] = ()
    """English country names; empty means everywhere."""
    expires_on: date | None = None
    """The last day of use."""

    def check(self, country: str | None, today: date) -> None:
        """Raise RightsExpired or RightsDoNotCover unless use in `country` (None: anywhere) is licensed today."""
        if self.expires_on and today > self.expires_on:
            raise RightsExpired(f"The licence of {self.owner} ended on {self.expires_on}.", fix="Renew it first.")
        if self.territories and country not in self.territories:
            where = country or "use everywhere"
            raise RightsDoNotCover(
                f"The licence of {self.owner} does not cover {where}; it covers {', '.join(self.territories)}.",
                field="country",
                fix="Extend the licence, or use an asset for another country.",
            )


@dataclass(frozen=True, slots=True)
class AssetSummary:
    """An asset without its texts."""

    id: str
    kind: AssetKind
    client: str
    product: str
    title: str
    channel: Channel
    platform: Platform | None
    country: str | None
    """English name; None where it is not for one country."""
    audience: str | None
    language: Language
    status: AssetStatus
    latest_version: int
    approved_version: int | None
    """The version last approved for publishing."""
    rights: Rights | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset with everything. Versions are in order and never change; publications are newest first."""

    about: AssetSummary
    versions: tuple[Version, ...]
    publications: tuple[Publication, ...] = ()

    def version(self, number: int) -> Version:
        """Raises VersionNotFound."""
        found = next((version for version in self.versions if version.number == number), None)
        if found is None:
            raise VersionNotFound(
                f"{self.about.id} has no version {number}.",
                field="version",
                fix=f"Send 1 to {self.about.latest_version}.",
            )
        return found

    def revised(self, edit: "Edit", by: Hand) -> Version | None:
        """The version an edit makes, or None when it changes nothing. Raises VersionOutdated and NothingToChange."""
        latest = self.version(self.about.latest_version)
        if edit.based_on not in (None, latest.number):
            raise VersionOutdated(
                f"{self.about.id} is at version {latest.number} by now.", field="based_on", fix="Edit that one."
            )
        text = edit.applied(latest.text)
        if text == latest.text:
            return None
        return Version(
            number=latest.number + 1,
            text=text,
            provenance=edit.provenance,
            by=by,
            note=clean_optional(edit.note, "note"),
        )

    def live(self, version: int, channel: Channel, platform: Platform) -> Publication | None:
        """The publication of that version there."""
        place = (version, channel, platform)
        return next((item for item in self.publications if (item.version, item.channel, item.platform) == place), None)

    def check_publishable(self, version: int, channel: Channel, platform: Platform, today: date) -> Version:
        """The version, if it may go live there today.

        Raises VersionNotFound, UnsupportedFormat, TextTooLong, AlreadyPublished, RightsExpired, RightsDoNotCover.
        """
        chosen = self.version(version)
        reasons = format_of(platform, channel).refused(chosen.text.headline, chosen.text.body)
        if reasons:
            raise TextTooLong(" ".join(reasons), field="version", fix="Make a shorter version and publish that.")
        live = self.live(version, channel, platform)
        if live:
            raise AlreadyPublished(
                f"Version {version} has been on {platform} ({channel}) since {live.at:%Y-%m-%d %H:%M} UTC.",
                field="version",
                fix=f"See {live.url}, or publish another version.",
            )
        if self.about.rights:
            self.about.rights.check(self.about.country, today)
        return chosen


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to the latest text. None keeps a part, an empty text removes it."""

    body: str | None
    headline: str | None
    call_to_action: str | None
    provenance: Provenance
    note: str | None = None
    based_on: int | None = None

    def applied(self, text: Text) -> Text:
        if self.body is None and self.headline is None and self.call_to_action is None:
            raise NothingToChange(
                "The new version names no text.", field="body", fix="Send body, headline or call_to_action."
            )
        changed = Text.of(text.body if self.body is None else self.body, self.headline, self.call_to_action)
        return replace(
            changed,
            headline=text.headline if self.headline is None else changed.headline,
            call_to_action=text.call_to_action if self.call_to_action is None else changed.call_to_action,
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """What an asset is about and for, cleaned."""

    client: str
    product: str
    title: str
    channel: Channel
    platform: Platform | None
    country: str | None
    audience: str | None
    language: Language

    @classmethod
    def of(
        cls,
        *,
        client: str,
        product: str,
        title: str,
        channel: Channel,
        language: Language,
        platform: Platform | None = None,
        country: str | None = None,
        audience: str | None = None,
    ) -> "Subject":
        """Raises HiddenCharacters, UnknownCountry and UnsupportedFormat."""
        if platform is not None:
            format_of(platform, channel)
        return cls(
            client=clean_line(client, "client"),
            product=clean_line(product, "product"),
            title=clean_line(title, "title"),
            channel=channel,
            platform=platform,
            country=country_of(country).name if country else None,
            audience=clean_optional(audience, "audience"),
            language=language,
        )
