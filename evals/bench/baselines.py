"""Bare baselines, in processes of their own: a trivial MCP tool, one that runs SQL; and a SELECT through a pool."""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

import httpx2

from evals.bench.load import Call
from kernel.database import Database
from kernel.settings import Settings

Verification = Literal["none", "cached", "cold"]
"""How the echo server treats tokens: not at all, as in production, or each as if it had never been seen."""
SERVICE = "analytics"
"""Whose tokens it takes."""


@contextmanager
def trivial_server(port: int) -> Generator[str]:
    """The URL of a trivial MCP server; its process ends at exit."""
    with _serving("evals.bench.trivial_server", port) as url:
        yield url


@contextmanager
def echo_server(settings: Settings, port: int, verification: Verification) -> Generator[str]:
    """The URL of the same trivial tool behind our own app, which checks tokens of a running system as it is told."""
    with _serving("evals.bench.echo_server", port, verification, **_system(settings)) as url:
        yield url


@contextmanager
def sql_server(settings: Settings, port: int) -> Generator[str]:
    """The URL of a tool that runs the common questions' SQL in a running system."""
    with _serving("evals.bench.sql_server", port, **_system(settings)) as url:
        yield url


def _system(settings: Settings) -> dict[str, str]:
    return {"PROMPTSALES_DATA_DIR": str(settings.data_dir), "PROMPTSALES_PORT_OFFSET": str(settings.port_offset)}


def select_one(database: Database) -> Call:
    """A SELECT in a transaction of its own."""

    async def call() -> None:
        async with database.system() as connection:
            await connection.execute("SELECT 1")

    return call


@contextmanager
def _serving(module: str, port: int, *arguments: str, **environment: str) -> Generator[str]:
    process = subprocess.Popen([sys.executable, "-m", module, str(port), *arguments], env={**os.environ, **environment})
    try:
        _wait_listening(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(10)


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
