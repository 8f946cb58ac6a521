import pytest
from pydantic import ValidationError

from hub.pipeline.sources import SOURCES, Source
from hub.schemas import ClientBody
from hub.settings import PipelineSettings


@pytest.mark.parametrize("source", SOURCES, ids=[source.name for source in SOURCES])
def test_a_source_is_keyed_dated_and_named_by_columns_it_has(source: Source) -> None:
    assert {*source.key, *source.naming, source.moment} <= set(source.columns)
    assert {"tenant", "change_id"}.isdisjoint(source.columns)


def test_no_two_sources_share_a_view_or_a_table() -> None:
    assert len({source.view for source in SOURCES}) == len({source.table for source in SOURCES}) == len(SOURCES)


def test_personal_data_has_no_way_into_the_hub() -> None:
    columns = {column for source in SOURCES for column in source.columns}

    assert columns.isdisjoint({"email", "phone", "person", "body", "recipient", "subject"})


def test_the_pause_between_runs_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert PipelineSettings().seconds == 15

    monkeypatch.setenv("PROMPTSALES_PIPELINE_SECONDS", "2.5")

    assert PipelineSettings().seconds == 2.5


@pytest.mark.parametrize("time_zone", ["UTC", "America/New_York", "Europe/Madrid"])
def test_a_time_zone_has_to_be_one_of_the_iana_names(time_zone: str) -> None:
    assert ClientBody(time_zone=time_zone).time_zone == time_zone
    with pytest.raises(ValidationError, match="IANA"):
        ClientBody(time_zone=f"{time_zone}/Nowhere")
