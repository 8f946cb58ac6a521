"""Bare baselines: a trivial MCP tool in a process of its own, and a SELECT through a pool."""

import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

import httpx2

from evals.bench.load import Call
from kernel.database import Database


@contextmanager
def trivial_server(port: int) -> Generator[str]:
    """The URL of a trivial MCP server; its process ends at exit."""
    process = subprocess.Popen([sys.executable, "-m", "evals.bench.trivial_server", str(port)])
    try:
        _wait_listening(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(10)


def select_one(database: Database) -> Call:
    """A SELECT in a transaction of its own."""

    async def call() -> None:
        async with database.system() as connection:
            await connection.execute("SELECT 1")

    return call


def _wait_listening(url: str) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            httpx2.get(url, trust_env=False)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(url)
