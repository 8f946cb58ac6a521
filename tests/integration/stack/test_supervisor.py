"""A small system, started as `promptsales up` starts the real one: it stays up, and leaves nothing behind."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cli.certificate import issue
from cli.stack.plan import ROOT
from cli.stack.ports import is_free
from cli.stack.runtime import is_alive
from kernel.settings import Service, Settings
from tests.conftest import free_offset

SERVICES: tuple[Service, ...] = ("identity", "hub", "postgres", "valkey")


class System:
    """One supervisor process and what it says."""

    def __init__(self, data_dir: Path) -> None:
        self.settings = Settings(data_dir=data_dir, port_offset=free_offset(), database_url=None, redis_url=None)
        self.said: list[str] = []
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, *arguments: str) -> None:
        environment = os.environ | {
            "PROMPTSALES_DATA_DIR": str(self.settings.data_dir),
            "PROMPTSALES_PORT_OFFSET": str(self.settings.port_offset),
        }
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.integration.stack.small_system", *arguments),
            cwd=ROOT,
            env=environment,
            stderr=asyncio.subprocess.PIPE,
        )

    async def hears(self, words: str) -> str:
        """Wait for a line with these words."""
        assert self._process is not None
        assert self._process.stderr is not None
        async with asyncio.timeout(60):
            async for line in self._process.stderr:
                self.said.append(line.decode().strip())
                if words in self.said[-1]:
                    return self.said[-1]
        raise AssertionError(f"it never said {words!r}: {self.said}")

    async def serve(self) -> None:
        await self.start()
        await self.hears("Everything is ready")

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def ends(self) -> int:
        assert self._process is not None
        async with asyncio.timeout(60):
            _, rest = await self._process.communicate()
        self.said += rest.decode().splitlines()
        assert self._process.returncode is not None
        return self._process.returncode

    def runtime(self) -> dict[str, Any]:
        return json.loads((self.settings.data_dir / "runtime.json").read_text())

    async def answers(self, service: Service) -> bool:
        async with httpx2.AsyncClient(trust_env=False) as http:
            with contextlib.suppress(httpx2.HTTPError):
                return (await http.get(f"{self.settings.url(service)}/readyz")).status_code == 200
        return False

    def ports_are_free(self) -> bool:
        return all(is_free(self.settings.port(service)) for service in SERVICES)


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    made = System(tmp_path / "data")
    yield made
    with contextlib.suppress(ProcessLookupError):
        made.send(signal.SIGTERM)
    await made.ends()


async def until(condition: Any) -> None:
    """Wait, at most ten seconds, until a condition holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - processes ring no bell
            await asyncio.sleep(0.05)


async def test_running_system_says_where_it_is(system: System) -> None:
    await system.serve()
    runtime = system.runtime()
    assert set(runtime["processes"]) == {"postgres", "valkey", "identity", "hub"}
    assert runtime["urls"]["hub"] == system.settings.url("hub")
    assert runtime["port_offset"] == system.settings.port_offset
    assert await system.answers("hub")


async def test_stopping_leaves_no_process_no_port_and_no_description(system: System) -> None:
    await system.serve()
    pids = list(system.runtime()["processes"].values())
    system.send(signal.SIGTERM)
    assert await system.ends() == 0
    assert not any(map(is_alive, pids))
    assert system.ports_are_free()
    assert not (system.settings.data_dir / "runtime.json").exists()


async def test_stopping_in_the_middle_of_the_start_leaves_nothing(system: System) -> None:
    await system.start()
    await system.hears("is ready")
    system.send(signal.SIGINT)
    assert await system.ends() == 0
    assert system.ports_are_free()


@pytest.mark.parametrize("name", ["hub", "postgres", "valkey"])
async def test_process_that_dies_is_started_again_and_that_is_said(system: System, name: str) -> None:
    await system.serve()
    before = system.runtime()["processes"][name]
    os.kill(before, signal.SIGKILL)
    assert "status -9" in await system.hears(f"{name} ended with")
    await system.hears(f"{name} is back")
    assert system.runtime()["processes"][name] != before


async def test_children_die_with_a_killed_supervisor_and_the_next_start_works(system: System) -> None:
    await system.serve()
    pids = list(system.runtime()["processes"].values())
    system.send(signal.SIGKILL)
    assert await system.ends() == -signal.SIGKILL
    await until(lambda: not any(map(is_alive, pids)))

    await system.serve()

    assert await system.answers("hub")


async def test_next_start_waits_for_what_a_killed_supervisor_left(system: System) -> None:
    await system.serve()
    system.send(signal.SIGKILL)
    await system.ends()
    await system.serve()
    assert await system.answers("hub")


async def test_second_start_on_the_same_data_says_who_runs(system: System) -> None:
    await system.serve()
    second = System(system.settings.data_dir)
    await second.start()
    assert await second.ends() == 1
    said = " ".join(second.said)
    assert "already running" in said
    assert str(system.runtime()["pid"]) in said


async def test_occupied_port_is_named_with_an_offset_that_is_free(system: System) -> None:
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", system.settings.port("hub")))
        occupant.listen()
        await system.start()
        assert await system.ends() == 1
    said = " ".join(system.said)
    assert f"Port {system.settings.port('hub')}" in said
    assert "PROMPTSALES_PORT_OFFSET=" in said


async def test_certificate_that_clients_refuse_stops_the_start_before_anything_runs(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed = issue(tmp_path / "one").environment | {"PROMPTSALES_TLS_KEY": str(tmp_path / "two" / "server-key.pem")}
    issue(tmp_path / "two")
    for name, path in mixed.items():
        monkeypatch.setenv(name, path)
    await system.start()
    assert await system.ends() == 1
    said = " ".join(system.said)
    assert "is not the key of PROMPTSALES_TLS_CERT" in said
    assert "is ready" not in said


async def test_member_that_cannot_start_stops_the_whole_start(system: System) -> None:
    await system.start("BROKEN")
    assert await system.ends() == 1
    assert "No module named tests.integration.stack.no_such_module" in " ".join(system.said)
    assert system.ports_are_free()
