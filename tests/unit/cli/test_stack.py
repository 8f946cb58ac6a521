"""What each process of the system gets to know, and when migrations have to run."""

import shutil
import socket
from pathlib import Path

import pytest

from cli.stack.migrating import CONTEXTS, migration_digest
from cli.stack.plan import ROOT, TIERS, Member, member_program
from cli.stack.ports import PortOccupied, check_ports, free_offset
from identity.keys import initialise
from kernel.settings import Settings
from tests.conftest import free_offset as any_free_offset


@pytest.fixture
def prepared(tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path, port_offset=any_free_offset(), database_url=None, redis_url=None)
    initialise(made.keys_dir)
    return made


def member(name: str) -> Member:
    return next(member for tier in TIERS for member in tier if member.name == name)


SPECIALISTS = {"AGENT_CONTENT", "AGENT_ADS", "AGENT_CRM", "AGENT_ANALYTICS"}
SERVICES = {"CONTENT", "ADS", "CRM", "ANALYTICS", "ORCHESTRATOR", "APPROVALS", "EXECUTOR", "HUB", "SANDBOX"}
EVERY_CLIENT = SPECIALISTS | SERVICES | {"PORTAL"}


@pytest.mark.parametrize(
    ("name", "secrets"),
    [
        ("ads", {"ADS", "SANDBOX"}),
        ("analytics", {"ANALYTICS"}),
        ("executor", {"EXECUTOR"}),
        ("identity", EVERY_CLIENT),
        ("orchestrator", {"ORCHESTRATOR", *SPECIALISTS}),
    ],
)
def test_process_gets_only_the_secrets_it_needs(
    prepared: Settings, monkeypatch: pytest.MonkeyPatch, name: str, secrets: set[str]
) -> None:
    monkeypatch.setenv("PROMPTSALES_CLIENT_SECRET_EXECUTOR", "from the environment, long enough")
    monkeypatch.setenv("PROMPTSALES_TOKEN", "a person's")
    environment = member_program(member(name), prepared).env
    prefix = "PROMPTSALES_CLIENT_SECRET_"
    assert {key.removeprefix(prefix) for key in environment if key.startswith(prefix)} == secrets
    assert "PROMPTSALES_TOKEN" not in environment


def test_process_finds_its_data_and_ports(prepared: Settings) -> None:
    environment = member_program(member("hub"), prepared).env
    assert environment["PROMPTSALES_DATA_DIR"] == str(prepared.data_dir)
    assert environment["PROMPTSALES_PORT_OFFSET"] == str(prepared.port_offset)


def test_occupied_port_suggests_an_offset_that_works(prepared: Settings) -> None:
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", prepared.port("ads")))
        occupant.listen()
        with pytest.raises(PortOccupied, match=f"Port {prepared.port('ads')}, which ads needs"):
            check_ports(prepared, ["content", "ads"])
        offset = free_offset(prepared)
    check_ports(prepared.model_copy(update={"port_offset": offset}), ["content", "ads"])


def test_any_change_to_a_migration_changes_the_digest(tmp_path: Path) -> None:
    for name in ("kernel/migrations.py", "requirements.txt", "identity/keys.py", "identity/domain.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    versions = tmp_path / "hub" / "migrations" / "versions"
    versions.mkdir(parents=True)
    seen = {migration_digest(tmp_path)}
    (versions / "0001_hub.py").write_text("one")
    seen.add(migration_digest(tmp_path))
    (versions / "0001_hub.py").write_text("two")
    seen.add(migration_digest(tmp_path))
    (tmp_path / "hub" / "sql" / "functions").mkdir(parents=True)
    (tmp_path / "hub" / "sql" / "functions" / "f_v1.sql").write_text("three")
    seen.add(migration_digest(tmp_path))
    assert len(seen) == 4


def test_every_context_with_migrations_is_known() -> None:
    found = {".".join(path.relative_to(ROOT).parts[:-2]) for path in ROOT.glob("*/migrations/versions")}
    found |= {".".join(path.relative_to(ROOT).parts[:-2]) for path in ROOT.glob("mcp_servers/*/migrations/versions")}
    assert found <= set(CONTEXTS)
