"""A system of one's own to measure: `promptsales up` on free ports and a directory that is thrown away."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kernel.settings import Settings

_READY = "Ctrl-C stops everything"


class NotStarted(Exception):
    """The system did not come up; the message ends with its output."""


@contextmanager
def running_system(*, seed: bool = True, pace: Mapping[str, str] | None = None) -> Generator[tuple[Settings, float]]:
    """The settings of a running system, seeded if so wished, and the seconds it took to serve. Stopped at exit."""
    with TemporaryDirectory(prefix="promptsales-evals-", ignore_cleanup_errors=True) as folder:
        settings = Settings(data_dir=Path(folder) / "data", port_offset=2_000 + secrets.randbelow(22_000))
        settings.data_dir.mkdir()
        output = Path(folder) / "up.log"
        began = time.monotonic()
        with output.open("wb") as log:
            process = subprocess.Popen(
                command("up", "--no-brief", *([] if seed else ["--no-seed"])),
                env={**environment(settings), **(pace or {})},
                stdout=log,
                stderr=log,
            )
        try:
            _wait(process, output)
            yield settings, time.monotonic() - began
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def command(*arguments: str) -> list[str]:
    """A `promptsales` command line, run by this Python."""
    return [sys.executable, "-m", "cli.main", *arguments]


def environment(settings: Settings) -> dict[str, str]:
    """The environment that makes a command line use a system."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PROMPTSALES_")},
        "PROMPTSALES_DATA_DIR": str(settings.data_dir),
        "PROMPTSALES_PORT_OFFSET": str(settings.port_offset),
    }


def _wait(process: subprocess.Popen[bytes], output: Path) -> None:
    until = time.monotonic() + 900
    while _READY not in output.read_text():
        if process.poll() is not None or time.monotonic() > until:
            raise NotStarted(output.read_text()[-2000:])
        time.sleep(0.1)
