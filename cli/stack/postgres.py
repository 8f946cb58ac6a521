"""The embedded PostgreSQL 18: binaries from a wheel, data in `<data_dir>/postgres`, loopback TCP with a password.

PostgreSQL refuses to run as root. Then it runs as whoever owns its data, `nobody` for a new directory. That user need
not be able to reach the data directory by its path: the launcher enters it as root first, and PostgreSQL is told to
find its data in the directory it was started in. Only its binaries have to be within reach (`cli.stack.binaries`).
"""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import AsyncConnection, sql

from cli.stack.binaries import reachable_installation
from cli.stack.process import Account, Child, Program, log_tail
from kernel.errors import Unavailable
from kernel.settings import Settings

DATABASE = "promptsales"
_START_SECONDS = 30.0
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # TCP only: a socket's path must fit in 107 bytes
    "shared_buffers": "128MB",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # the statements are short
    "autovacuum_naptime": "15s",
}


class DatabaseNotStarted(Unavailable):
    """The embedded PostgreSQL cannot be started."""


class EmbeddedPostgres:
    """A PostgreSQL server that is this process's child."""

    def __init__(self, settings: Settings, *, durable: bool = True) -> None:
        """`durable=False` skips syncing to disk: for data that a test throws away."""
        self._data = settings.data_dir / "postgres"
        self._log = settings.data_dir / "logs" / "postgres.log"
        self._port = settings.port("postgres")
        self._password = settings.secret("database.json", "postgres")
        self._durable = durable
        self._child: Child | None = None

    async def prepare(self) -> Program:
        """Make the cluster when there is none, clear what a killed server left; how to run it."""
        account = database_account(self._data)
        installation = await asyncio.to_thread(reachable_installation, account)
        if not (self._data / "PG_VERSION").exists():
            await self._create_cluster(installation, account)
        await self._clear_leftovers()
        options = _OPTIONS | {"port": str(self._port)}
        if not self._durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            command=(str(installation / "bin" / "postgres"), "-D", _directory(self._data, account), *arguments),
            cwd=self._data,
            log=self._log,
            account=account,
            stop_signal=signal.SIGINT,  # fast shutdown: sessions are ended, everything is on disk
            orphan_signal=signal.SIGINT,
        )

    async def wait_ready(self, child: Child) -> None:
        """Wait until it answers, and make the database when there is none."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            child.check()
            try:
                await self._ensure_database()
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise DatabaseNotStarted(
                        f"{self._data} was made with another password than keys/database.json holds.",
                        fix=f"Restore that file, or remove {self._data} to start with an empty database.",
                    ) from error
                if time.monotonic() > deadline:
                    raise DatabaseNotStarted(f"PostgreSQL does not answer: {log_tail(self._log)}") from error
                await asyncio.sleep(0.03)
            else:
                return

    async def start(self) -> None:
        """Start it and wait until it serves."""
        self._child = await Child.start(await self.prepare())
        try:
            await self.wait_ready(self._child)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop it; nothing happens when it does not run."""
        if self._child:
            await self._child.stop()
            self._child = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    async def _create_cluster(self, installation: Path, account: Account | None) -> None:
        """Run initdb in a directory beside the final one and rename, so that half a cluster is never taken for one."""
        _require_name(account)
        fresh = self._data.with_name("postgres.new")
        for leftover in (fresh, self._data):
            shutil.rmtree(leftover, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        if account:
            os.chown(fresh, account.uid, account.gid)
        command = [
            str(installation / "bin" / "initdb"),
            f"--pgdata={_directory(fresh, account)}",
            "--username=postgres",
            "--pwfile=/dev/stdin",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        ]
        if not self._durable:
            command.append("--no-sync")
        done = await asyncio.to_thread(_run, command, fresh, account, f"{self._password}\n")
        if done.returncode != 0:
            raise DatabaseNotStarted(f"initdb failed: {done.stdout.decode(errors='replace').strip()}")
        fresh.rename(self._data)

    async def _clear_leftovers(self) -> None:
        """Wait for what a killed server or supervisor left running, and drop the pid file.

        The file alone says little: its number may be another process's by now.
        """
        lock = self._data / "postmaster.pid"
        if not lock.exists():
            return
        for attempt in range(100):
            serving = await asyncio.to_thread(_serving, self._data)
            if not serving:
                lock.unlink(missing_ok=True)
                return
            if attempt == 50:  # they end by themselves when their postmaster or supervisor has
                for pid in serving:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGQUIT)
            await asyncio.sleep(0.1)
        raise DatabaseNotStarted(f"Another PostgreSQL serves {self._data}.", fix="Stop it, then try again.")

    async def _ensure_database(self) -> None:
        connection = await AsyncConnection.connect(
            host="127.0.0.1",
            port=self._port,
            user="postgres",
            password=self._password,
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )
        async with connection:
            found = await connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
            if await found.fetchone() is None:
                await connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def database_account(data: Path) -> Account | None:
    """Whom the server runs as: nobody else than ourselves, unless we are root."""
    owner = data.stat() if data.exists() else None
    if os.geteuid() != 0:
        if owner and owner.st_uid != os.geteuid():
            raise DatabaseNotStarted(
                f"{data} belongs to another user (uid {owner.st_uid}).",
                fix="Run as that user, or set PROMPTSALES_DATA_DIR to a directory of your own.",
            )
        return None
    if owner and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _require_name(account: Account | None) -> None:
    """initdb refuses a user whom the system has no name for."""
    uid = account.uid if account else os.geteuid()
    try:
        pwd.getpwuid(uid)
    except KeyError as error:
        raise DatabaseNotStarted(
            f"User id {uid} has no name on this system; PostgreSQL cannot make a database without.",
            fix="Add the user to /etc/passwd, or set PROMPTSALES_DATABASE_URL to a server that runs already.",
        ) from error


def _directory(data: Path, account: Account | None) -> str:
    """How the server names its data directory: by the one it starts in when the path may be closed to its user."""
    return "/proc/self/cwd" if account else str(data)


def _run(command: list[str], cwd: Path, account: Account | None, stdin: str) -> subprocess.CompletedProcess[bytes]:
    with tempfile.TemporaryFile() as file:  # not a pipe: the account must be able to open it by name
        file.write(stdin.encode())
        file.seek(0)
        if account:
            os.fchown(file.fileno(), account.uid, account.gid)
        return subprocess.run(  # noqa: S603 - our own binary
            command,
            cwd=cwd,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def _serving(data: Path) -> list[int]:
    """The PostgreSQL processes that have that data directory open (Linux; elsewhere PostgreSQL checks by itself)."""
    return [int(process.name) for process in Path("/proc").glob("[0-9]*") if _serves(process, data)]


def _serves(process: Path, data: Path) -> bool:
    try:
        return (process / "exe").readlink().name.startswith("postgres") and (process / "cwd").samefile(data)
    except OSError:
        return False
