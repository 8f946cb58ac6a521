"""Assets for tests of pure rules."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mcp_servers.content.domain.asset import Asset, AssetSummary, Hand, Provenance, Publication, Text, Version

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
BY = Hand("user:marketer", "agent-content", NOW)
HUMAN = Provenance("human")


def version(number: int, body: str = "Fresh every morning.", headline: str | None = "Geisha Roast") -> Version:
    return Version(number, Text(body, headline, "Taste it"), HUMAN, BY)


def asset(*versions: Version, publications: tuple[Publication, ...] = (), **about: Any) -> Asset:
    kept = versions or (version(1),)
    summary = AssetSummary(
        id="ast_1",
        kind="copy",
        client="Cafe Alta",
        product="Geisha Roast",
        title="November",
        channel="social",
        platform="Meta Ads",
        country="Costa Rica",
        audience="coffee lovers",
        language="en",
        status="draft",
        latest_version=len(kept),
        approved_version=None,
        rights=None,
        created_at=NOW,
        updated_at=NOW,
    )
    return Asset(replace(summary, **about), kept, publications)


def live(number: int) -> Publication:
    return Publication("act_1", number, "social", "Meta Ads", "post_1", "https://sandbox/post_1", NOW)
