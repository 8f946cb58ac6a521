"""The approval queue on a PostgreSQL of its own, driven through its SQL functions by its two processes' roles."""

import os
import secrets
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from kernel.canonical import canonical_bytes
from kernel.ids import new_id
from kernel.settings import Settings

_API, _EXECUTOR = "promptsales_approvals", "promptsales_executor"
_PROPOSER, _REVIEWER, _WORKER = "user:marketer", "user:reviewer", "executor:bench"
_TIER: dict[str, Any] = {
    "required_approvals": 1,
    "approver_roles": ["reviewer", "admin"],
    "expires_after_seconds": 259_200,
    "undo_seconds": 0,
    "remind_before_seconds": 14_400,
    "escalate_after_seconds": 86_400,
    "escalate_to": ["admin"],
}
_POLICY: dict[str, Any] = {
    "applies_to": ["*"],
    "time_zone": "UTC",
    "tiers": [
        {"name": "routine", "limits": {"USD": "1000", "recipients": "100", "reach": "100000"}, **_TIER},
        {"name": "standard", "limits": {"USD": "1000000", "recipients": "10000", "reach": "100000000"}, **_TIER},
        {"name": "major", "limits": None, **_TIER, "required_approvals": 2},
    ],
    "automatic": [],
    "caps": [],
    "quiet_hours": [],
    "blackout_dates": [],
}
_RECEIPT: dict[str, Any] = {
    "platform": "sandbox ads",
    "platform_id": "p1",
    "sandbox": True,
    "requested": {"budget": "0.01"},
    "applied": {"budget": "0.01"},
    "differences": [],
    "applied_at": "2026-11-22T00:00:00Z",
}
# A row as wide as an action's, with the key and one of the indexes it has: what any row of that size costs.
_BARE: LiteralString = """
CREATE SCHEMA bench;
CREATE TABLE bench.rows (
    tenant text NOT NULL, id text NOT NULL, canonical bytea NOT NULL, args jsonb NOT NULL, state text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (tenant, id));
CREATE INDEX rows_by_state ON bench.rows (tenant, state, created_at DESC, id DESC);
GRANT USAGE ON SCHEMA bench TO promptsales_approvals;
GRANT SELECT, INSERT, UPDATE ON bench.rows TO promptsales_approvals;
"""


class QueueFailed(Exception):
    """The queue did not start, or did not do what it was asked."""


@dataclass(frozen=True, slots=True)
class Claim:
    tenant: str
    id: str
    fence: int


@dataclass(frozen=True, slots=True)
class Connection:
    """Who proposes and approves for one tenant, and who executes, each over a session of its own.

    Every call is one statement and one transaction.
    """

    tenant: str
    api: AsyncConnection[tuple[Any, ...]]
    executor: AsyncConnection[tuple[Any, ...]]

    async def insert(self) -> str:
        row = new_id("row")
        await self.api.execute(
            "INSERT INTO bench.rows (tenant, id, canonical, args, state) VALUES (%s, %s, %s, %s, 'PENDING')",
            (self.tenant, row, _canonical(self.tenant), Jsonb({"campaign_id": "cmp_1", "budget": "0.01"})),
        )
        return row

    async def update(self, row: str) -> None:
        await self.api.execute(
            "UPDATE bench.rows SET state = 'APPROVED' WHERE (tenant, id) = (%s, %s)", (self.tenant, row)
        )

    async def propose(self) -> str:
        action = new_id("act")
        await self.api.execute(
            "SELECT state FROM approvals.propose_action_v2(%s, %s, %s, %s, %s, %s)",
            (action, _canonical(self.tenant), _PROPOSER, ["ads", "agent-ads"], "ads", new_id("key")),
        )
        return action

    async def approve(self, action: str) -> None:
        found = await self.api.execute(
            "SELECT state FROM approvals.decide_action_v2(%s, 1, NULL, 'approve', %s, %s, NULL, 'portal', NULL)",
            (action, _REVIEWER, ["reviewer"]),
        )
        if await found.fetchone() != ("APPROVED",):
            raise QueueFailed(f"{action} was not approved")

    async def claim(self) -> Claim:
        """The next action due, of any tenant. Another may be taking the only one that this statement saw."""
        while True:
            found = await self.executor.execute(
                "SELECT tenant, id, fence FROM approvals.claim_action_v2(%s, 300, 8)", (_WORKER,)
            )
            if row := await found.fetchone():
                return Claim(*row)

    async def finish(self, claim: Claim) -> None:
        await self.executor.execute(
            "SELECT state FROM approvals.finish_action_v2(%s, %s, %s, 'SUCCEEDED', %s, NULL, %s)",
            (claim.tenant, claim.id, claim.fence, Jsonb(_RECEIPT), _WORKER),
        )

    async def hurry(self, hurrying: bool) -> None:
        """Whether what is written may still be lost when the server crashes: for making what is not measured."""
        for session in (self.api, self.executor):
            await session.execute("SELECT set_config('synchronous_commit', %s, false)", ("off" if hurrying else "on",))


