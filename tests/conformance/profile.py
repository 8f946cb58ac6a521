"""Running the servers' profiles: each in a process of its own, beside the real server, on another port."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx2

from cli.stack.health import wait_ready
from cli.stack.keeping import Kept
from cli.stack.plan import TIERS, member_program
from cli.stack.ports import free_offset
from cli.stack.process import Child, Program, log_tail
from kernel.errors import Unavailable
from kernel.settings import Service, Settings

_READY_SECONDS = 60.0


class ProfileNotReady(Unavailable):
    """A profile runs and does not become ready."""


class Profiles:
    """The profiles of one running system."""

    def __init__(self, settings: Settings, http: httpx2.AsyncClient) -> None:
        self._settings = settings
        self._http = http
        self._shifted = settings.model_copy(update={"port_offset": free_offset(settings)})

    @asynccontextmanager
    async def serving(self, server: Service) -> AsyncGenerator[int]:
        """A server's profile, ready; yields its port."""
        kept = Kept(f"{server} with fixtures", lambda: self._program(server), lambda child: self._ready(server, child))
        try:
            await kept.start(lambda: None)
            yield self._shifted.port(server)
        finally:
            await kept.stop()

    async def _program(self, server: Service) -> Program:
        """What the system runs for the server, with another module."""
        member = next(member for tier in TIERS for member in tier if member.service == server)
        arguments = (server, str(self._shifted.port_offset))
        program = member_program(
            replace(member, module="tests.conformance.fixtures", arguments=arguments), self._settings
        )
        return replace(program, name=f"{server} with fixtures", log=program.log.with_stem(f"{server}-fixtures"))

    async def _ready(self, server: Service, child: Child) -> None:
        lacks = await wait_ready(self._http, self._shifted, server, _READY_SECONDS)
        if lacks:
            raise ProfileNotReady(f"{child.program.name} is not ready: {lacks}. It said: {log_tail(child.program.log)}")
