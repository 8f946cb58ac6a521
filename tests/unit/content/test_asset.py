"""Versions, rights and what may be published."""

from datetime import date

import pytest

from mcp_servers.content.domain.asset import CacheHit, Edit, Provenance, Rights, Subject, Text
from mcp_servers.content.errors import (
    AlreadyPublished,
    NothingToChange,
    RightsDoNotCover,
    RightsExpired,
    TextTooLong,
    UnsupportedFormat,
    VersionNotFound,
    VersionOutdated,
)
from tests.unit.content.assets import BY, HUMAN, asset, live, version

TODAY = date(2026, 11, 22)


def test_an_edit_makes_the_next_version_and_keeps_the_parts_it_does_not_name() -> None:
    made = asset().revised(Edit("Roasted today.", None, None, HUMAN, note="fresher"), BY)

    assert made is not None
    assert (made.number, made.note) == (2, "fresher")
    assert made.text == Text("Roasted today.", "Geisha Roast", "Taste it")


def test_an_empty_headline_removes_it() -> None:
    made = asset().revised(Edit(None, "", None, HUMAN), BY)

    assert made is not None
    assert made.text == Text("Fresh every morning.", None, "Taste it")


def test_an_edit_that_changes_no_word_makes_no_version() -> None:
    assert asset().revised(Edit(" Fresh every morning. ", None, None, HUMAN), BY) is None


def test_an_edit_of_an_older_version_is_refused() -> None:
    with pytest.raises(VersionOutdated):
        asset(version(1), version(2)).revised(Edit("Other", None, None, HUMAN, based_on=1), BY)


@pytest.mark.parametrize("edit", [Edit(None, None, None, HUMAN), Edit("  ", None, None, HUMAN)])
def test_an_edit_without_words_is_refused(edit: Edit) -> None:
    with pytest.raises(NothingToChange):
        asset().revised(edit, BY)


def test_a_draft_version_may_be_published_where_its_format_exists() -> None:
    assert asset().check_publishable(1, "social", "LinkedIn", TODAY).number == 1


def test_a_version_that_is_live_there_is_not_published_again_but_may_go_elsewhere() -> None:
    published = asset(publications=(live(1),), status="published")

    with pytest.raises(AlreadyPublished):
        published.check_publishable(1, "social", "Meta Ads", TODAY)
    assert published.check_publishable(1, "video", "Meta Ads", TODAY).number == 1


def test_a_version_or_format_that_does_not_exist_is_not_published() -> None:
    with pytest.raises(VersionNotFound):
        asset().check_publishable(2, "social", "Meta Ads", TODAY)
    with pytest.raises(UnsupportedFormat):
        asset().check_publishable(1, "email", "Meta Ads", TODAY)


def test_more_text_than_the_platform_takes_is_not_published() -> None:
    with pytest.raises(TextTooLong, match=r"91 characters; Google Ads takes 90"):
        asset(version(1, body="b" * 91)).check_publishable(1, "search", "Google Ads", TODAY)


def test_a_licence_is_good_on_its_last_day_and_not_after() -> None:
    licensed = asset(rights=Rights("Ana Mora", "CC BY 4.0", expires_on=TODAY))

    assert licensed.check_publishable(1, "social", "Meta Ads", TODAY)
    with pytest.raises(RightsExpired):
        licensed.check_publishable(1, "social", "Meta Ads", date(2026, 11, 23))


@pytest.mark.parametrize("country", ["Mexico", None])
def test_a_licence_for_other_territories_does_not_cover_the_asset(country: str | None) -> None:
    licensed = asset(country=country, rights=Rights("Ana Mora", "exclusive", ("Costa Rica", "Spain")))

    with pytest.raises(RightsDoNotCover):
        licensed.check_publishable(1, "social", "Meta Ads", TODAY)


def test_a_licence_for_the_assets_country_or_for_everywhere_covers_it() -> None:
    for territories in (("Costa Rica",), ()):
        licensed = asset(rights=Rights("Ana Mora", "exclusive", territories))
        assert licensed.check_publishable(1, "social", "Meta Ads", TODAY)


def test_what_an_asset_is_about_is_kept_in_one_spelling() -> None:
    subject = Subject.of(
        client=" Cafe\nAlta ",
        product="Geisha  Roast",
        title="November",
        channel="social",
        language="es",
        platform="Meta Ads",
        country="méxico",
    )

    assert (subject.client, subject.product, subject.country) == ("Cafe Alta", "Geisha Roast", "Mexico")


def test_two_texts_have_the_same_digest_only_when_every_part_is_the_same() -> None:
    assert Text("a", "b", None).digest == Text("a", "b", None).digest
    assert Text("a", "b", None).digest != Text("a", None, "b").digest


@pytest.mark.parametrize(
    ("source", "hit"),
    [
        ("cache:llm:5f1c age=60s similarity=0.97", CacheHit("llm:5f1c", 60, 0.97)),
        ("cache:llm:5f1c age=60s similarity=1", CacheHit("llm:5f1c", 60, 1.0)),
        ("cache:llm:5f1c age=0s", CacheHit("llm:5f1c", 0, None)),
        ("cache:llm:5f1c", None),
        ("cache:llm:5f1c age=60s similarity=1.2", None),
        ("a cache hit, cache:llm:5f1c age=60s", None),
        ("generate_copy", None),
        (None, None),
    ],
)
def test_only_a_source_in_the_form_of_a_cache_hit_names_one(source: str | None, hit: CacheHit | None) -> None:
    assert Provenance("llm", source).cache_hit == hit