@contextmanager
def running_queue() -> Generator[Settings]:
    """The settings of a durable database with the queue's schema and policy and a bare table; gone at exit."""
    with TemporaryDirectory(prefix="promptsales-bench-", ignore_cleanup_errors=True) as folder:
        settings = Settings(
            data_dir=Path(folder) / "data", port_offset=2_000 + secrets.randbelow(22_000), database_url=None
        )
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PROMPTSALES_")},
            "PROMPTSALES_DATA_DIR": str(settings.data_dir),
            "PROMPTSALES_PORT_OFFSET": str(settings.port_offset),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.stack.database"], env=environment, stdout=subprocess.PIPE, text=True
        )
        try:
            if process.stdout is None or process.stdout.readline().strip() != "ready":
                raise QueueFailed("the database did not start")
            _prepare(settings, environment)
            yield settings
        finally:
            process.terminate()
            process.wait(30)


@asynccontextmanager
async def connected(settings: Settings, tenants: Sequence[str], count: int) -> AsyncGenerator[list[Connection]]:
    """So many connections, the tenants taking turns."""
    async with AsyncExitStack() as stack:

        async def session(role: str) -> AsyncConnection[tuple[Any, ...]]:
            url = settings.role_database_url(role)
            return await stack.enter_async_context(await AsyncConnection.connect(url, autocommit=True))

        made: list[Connection] = []
        for number in range(count):
            connection = Connection(tenants[number % len(tenants)], await session(_API), await session(_EXECUTOR))
            await connection.api.execute("SELECT set_config('app.tenant', %s, false)", (connection.tenant,))
            made.append(connection)
        yield made


def _prepare(settings: Settings, environment: dict[str, str]) -> None:
    migrated = subprocess.run(
        [sys.executable, "-m", "approvals", "migrate"], env=environment, capture_output=True, text=True, check=False
    )
    if migrated.returncode != 0:
        raise QueueFailed(migrated.stderr[-2000:])
    with psycopg.connect(settings.role_database_url(_API)) as connection:
        connection.execute("SELECT approvals.install_policy_v1(%s)", (Jsonb(_POLICY),))
    with psycopg.connect(settings.admin_database_url()) as connection:
        connection.execute(_BARE)


def _canonical(tenant: str) -> bytes:
    return canonical_bytes(
        {
            "v": 2,
            "tenant": tenant,
            "server": "ads",
            "tool": "launch_campaign",
            "tool_schema_hash": "sha256:" + "a" * 64,
            "args": {"campaign_id": "cmp_1", "budget": "0.01"},
            "target_account": "acct-1",
            "target_state_digest": "sha256:" + "b" * 64,
            "target": {"status": "draft"},
            "exposure": {
                "amount": "0.01",
                "currency": "USD",
                "client": "Acme",
                "campaign_id": "cmp_1",
                "countries": [],
            },
            "summary": "Launch campaign Spring with 0.01 USD.",
            "reversible": True,
            "evidence": [],
            "provenance": {
                "requested_by": _PROPOSER,
                "via": ["ads", "agent-ads"],
                "engine": None,
                "cached": [],
                "untrusted": [],
            },
            "compensates": None,
            "policy_version": "default-1",
        }
    )
