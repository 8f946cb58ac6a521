"""A system of the benchmark's own: `promptsales up` on free ports and a directory that is thrown away."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kernel.settings import Settings

_READY = "Ctrl-C stops everything"
_PACE = {
    "PROMPTSALES_SANDBOX_SECONDS_PER_DAY": "60",
    "PROMPTSALES_EXECUTOR_LEASE_SECONDS": "30",
    "PROMPTSALES_APPROVAL_UNDO_SECONDS": "0",  # what is measured is the work, not the time to think again
}


class NotStarted(Exception):
    """The system did not come up; the message ends with its output."""


@contextmanager
def running_system(*, seeded: bool = True, **environment: str) -> Generator[tuple[Settings, float]]:
    """The settings of a running system, and the seconds it took to serve. Stopped at exit."""
    with TemporaryDirectory(prefix="promptsales-bench-", ignore_cleanup_errors=True) as folder:
        settings = Settings(data_dir=Path(folder) / "data", port_offset=2_000 + secrets.randbelow(22_000))
        settings.data_dir.mkdir()
        set_for_it = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PROMPTSALES_")},
            **_PACE,
            "PROMPTSALES_DATA_DIR": str(settings.data_dir),
            "PROMPTSALES_PORT_OFFSET": str(settings.port_offset),
            **environment,
        }
        output = Path(folder) / "up.log"
        began = time.monotonic()
        with output.open("wb") as log:
            command = [sys.executable, "-m", "cli.main", "up", "--no-brief", *([] if seeded else ["--no-seed"])]
            process = subprocess.Popen(command, env=set_for_it, stdout=log, stderr=log)
        try:
            _wait(process, output)
            yield settings, time.monotonic() - began
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], output: Path) -> None:
    until = time.monotonic() + 180
    while _READY not in output.read_text():
        if process.poll() is not None or time.monotonic() > until:
            raise NotStarted(output.read_text()[-2000:])
        time.sleep(0.1)
