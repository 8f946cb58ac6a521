"""The command line itself: quick to load, clear when used wrongly."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import main
from cli.main import app

COMMANDS = (
    *(["up"], ["status"], ["doctor"], ["migrate"], ["token"], ["mcp"], ["eval"], ["chat"], ["ask"], ["import"]),
    ["certificate"],
    *(["approvals", verb] for verb in ("list", "show", "approve", "reject", "edit", "cancel")),
    *(["audit", "verify"], ["audit", "list"]),
    *(["pipeline", "run"], ["pipeline", "runs"]),
    *(["users", verb] for verb in ("list", "show", "invite", "roles", "disable", "enable", "unlock", "reset-password")),
    *(["users", "sign-out"], ["invitations", "list"], ["invitations", "revoke"], ["keys", "list"], ["keys", "rotate"]),
    *(["tenants", verb] for verb in ("list", "show", "create", "invite-admin", "change", "disable", "enable")),
    *(["clients", verb] for verb in ("list", "add", "disable")),
)
HEAVY = ("httpx2", "pydantic", "kernel", "mcp", "sqlalchemy", "psycopg", "cryptography", "rich.console")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def test_loading_the_command_line_loads_nothing_heavy() -> None:
    script = f"import sys, cli.main; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["chat", "--role", "emperor"],
        ["approvals", "reject", "act_1"],
        ["audit", "list", "--limit", "0"],
        ["import", "weather", "x.csv"],
        ["approvals", "edit", "act_1", "--reason", "cheaper"],
        ["ask", "How many?", "--as-of", "yesterday"],
        ["token", "--role", "viewer"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_status_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_evaluation_names_the_suites_there_are() -> None:
    result = CliRunner().invoke(app, ["eval", "everything"])

    assert result.exit_code == 2
    assert "analytics" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["chat", "Sell more coffee"],
        ["ask", "How many sales?"],
        ["approvals", "list"],
        ["pipeline", "run"],
        ["status"],
        ["mcp", "ads"],
        ["token", "--role", "viewer", "--server", "ads"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_without_a_running_system_the_way_to_start_it_is_said(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    environment = {"PROMPTSALES_DATA_DIR": str(tmp_path), "PROMPTSALES_PORT_OFFSET": "50000", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-m", main.__name__, *arguments], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 69
    assert "No API at http://127.0.0.1:5" in done.stderr
    assert "promptsales up" in done.stderr
    assert done.stdout == ""


def test_unreadable_file_is_wrong_usage(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", main.__name__, "import", "leads", str(tmp_path / "none.csv")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "none.csv cannot be read" in done.stderr
