"""The embedded PostgreSQL: first start, restart, and every way in which the last one can have ended."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from cli.stack import binaries
from cli.stack.keys import ensure_passwords
from cli.stack.postgres import DatabaseNotStarted, EmbeddedPostgres
from cli.stack.process import Account
from kernel.settings import Settings
from tests.conftest import free_offset

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")

_DOOMED = """
import asyncio, os, signal, sys
from pathlib import Path
from cli.stack.postgres import EmbeddedPostgres
from kernel.settings import Settings

async def main():
    server = EmbeddedPostgres(Settings(data_dir=Path(sys.argv[1]), port_offset=int(sys.argv[2])))
    await server.start()
    print(server.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    """A data directory of the test's own, by a path with a space that is longer than a socket's may be."""
    data_dir = tmp_path / "a long name with spaces" / ("x" * 100)
    made = Settings(data_dir=data_dir, port_offset=free_offset(), database_url=None, redis_url=None)
    ensure_passwords(made)
    return made


@asynccontextmanager
async def started(settings: Settings) -> AsyncGenerator[EmbeddedPostgres]:
    server = EmbeddedPostgres(settings, durable=False)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def fetch(settings: Settings, statement: str) -> object:
    async with await psycopg.AsyncConnection.connect(settings.admin_database_url(), autocommit=True) as connection:
        cursor = await connection.execute(statement.encode())
        row = await cursor.fetchone() if cursor.description else None
        return row[0] if row else None


async def test_first_start_makes_a_database_with_vectors_at_hand(own: Settings) -> None:
    async with started(own):
        assert await fetch(own, "SELECT current_database()") == "promptsales"
        assert await fetch(own, "SHOW server_version_num") >= "180000"  # pyright: ignore[reportOperatorIssue]
        assert await fetch(own, "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'") == 1
        assert await fetch(own, "SHOW max_connections") == "200"


async def test_password_is_required_and_stored_as_scram(own: Settings) -> None:
    async with started(own):
        url = own.admin_database_url().replace(own.secret("database.json", "postgres"), "guess")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            await psycopg.AsyncConnection.connect(url)
        stored = await fetch(own, "SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'")
    assert str(stored).startswith("SCRAM-SHA-256$")


async def test_passwords_are_readable_by_their_owner_alone(own: Settings) -> None:
    assert own.keys_dir.stat().st_mode & 0o777 == 0o700
    assert (own.keys_dir / "database.json").stat().st_mode & 0o777 == 0o600


async def test_only_loopback_listens_and_no_socket_file_exists(own: Settings) -> None:
    async with started(own):
        assert await fetch(own, "SHOW listen_addresses") == "127.0.0.1"
        assert await fetch(own, "SHOW unix_socket_directories") == ""


async def test_data_survives_a_restart(own: Settings) -> None:
    async with started(own):
        await fetch(own, "CREATE TABLE kept AS SELECT 42 AS answer")
    async with started(own):
        assert await fetch(own, "SELECT answer FROM kept") == 42


async def test_starts_again_after_its_postmaster_was_killed(own: Settings) -> None:
    server = EmbeddedPostgres(own)
    await server.start()
    await fetch(own, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert server.pid is not None

    os.kill(server.pid, signal.SIGKILL)
    await server.stop()

    assert (own.data_dir / "postgres" / "postmaster.pid").exists()
    async with started(own):
        assert await fetch(own, "SELECT answer FROM kept") == 42


async def test_stale_pid_file_of_a_live_process_does_not_stop_it(own: Settings) -> None:
    async with started(own):
        pass
    stale = own.data_dir / "postgres" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{own.data_dir}\n0\n8150\n\n127.0.0.1\n0 0\nready\n")
    async with started(own):
        assert await fetch(own, "SELECT 1") == 1


async def test_half_made_cluster_is_made_anew(own: Settings) -> None:
    for name in ("postgres", "postgres.new"):
        (own.data_dir / name / "base").mkdir(parents=True)
    async with started(own):
        assert await fetch(own, "SELECT 1") == 1
    assert not (own.data_dir / "postgres.new").exists()


async def test_lost_password_is_said_with_the_way_out(own: Settings) -> None:
    async with started(own):
        pass
    (own.keys_dir / "database.json").unlink()
    ensure_passwords(own)
    with pytest.raises(DatabaseNotStarted, match=r"database\.json") as refused:
        await EmbeddedPostgres(own).start()
    assert "Restore that file" in str(refused.value.fix)


async def test_ends_when_its_supervisor_is_killed(own: Settings) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _DOOMED, str(own.data_dir), str(own.port_offset), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert int(output) > 0
    async with started(own):  # waits for the orphan, which is shutting down
        assert await fetch(own, "SELECT 1") == 1


@AS_ROOT
async def test_root_runs_it_as_an_unprivileged_user_in_a_directory_closed_to_others(own: Settings) -> None:
    own.data_dir.chmod(0o700)
    async with started(own) as server:
        assert os.stat(f"/proc/{server.pid}").st_uid != 0  # noqa: PTH116 - one look at a process
        assert await fetch(own, "SELECT 1") == 1


@AS_ROOT
def test_binaries_closed_to_the_user_are_copied_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = Account(65534, 65534)
    for folder in (tmp_path, *tmp_path.parents):
        if folder == Path(tempfile.gettempdir()):
            break
        folder.chmod(0o711)
    installed = binaries.reachable_installation(None)
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    for part in (installed.parent, installed.parent.with_name(f"{installed.parent.name}.libs")):
        (hidden / part.name).symlink_to(part)
    monkeypatch.setattr(binaries, "_PLACES", (tmp_path / "copies",))
    monkeypatch.setattr(binaries, "installed_place", lambda: hidden / installed.parent.name / installed.name)

    found = binaries.reachable_installation(nobody)
    made = found.stat().st_mtime_ns

    assert found.is_relative_to(tmp_path / "copies")
    assert binaries.reachable_installation(nobody).stat().st_mtime_ns == made
