"""What the content server's tools take and return."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from mcp_servers.content.domain.asset import (
    Asset,
    AssetKind,
    AssetStatus,
    AssetSummary,
    Author,
    Language,
    Publication,
    Rights,
    Version,
)
from mcp_servers.content.domain.copy import Copy, CopyBrief, Framework, Variant
from mcp_servers.content.domain.formats import CALL_TO_ACTION_MOST, Channel, Format, Platform

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Audience = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    Field(description="Who it speaks to, in words, e.g. young professionals."),
]
Country = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=80),
    Field(description="English name or ISO 3166-1 code, e.g. Costa Rica or CR."),
]
KeyMessage = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    Field(description="The one fact or offer to state. Used word for word, never shortened, never added to."),
]
CallToAction = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=CALL_TO_ACTION_MOST),
    Field(description="What to do next, e.g. Book a tasting."),
]
Headline = Annotated[str, StringConstraints(max_length=500), Field(description="Title, or subject of an e-mail.")]
Body = Annotated[str, StringConstraints(min_length=1, max_length=20_000), Field(description="The text itself.")]
Closing = Annotated[str, StringConstraints(max_length=200), Field(description="The call to action.")]
Note = Annotated[str, StringConstraints(max_length=500), Field(description="Why this version, for whoever reviews it.")]
Source = Annotated[
    str,
    StringConstraints(max_length=200),
    Field(
        description="Where the text comes from, e.g. generate_copy, or `cache:<reference> age=<seconds>s` and, where "
        "known, ` similarity=<0 to 1>`."
    ),
]
WrittenBy = Annotated[
    Author,
    Field(description="Who wrote the text: human; playbook or llm as generate_copy says; llm if you, a model, did."),
]
AssetId = Annotated[
    str, StringConstraints(pattern="^ast_[0-9a-z]{26}$"), Field(description="As create_asset and list_assets give it.")
]
VersionNumber = Annotated[int, Field(ge=1, description="Version number, from 1.")]
IdempotencyKey = Annotated[
    str,
    StringConstraints(pattern="^[!-~]{1,200}$"),
    Field(description="Your own key for this request: repeating it returns the first result."),
]
Cursor = Annotated[str, StringConstraints(max_length=500), Field(description="next_cursor of the page before.")]
PageSize = Annotated[int, Field(ge=1, le=100)]
Count = Annotated[int, Field(ge=1, le=5, description="How many variants.")]


class FormatView(BaseModel):
    """How much text the format shows without tapping for more."""

    platform: Platform
    channel: Channel
    headline_limit: int | None = Field(description="Characters; null where the format has no headline.")
    body_limit: int
    unit: str = Field(description="What body_limit counts.")
    source: str = Field(description="Whose guideline the limits are.")

    @classmethod
    def of(cls, place: Format) -> "FormatView":
        return cls(
            platform=place.platform,
            channel=place.channel,
            headline_limit=place.headline.shown if place.headline else None,
            body_limit=place.body.shown,
            unit=place.unit,
            source=place.source,
        )


class CopyVariant(BaseModel):
    headline: str | None = Field(description="Null where the format has none.")
    body: str
    call_to_action: str = Field(description="A button's label; part of the body where the format has no button.")
    framework: Framework
    headline_length: int | None
    body_length: int = Field(description="In the format's unit.")

    @classmethod
    def of(cls, place: Format, variant: Variant) -> "CopyVariant":
        return cls(
            headline=variant.headline,
            body=variant.body,
            call_to_action=variant.call_to_action,
            framework=variant.framework,
            headline_length=len(variant.headline) if variant.headline else None,
            body_length=place.length(variant.body) or 0,
        )


class CopyVariants(BaseModel):
    engine: Author = Field(description="playbook: written by rule, no language model; llm: by the configured model.")
    locale: str = Field(description="Language and region the copy is in, e.g. es-CR.")
    format: FormatView
    variants: list[CopyVariant]
    warnings: list[str] = Field(description="What of the brief could not be honoured, e.g. a key message too long.")

    @classmethod
    def of(cls, brief: CopyBrief, copy: Copy) -> "CopyVariants":
        return cls(
            engine=copy.engine,
            locale=brief.locale,
            format=FormatView.of(brief.place),
            variants=[CopyVariant.of(brief.place, variant) for variant in copy.variants],
            warnings=list(copy.warnings),
        )


class ProvenanceView(BaseModel):
    engine: Author
    source: str | None


class VersionView(BaseModel):
    number: int
    headline: str | None
    body: str
    call_to_action: str | None
    provenance: ProvenanceView
    created_by: str = Field(description="The person whose token stored it.")
    created_via: str | None = Field(description="The agent that acted for them, if one did.")
    created_at: datetime
    note: str | None

    @classmethod
    def of(cls, version: Version) -> "VersionView":
        return cls(
            number=version.number,
            headline=version.text.headline,
            body=version.text.body,
            call_to_action=version.text.call_to_action,
            provenance=ProvenanceView(engine=version.provenance.engine, source=version.provenance.source),
            created_by=version.by.subject,
            created_via=version.by.via,
            created_at=version.by.at,
            note=version.note,
        )


class PublicationView(BaseModel):
    """One version live at one destination."""

    post_id: str = Field(description="The platform's id of the post.")
    url: str
    at: datetime
    version: int
    channel: Channel
    platform: Platform
    approval_id: str

    @classmethod
    def of(cls, publication: Publication) -> "PublicationView":
        return cls(
            post_id=publication.post_id,
            url=publication.url,
            at=publication.at,
            version=publication.version,
            channel=publication.channel,
            platform=publication.platform,
            approval_id=publication.action_id,
        )


class RightsView(BaseModel):
    owner: str
    licence: str
    territories: list[str] = Field(description="English country names; empty means everywhere.")
    expires_on: date | None = Field(description="Last day of use.")

    @classmethod
    def of(cls, rights: Rights | None) -> "RightsView | None":
        if rights is None:
            return None
        return cls(
            owner=rights.owner,
            licence=rights.licence,
            territories=list(rights.territories),
            expires_on=rights.expires_on,
        )


class AssetCard(BaseModel):
    """An asset without its texts."""

    id: str
    kind: AssetKind
    client: str
    product: str
    title: str
    channel: Channel
    platform: Platform | None
    country: str | None = Field(description="English name.")
    audience: str | None
    language: Language
    status: AssetStatus
    latest_version: int
    approved_version: int | None = Field(description="The version last approved for publishing.")
    rights: RightsView | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, about: AssetSummary) -> "AssetCard":
        names = (name for name in cls.model_fields if name != "rights")
        return cls(**{name: getattr(about, name) for name in names}, rights=RightsView.of(about.rights))


class AssetView(AssetCard):
    """An asset with every version and publication."""

    versions: list[VersionView] = Field(description="In order; versions never change.")
    publication: PublicationView | None = Field(description="The newest one.")
    publications: list[PublicationView] = Field(description="Newest first.")

    @classmethod
    def whole(cls, asset: Asset) -> "AssetView":
        publications = [PublicationView.of(publication) for publication in asset.publications]
        return cls(
            **dict(AssetCard.of(asset.about)),
            versions=[VersionView.of(version) for version in asset.versions],
            publication=publications[0] if publications else None,
            publications=publications,
        )


class AssetPage(BaseModel):
    assets: list[AssetCard] = Field(description="Newest first.")
    next_cursor: str | None = Field(description="Pass it as cursor for the next page; null on the last.")
