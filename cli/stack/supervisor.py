"""Runs the whole system: starts it in order, keeps every process alive, stops it in reverse."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from cli.stack.health import wait_ready
from cli.stack.keeping import Kept, Say
from cli.stack.keys import ensure_passwords, has_keys
from cli.stack.migrating import is_migrated, migrate_all
from cli.stack.modules import run_module
from cli.stack.plan import TIERS, Member, member_program, tls_environment
from cli.stack.ports import check_ports
from cli.stack.postgres import EmbeddedPostgres
from cli.stack.process import Child, Program, log_tail
from cli.stack.runtime import Runtime, await_previous, hold, runtime_file, write_runtime
from cli.stack.tasks import together
from cli.stack.valkey import EmbeddedValkey
from kernel.errors import Unavailable
from kernel.settings import Service, Settings
from kernel.tls import server_context, service_http

_READY_SECONDS = 90.0


class NotReady(Unavailable):
    """A process runs and does not become ready."""


class Supervisor:
    def __init__(self, settings: Settings, say: Say) -> None:
        """`say` gets a line for people at each step. `settings.data_dir` is absolute."""
        self._settings = settings
        self._say = say
        self._http = service_http(settings)
        self._kept: list[Kept] = []
        self._tiers = TIERS

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """The system, ready to serve inside; everything is stopped at exit, last started first."""
        began = time.monotonic()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._http)
            stack.enter_context(hold(self._settings))
            for service in self._services():
                server_context(self._settings, service)  # better said here, once, than by each process
            await await_previous(self._settings)
            ensure_passwords(self._settings)
            stores = self._stores()
            check_ports(self._settings, self._ports())
            stack.callback(runtime_file(self._settings).unlink, missing_ok=True)
            await self._start(stack, stores)
            await self._prepare()
            await self._start(stack, *([self._member(member) for member in tier] for tier in self._tiers))
            self._say(f"Everything is ready after {time.monotonic() - began:.1f} s.")
            keepers = [asyncio.create_task(kept.keep(self._say, self._describe)) for kept in self._kept]
            stack.push_async_callback(_cancel, keepers)
            yield

    def _ports(self) -> tuple[Service, ...]:
        embedded: dict[Service, str | None] = {
            "postgres": self._settings.database_url,
            "valkey": self._settings.redis_url,
        }
        return (*(service for service, url in embedded.items() if url is None), *self._services())

    def _services(self) -> tuple[Service, ...]:
        return tuple(member.service for tier in self._tiers for member in tier if member.service)

    def _stores(self) -> list[Kept]:
        """The embedded servers, unless a URL in the settings replaces them."""
        stores: list[Kept] = []
        if self._settings.database_url is None:
            postgres = EmbeddedPostgres(self._settings)
            stores.append(Kept("postgres", postgres.prepare, postgres.wait_ready))
        if self._settings.redis_url is None:
            valkey = EmbeddedValkey(self._settings)
            stores.append(Kept("valkey", valkey.prepare, valkey.wait_ready))
        return stores

    def _member(self, member: Member) -> Kept:
        async def prepare() -> Program:
            return member_program(member, self._settings)

        async def ready(child: Child) -> None:
            lacks = await self._lacks(member, child)
            if lacks:
                log = child.program.log
                raise NotReady(f"{member.name} is not ready: {lacks}. It said: {log_tail(log)}", fix=f"See {log}.")

        return Kept(member.name, prepare, ready)

    async def _lacks(self, member: Member, child: Child) -> str | None:
        """Wait until a member is ready; what it lacks when it does not become so."""
        if member.service:
            return await wait_ready(self._http, self._settings, member.service, _READY_SECONDS)
        deadline = time.monotonic() + _READY_SECONDS
        while not child.has_said(member.ready_words):
            if time.monotonic() > deadline:
                return f"it never said {member.ready_words!r}"
            await asyncio.sleep(0.1)
        return None

    async def _start(self, stack: AsyncExitStack, *tiers: Sequence[Kept]) -> None:
        """Start all of it at once; tiers are stopped one after the other, from the last."""
        for tier in tiers:
            stack.push_async_callback(_stop, tier)
        everyone = [kept for tier in tiers for kept in tier]
        self._kept.extend(everyone)
        await together(*map(self._start_one, everyone))

    async def _start_one(self, kept: Kept) -> None:
        began = time.monotonic()
        await kept.start(self._describe)
        self._say(f"{kept.name} is ready ({time.monotonic() - began:.1f} s).")

    async def _prepare(self) -> None:
        """Keys and schemas, unless they were made by exactly this code."""
        began = time.monotonic()
        if has_keys(self._settings) and await is_migrated(self._settings):
            return
        self._say("Making keys and migrating the database…")
        await together(run_module(self._settings, "identity", "init"), migrate_all(self._settings))
        self._say(f"Keys and schemas are up to date ({time.monotonic() - began:.1f} s).")

    def _describe(self) -> None:
        """Tell the other commands where the system runs."""
        urls = {service: self._settings.url(service) for service in self._services()}
        processes = {kept.name: kept.pid for kept in self._kept if kept.pid}
        tls = tls_environment(self._settings)
        write_runtime(self._settings, Runtime(os.getpid(), self._settings.port_offset, urls, processes, tls))


async def _stop(tier: Sequence[Kept]) -> None:
    await together(*(kept.stop() for kept in tier))


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
