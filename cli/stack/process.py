"""One child process: what to run, and a running instance of it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kernel.errors import Unavailable

_LAUNCHER = Path(__file__).with_name("launcher.py")
_LOG_LIMIT = 10 * 1024 * 1024
_GRACE_SECONDS = 8.0


class ProcessEnded(Unavailable):
    """A child ended when it should have been serving."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user and group to run as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    command: tuple[str, ...]
    """An absolute path and its arguments."""
    cwd: Path
    log: Path
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    """What the kernel sends when the supervisor itself is killed (Linux)."""


class Child:
    """A running program, in a session of its own so that Ctrl-C reaches only the supervisor."""

    def __init__(self, program: Program, process: asyncio.subprocess.Process, log_start: int) -> None:
        self.program = program
        self._log_start = log_start
        self._process = process
        self._reaped = False

    @classmethod
    async def start(cls, program: Program) -> "Child":
        """Start a program; its output is appended to its log."""
        _rotate(program.log)
        account = program.account or Account(-1, -1)
        identity = (os.getpid(), int(program.orphan_signal), account.uid, account.gid)
        with program.log.open("ab") as log:
            log_start = log.tell()
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                str(_LAUNCHER),
                *map(str, identity),
                *program.command,
                cwd=program.cwd,
                env=dict(program.env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return cls(program, process, log_start)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    def has_said(self, words: str) -> bool:
        """Are these words in its log, since it started?"""
        with self.program.log.open("rb") as log:
            log.seek(self._log_start)
            return words.encode() in log.read()

    async def wait(self) -> int:
        """Wait for its end, and end what it started; the exit status, negative for a signal."""
        status = await self._process.wait()
        if not self._reaped:
            self._reaped = True
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        return status

    async def stop(self, grace: float = _GRACE_SECONDS) -> None:
        """Ask it to end; kill it after `grace` seconds."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(self.program.stop_signal)
        try:
            await asyncio.wait_for(self.wait(), grace)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self.wait()

    def check(self) -> None:
        """Raise ProcessEnded, with the end of its log, unless it runs."""
        if self.returncode is not None:
            raise ProcessEnded(
                f"{self.program.name} ended with status {self.returncode}: {log_tail(self.program.log)}",
                fix=f"See {self.program.log}.",
            )


def log_tail(log: Path, lines: int = 3) -> str:
    """The last lines of a log that say something."""
    text = log.read_text(errors="replace")[-4000:] if log.exists() else ""
    said = [line for line in text.splitlines() if line.strip()]
    return " | ".join(said[-lines:]) or "it said nothing."


def _rotate(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
