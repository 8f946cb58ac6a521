"""How assets lie in the database: the ORM's mapping of the schema `content`, and the way to and from the domain."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from mcp_servers.content.domain import asset as domain
from mcp_servers.content.domain.asset import AssetKind, AssetStatus, Author, Language
from mcp_servers.content.domain.formats import Channel, Platform


class Table(DeclarativeBase):
    metadata = MetaData(schema="content")
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        datetime: TIMESTAMP(timezone=True),
        list[str]: ARRAY(Text),
        AssetKind: Text,
        AssetStatus: Text,
        Author: Text,
        Channel: Text,
        Language: Text,
        Platform: Text,
        str: Text,
    }


class VersionRow(Table):
    __tablename__ = "asset_versions"
    __table_args__ = (ForeignKeyConstraint(["tenant", "asset_id"], ["content.assets.tenant", "content.assets.id"]),)

    tenant: Mapped[str] = mapped_column(primary_key=True)
    asset_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str]
    headline: Mapped[str | None]
    call_to_action: Mapped[str | None]
    engine: Mapped[Author]
    source: Mapped[str | None]
    note: Mapped[str | None]
    created_by: Mapped[str]
    created_via: Mapped[str | None]
    created_at: Mapped[datetime]

    @classmethod
    def of(cls, tenant: str, asset_id: str, version: domain.Version) -> "VersionRow":
        return cls(
            tenant=tenant,
            asset_id=asset_id,
            number=version.number,
            body=version.text.body,
            headline=version.text.headline,
            call_to_action=version.text.call_to_action,
            engine=version.provenance.engine,
            source=version.provenance.source,
            note=version.note,
            created_by=version.by.subject,
            created_via=version.by.via,
            created_at=version.by.at,
        )

    def as_domain(self) -> domain.Version:
        return domain.Version(
            number=self.number,
            text=domain.Text(self.body, self.headline, self.call_to_action),
            provenance=domain.Provenance(self.engine, self.source),
            by=domain.Hand(self.created_by, self.created_via, self.created_at),
            note=self.note,
        )


class PublicationRow(Table):
    __tablename__ = "publications"
    __table_args__ = (ForeignKeyConstraint(["tenant", "asset_id"], ["content.assets.tenant", "content.assets.id"]),)

    tenant: Mapped[str] = mapped_column(primary_key=True)
    action_id: Mapped[str] = mapped_column(primary_key=True)
    asset_id: Mapped[str]
    version: Mapped[int]
    channel: Mapped[Channel]
    platform: Mapped[Platform]
    post_id: Mapped[str]
    url: Mapped[str]
    published_at: Mapped[datetime]

    def as_domain(self) -> domain.Publication:
        return domain.Publication(
            self.action_id, self.version, self.channel, self.platform, self.post_id, self.url, self.published_at
        )


class AssetRow(Table):
    __tablename__ = "assets"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[AssetKind]
    client: Mapped[str]
    product: Mapped[str]
    title: Mapped[str]
    channel: Mapped[Channel]
    platform: Mapped[Platform | None]
    country: Mapped[str | None]
    audience: Mapped[str | None]
    language: Mapped[Language]
    status: Mapped[AssetStatus]
    latest_version: Mapped[int]
    approved_version: Mapped[int | None]
    rights_owner: Mapped[str | None]
    rights_licence: Mapped[str | None]
    rights_territories: Mapped[list[str]]
    rights_expires_on: Mapped[date | None]
    request_digest: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    versions: Mapped[list[VersionRow]] = relationship(order_by=VersionRow.number, lazy="raise", viewonly=True)
    publications: Mapped[list[PublicationRow]] = relationship(
        order_by=PublicationRow.published_at.desc(), lazy="raise", viewonly=True
    )

    def summary(self) -> domain.AssetSummary:
        return domain.AssetSummary(
            id=self.id,
            kind=self.kind,
            client=self.client,
            product=self.product,
            title=self.title,
            channel=self.channel,
            platform=self.platform,
            country=self.country,
            audience=self.audience,
            language=self.language,
            status=self.status,
            latest_version=self.latest_version,
            approved_version=self.approved_version,
            rights=self._rights(),
            created_at=self.created_at,
            updated_at=self.updated_at,
        )

    def as_domain(self) -> domain.Asset:
        """The whole asset; its versions and publications have to be loaded."""
        versions = tuple(row.as_domain() for row in self.versions)
        return domain.Asset(self.summary(), versions, tuple(row.as_domain() for row in self.publications))

    def _rights(self) -> domain.Rights | None:
        if self.rights_owner is None or self.rights_licence is None:
            return None
        territories = tuple(self.rights_territories)
        return domain.Rights(self.rights_owner, self.rights_licence, territories, self.rights_expires_on)


def asset_values(tenant: str, about: domain.AssetSummary, request_digest: str) -> dict[str, object]:
    """The columns of a new asset's row."""
    rights = about.rights
    return {
        "tenant": tenant,
        "id": about.id,
        "kind": about.kind,
        "client": about.client,
        "product": about.product,
        "title": about.title,
        "channel": about.channel,
        "platform": about.platform,
        "country": about.country,
        "audience": about.audience,
        "language": about.language,
        "status": about.status,
        "latest_version": about.latest_version,
        "approved_version": about.approved_version,
        "rights_owner": rights.owner if rights else None,
        "rights_licence": rights.licence if rights else None,
        "rights_territories": list(rights.territories) if rights else [],
        "rights_expires_on": rights.expires_on if rights else None,
        "request_digest": request_digest,
        "created_at": about.created_at,
        "updated_at": about.updated_at,
    }
