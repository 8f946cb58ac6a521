"""Any sequence of calls by two tenants: neither ever reads a word of the other's, or moves a row of theirs."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.integration.access.conftest import LEFT, RIGHT
from tests.integration.access.estate import Caller, Estate
from tests.integration.access.world import EXAMPLES, SHARED_KEY, World, settle
from tests.integration.tenancy.catalogue import SyncConnection
from tests.integration.tenancy.rows import rows_of

T = TypeVar("T")
TOOLS = sorted(EXAMPLES)
KEYED = ("idempotency_key", "sale_id")
"""Names of the caller's own choosing; both tenants choose the same."""
tenants = st.sampled_from([0, 1])
who: st.SearchStrategy[Caller] = st.sampled_from(["marketer", "admin", "sales_agent", "reviewer"])


class Together(RuleBasedStateMachine):
    """Rules run in a thread; what they call runs in the loop that serves the system."""

    estate: ClassVar[Estate]
    admin: ClassVar[SyncConnection]
    loop: ClassVar[asyncio.AbstractEventLoop]
    settled: ClassVar[tuple[World, World]]

    @initialize()
    def begin(self) -> None:
        self.worlds = list(self.settled)

    @rule(side=tenants, role=who, index=st.integers(0, 999), keyed=st.booleans())
    def use(self, side: int, role: Caller, index: int, keyed: bool) -> None:
        """A tenant uses a tool on its own; what it makes is what the other then reaches for."""
        server, tool = TOOLS[index % len(TOOLS)]
        world = self.worlds[side]
        arguments = EXAMPLES[server, tool](world)
        properties = self.schemas[server, tool]
        chosen = {name: SHARED_KEY + tool for name in KEYED if keyed and name in properties}
        message = self.call(side, role, server, tool, arguments | chosen)
        ids = {name: value for name, value in _ids(message.get("result")).items() if name in world.ids}
        self.worlds[side] = replace(world, ids={**world.ids, **ids})

    @rule(side=tenants, role=who, index=st.integers(0, 999), pick=st.integers(0, 9))
    def reach(self, side: int, role: Caller, index: int, pick: int) -> None:
        """A tenant calls a tool with an id of the other's."""
        server, tool = TOOLS[index % len(TOOLS)]
        theirs = self.worlds[1 - side]
        taken = [name for name in self.schemas[server, tool] if name.endswith("_id") and name in theirs.ids]
        if taken:
            name = taken[pick % len(taken)]
            self.call(side, role, server, tool, EXAMPLES[server, tool](self.worlds[side]) | {name: theirs.ids[name]})

    @rule(side=tenants, index=st.integers(0, 999), name=st.sampled_from(["tenant", "user", "client_id", "act"]))
    def smuggle(self, side: int, index: int, name: str) -> None:
        server, tool = TOOLS[index % len(TOOLS)]
        other = self.worlds[1 - side].tenant
        message = self.call(side, "admin", server, tool, EXAMPLES[server, tool](self.worlds[side]) | {name: other})
        assert message["result"]["isError"]

    @rule(side=tenants)
    def bring(self, side: int) -> None:
        """The pipeline takes what there is to the hub, where analytics finds it."""
        token = self.estate.token("admin", "hub", tenant=self.worlds[side].tenant)
        self.watched(side, self.estate.rest("hub", "POST", "/v1/pipeline/runs", token))

    @rule(side=tenants, decision=st.sampled_from(["approve", "reject", "cancel"]), own=st.booleans())
    def decide(self, side: int, decision: str, own: bool) -> None:
        """A reviewer decides on an action, of the own tenant or of the other."""
        action = self.worlds[side if own else 1 - side].ids["approval_id"]
        token = self.estate.token("reviewer", "approvals", tenant=self.worlds[side].tenant)
        body = {"revision": 1, "reason": "So be it."}
        answer = self.watched(
            side, self.estate.rest("approvals", "POST", f"/v1/actions/{action}/{decision}", token, body=body)
        )
        assert own or answer.status_code == 404

    def call(self, side: int, role: Caller, server: Any, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        token = self.estate.token(role, server, tenant=self.worlds[side].tenant)
        response, message = self.watched(side, self.estate.call(server, tool, arguments, token))
        assert response.status_code in (200, 403), response.text
        assert self.worlds[1 - side].secret not in response.text, (tool, arguments)
        return message

    def watched(self, side: int, calling: Coroutine[Any, Any, T]) -> T:
        """Call, and see that nothing of the other tenant's has changed."""
        other = self.worlds[1 - side].tenant
        before = rows_of(self.admin, other)
        answer = asyncio.run_coroutine_threadsafe(calling, self.loop).result(30)
        assert rows_of(self.admin, other) == before
        return answer

    schemas: ClassVar[dict[tuple[Any, str], dict[str, Any]]]


def _ids(document: object) -> dict[str, str]:
    """Ids by name, wherever an answer has them; an asset calls its own simply `id`."""
    found: dict[str, str] = {}
    if isinstance(document, dict):
        for name, value in document.items():  # pyright: ignore[reportUnknownVariableType] - JSON
            if isinstance(value, str):
                found["asset_id" if name == "id" and value.startswith("ast_") else str(name)] = value  # pyright: ignore[reportUnknownArgumentType]
            else:
                found |= _ids(value)  # pyright: ignore[reportUnknownArgumentType]
    return found


@pytest.fixture
async def machine(estate: Estate, admin: SyncConnection) -> type[Together]:
    Together.estate, Together.admin, Together.loop = estate, admin, asyncio.get_running_loop()
    Together.settled = (await settle(estate, LEFT, "Quetzal"), await settle(estate, RIGHT, "Colibri"))
    Together.schemas = {
        (server, tool.name): tool.input_schema["properties"]
        for server in estate.servers
        for tool in await estate.servers[server].all_tools()
    }
    return Together


async def test_neither_reads_a_word_of_the_other_or_moves_a_row(machine: type[Together]) -> None:
    bounds = settings(
        max_examples=10, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=bounds)
