"""`promptsales doctor` and `promptsales status`."""

import socket
from pathlib import Path
from typing import Any

import pytest

from cli.certificate import issue
from cli.stack.runtime import Runtime, write_runtime
from kernel.settings import Settings
from tests.conftest import free_offset
from tests.unit.cli.conftest import Command, Result


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    made = Settings(data_dir=tmp_path / "data", port_offset=free_offset(), database_url=None, redis_url=None)
    monkeypatch.setenv("PROMPTSALES_DATA_DIR", str(made.data_dir))
    monkeypatch.setenv("PROMPTSALES_PORT_OFFSET", str(made.port_offset))
    return made


def finding(result: Result, check: str) -> dict[str, Any]:
    return next(one for one in result.document["findings"] if one["check"] == check)


def test_nothing_is_wrong_before_the_first_start(place: Settings, promptsales: Command) -> None:
    result = promptsales("doctor", "--json")
    assert result.status == 0
    assert result.document["ok"]
    assert finding(result, "engine")["detail"].startswith("playbook")


def test_keys_that_others_can_read_are_named_with_the_command_that_hides_them(
    place: Settings, promptsales: Command
) -> None:
    place.keys_dir.mkdir(parents=True, mode=0o700)
    (place.keys_dir / "clients.json").write_text("{}")
    (place.keys_dir / "clients.json").chmod(0o644)
    result = promptsales("doctor", "--json")
    assert result.status == 1
    assert finding(result, "keys")["fix"] == f"chmod go-rwx {place.keys_dir / 'clients.json'}"


def test_taken_ports_are_named(place: Settings, promptsales: Command) -> None:
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", place.port("crm")))
        occupant.listen()
        result = promptsales("doctor")
    assert result.status == 1
    assert f"{place.port('crm')} (crm)" in result.out


def test_half_configured_language_model_is_said(
    place: Settings, promptsales: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTSALES_LLM_MODEL", "some-model")
    result = promptsales("doctor", "--json")
    assert "PROMPTSALES_LLM_BASE_URL" in finding(result, "engine")["detail"]
    assert result.status == 1


def test_a_certificate_that_cannot_be_served_is_named_with_the_way_out(
    place: Settings, promptsales: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    issued = issue(tmp_path / "tls")
    for name, path in issued.environment.items():
        monkeypatch.setenv(name, path)
    served = finding(promptsales("doctor", "--json"), "tls")
    assert served["ok"]
    assert served["detail"].startswith("TLS 1.3 with")

    monkeypatch.delenv("PROMPTSALES_TLS_CA")
    refused = finding(promptsales("doctor", "--json"), "tls")
    assert not refused["ok"]
    assert "PROMPTSALES_TLS_CA" in refused["fix"]


def test_description_of_a_killed_supervisor_counts_as_not_running(place: Settings, promptsales: Command) -> None:
    place.data_dir.mkdir()
    no_such_process = 2**22 + 1
    write_runtime(place, Runtime(no_such_process, place.port_offset, {}, {"ads": no_such_process}))
    result = promptsales("status", "--json")
    assert result.status == 69
    assert result.document["running"] is False
