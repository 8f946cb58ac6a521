"""A queue and its model, driven side by side: what the rules of the state machine are made of."""

from dataclasses import dataclass
from typing import ClassVar, LiteralString

import psycopg
from hypothesis.stateful import RuleBasedStateMachine
from psycopg.rows import DictRow

from approvals.domain import State
from tests.integration.approvals.queue_model import (
    HOLDS_NOTHING,
    MAX_ATTEMPTS,
    PEOPLE,
    Ledger,
    Modelled,
    Rules,
    Stake,
    tier_of,
)
from tests.integration.approvals.support import payload, provenance

SyncConnection = psycopg.Connection[DictRow]

FOUND: LiteralString = """
SELECT
  (SELECT coalesce(jsonb_agg(jsonb_build_array(id, state, revision, fence, broke_glass, terms ->> 'tier')), '[]')
   FROM approvals.actions WHERE tenant = %(tenant)s) AS actions,
  (SELECT coalesce(jsonb_agg(to_jsonb(d)), '[]') FROM approvals.decisions AS d
   JOIN approvals.actions AS a ON (a.tenant, a.id, a.digest) = (d.tenant, d.action_id, d.digest)
   WHERE d.tenant = %(tenant)s AND d.decision <> 'reject') AS votes,
  (SELECT coalesce(jsonb_agg(jsonb_build_array(scope, subject, unit, committed::text)), '[]')
   FROM approvals.exposures WHERE tenant = %(tenant)s AND committed <> 0) AS counters,
  (SELECT coalesce(jsonb_agg(jsonb_build_array(action_id, scope, subject, unit, amount::text)), '[]')
   FROM approvals.reservations WHERE tenant = %(tenant)s AND released_at IS NULL) AS held
"""


@dataclass
class Connections:
    admin: SyncConnection
    api: SyncConnection
    executor: SyncConnection


class DrivenQueue(RuleBasedStateMachine):
    connections: ClassVar[Connections]
    tenant: str
    actions: list[Modelled]
    ledger: Ledger
    policy: Rules

    def any(self, index: int) -> Modelled | None:
        return self.actions[index % len(self.actions)] if self.actions else None

    def close(self, action: Modelled, state: State) -> None:
        action.state = state
        if state in HOLDS_NOTHING:
            self.ledger.release(action.id)

    def revise(self, action: Modelled, stake: Stake, editor: str) -> None:
        tier = tier_of(self.policy, self.ledger.used(action.id, stake))
        self.ledger.reserve(action.id, stake)
        action.revise(stake, tier, editor)

    def release_if_due(self, action: Modelled) -> None:
        if action.released():
            action.approve()

    def revised(self, action: Modelled, stake: Stake) -> bytes:
        return payload(
            self.tenant,
            args={"n": action.revision},
            exposure=stake.exposure(),
            reversible=stake.reversible,
            provenance=provenance(action.proposer),
            policy_version=self.policy.label,
        ).canonical()

    def decide(
        self, action: Modelled, vote: str, reviewer: str, absent: str | None, *, revision: int | None = None
    ) -> bool:
        seen = action.revision if revision is None else revision
        arguments = (action.id, seen, vote, reviewer, list(PEOPLE[reviewer]), absent)
        return self.call("SELECT approvals.decide_action_v2(%s, %s, NULL, %s, %s, %s, %s, 'cli', 'Seen.')", arguments)

    def swept(self) -> bool:
        row = self.connections.executor.execute(
            "SELECT approvals.expire_next_v1(%s, 'w') AS done", [MAX_ATTEMPTS]
        ).fetchone()
        return bool(row and row["done"])

    def past(self, statement: LiteralString, action: Modelled) -> None:
        with self.connections.admin.transaction():
            self.connections.admin.execute("SET LOCAL session_replication_role = replica")
            self.connections.admin.execute(statement, [action.id])

    def dispatch(self, query: LiteralString, action: Modelled, *arguments: object) -> bool:
        return self.call(query, (self.tenant, action.id, *arguments), self.connections.executor)

    def call(
        self, query: LiteralString, arguments: tuple[object, ...], connection: SyncConnection | None = None
    ) -> bool:
        """Whether the database let it happen; a refusal is one of its facts."""
        used = connection or self.connections.api
        try:
            used.execute(query, arguments)
        except psycopg.DatabaseError as error:
            if str(error.sqlstate).startswith("PS0"):
                return False
            raise
        return True
