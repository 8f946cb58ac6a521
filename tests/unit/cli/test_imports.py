"""`promptsales import` and `promptsales pipeline`."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import Command, Services

REPORT: dict[str, Any] = {
    "rows_read": 2,
    "inserted": 2,
    "updated": 0,
    "unchanged": 0,
    "rows_rejected": 0,
    "rejected": [],
}
FAULTS: dict[str, Any] = {
    "rows_rejected": 1,
    "rejected": [{"line": 3, "column": "email", "reason": "not an address"}],
}
REFUSED: dict[str, Any] = {
    **REPORT,
    **FAULTS,
    "inserted": 0,
    "detail": "1 of 2 rows cannot be loaded, so none was.",
}


@pytest.fixture
def leads(tmp_path: Path) -> Path:
    file = tmp_path / "leads.csv"
    file.write_text("lead_id\nled_1\nled_ñ\n")
    return file


def test_file_goes_to_its_owner_in_one_request(services: Services, promptsales: Command, leads: Path) -> None:
    services.answers = {"POST /v1/imports/leads": (200, REPORT)}
    result = promptsales("import", "leads", str(leads))
    assert services.requests == [("POST /v1/imports/leads?skip_bad_rows=false", leads.read_text())]
    assert result.status == 0
    assert "2 rows read: 2 inserted, 0 updated, 0 unchanged, 0 rejected." in result.out


def test_rejected_rows_are_listed_and_the_command_fails(services: Services, promptsales: Command, leads: Path) -> None:
    services.answers = {"POST /v1/imports/leads": (422, REFUSED)}
    result = promptsales("import", "leads", str(leads))
    assert result.status == 1
    assert "3" in result.out
    assert "email" in result.out
    assert "not an address" in result.out
    assert "so none was" in result.err
    assert "--skip-bad-rows" in result.err


def test_json_lists_rejected_rows_too(services: Services, promptsales: Command, leads: Path) -> None:
    services.answers = {"POST /v1/imports/leads": (422, REFUSED)}
    result = promptsales("import", "leads", str(leads), "--json")
    assert result.document == REFUSED
    assert result.status == 1


def test_skipping_bad_rows_loads_the_others_and_says_which_were_skipped(
    services: Services, promptsales: Command, leads: Path
) -> None:
    services.answers = {"POST /v1/imports/leads": (200, REPORT | FAULTS | {"inserted": 1})}
    result = promptsales("import", "leads", str(leads), "--skip-bad-rows")
    assert services.requests[0][0].endswith("skip_bad_rows=true")
    assert "not an address" in result.out
    assert result.status == 0


def test_pipeline_run_prints_what_it_did(services: Services, promptsales: Command) -> None:
    source = {"source": "ads", "status": "ok", "rows_inserted": 12, "rows_updated": 3, "reason": None}
    run = {
        "run_id": "run_1",
        "started_at": "2026-11-22T10:00:00Z",
        "seconds": 0.5,
        "rows_read": 15,
        "sources": [source],
    }
    services.answers = {"POST /v1/pipeline/runs": (201, run)}
    result = promptsales("pipeline", "run")
    for words in ("run_1", "2026-11-22 10:00:00", "ads", "12", "15"):
        assert words in result.out
