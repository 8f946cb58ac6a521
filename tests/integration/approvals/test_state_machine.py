"""Any sequence of proposals, votes, edits, claims, lost leases and late outcomes keeps the queue's promises."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, LiteralString

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from approvals.domain import TRANSITIONS, State
from kernel.ids import new_id
from kernel.settings import Settings
from tests.integration.approvals.support import RECEIPT, payload, proposal

SyncConnection = psycopg.Connection[DictRow]
PEOPLE = ("user:ana", "user:ben", "user:eva", "user:leo")
people = st.sampled_from(PEOPLE)
pick = st.integers(0, 99)
TERMINAL = frozenset(state for state, following in TRANSITIONS.items() if not following)
TAKEN_UP = frozenset({"EXECUTING", "SUCCEEDED", "FAILED", "UNKNOWN"})


@dataclass
class Model:
    """What an action must be, according to the rules alone."""

    id: str
    proposer: str
    required: int
    state: State = "PENDING"
    revision: int = 1
    editor: str | None = None
    votes: set[str] = field(default_factory=set[str])
    fence: int = 0

    def released_by(self, reviewer: str) -> bool:
        counted = self.votes | {reviewer}
        return len(counted) >= self.required and counted != {self.editor}


@dataclass
class Connections:
    admin: SyncConnection
    api: SyncConnection
    executor: SyncConnection


CLAIM = "SELECT id, fence FROM approvals.claim_action_v1('w', 600, 4)"


class QueueMachine(RuleBasedStateMachine):
    connections: ClassVar[Connections]
    claims = Bundle("claims")

    @initialize()
    def begin(self) -> None:
        self.tenant = new_id("tnt")
        self.actions: list[Model] = []
        with self.connections.admin.transaction():
            self.connections.admin.execute("SET LOCAL session_replication_role = replica")
            self.connections.admin.execute(
                "TRUNCATE approvals.actions, approvals.revisions, approvals.decisions, approvals.audit"
            )

    @rule(proposer=people, required=st.integers(1, 3))
    def propose(self, proposer: str, required: int) -> None:
        new = proposal(self.tenant, proposer=proposer)
        self.call(
            "SELECT approvals.propose_action_v1(%s, %s, %s, 's', true, '[]', %s, '{ads}', 'ads', NULL, %s, 3600)",
            (new.id, new.canonical, Jsonb(new.exposure), proposer, required),
        )
        self.actions.append(Model(new.id, proposer, required))

    @rule(index=pick, reviewer=people, stale=st.sampled_from([False, False, False, True]))
    def approve(self, index: int, reviewer: str, stale: bool) -> None:
        if (action := self.any(index)) is None:
            return
        allowed = (
            action.state == "PENDING" and not stale and reviewer != action.proposer and reviewer not in action.votes
        )
        done = self.call(
            "SELECT approvals.decide_action_v1(%s, %s, NULL, 'approve', %s, 'cli', NULL)",
            (action.id, action.revision - stale, reviewer),
        )
        assert done is allowed
        if done:
            action.state = "APPROVED" if action.released_by(reviewer) else "PENDING"
            action.votes.add(reviewer)

    @rule(index=pick, reviewer=people)
    def reject(self, index: int, reviewer: str) -> None:
        if (action := self.any(index)) is None:
            return
        done = self.call(
            "SELECT approvals.decide_action_v1(%s, %s, NULL, 'reject', %s, 'cli', 'no')",
            (action.id, action.revision, reviewer),
        )
        assert done is (action.state == "PENDING" and reviewer not in action.votes)
        if done:
            action.state = "REJECTED"

    @rule(index=pick, editor=people, budget=st.integers(1, 10**6))
    def edit(self, index: int, editor: str, budget: int) -> None:
        if (action := self.any(index)) is None:
            return
        canonical = payload(self.tenant, args={"budget": budget, "n": action.revision}).canonical()
        done = self.call(
            "SELECT approvals.edit_action_v1(%s, %s, %s, '{}', 's', true, '[]', %s, %s, 'why')",
            (action.id, action.revision, canonical, action.required, editor),
        )
        assert done is (action.state == "PENDING")
        if done:
            action.revision, action.editor, action.votes = action.revision + 1, editor, set()

    @rule(index=pick, by=people)
    def cancel(self, index: int, by: str) -> None:
        if (action := self.any(index)) is None:
            return
        done = self.call("SELECT approvals.cancel_action_v1(%s, %s, %s, false, NULL)", (action.id, action.revision, by))
        assert done is (action.state in ("PENDING", "APPROVED") and by == action.proposer)
        if done:
            action.state = "CANCELLED"

    @rule(target=claims)
    def claim(self) -> tuple[Model, int] | None:
        row = self.connections.executor.execute(
            "SELECT id, fence FROM approvals.claim_action_v1('w', 600, 4)"
        ).fetchone()
        approved = [action for action in self.actions if action.state == "APPROVED"]
        assert (row is not None) == bool(approved)
        if row is None:
            return None
        action = next(action for action in approved if action.id == row["id"])
        action.state, action.fence = "EXECUTING", action.fence + 1
        assert row["fence"] == action.fence
        return action, action.fence

    @rule(target=claims, held=claims)
    def claim_after_a_lost_lease(self, held: tuple[Model, int] | None) -> tuple[Model, int] | None:
        if held is None or held[0].state != "EXECUTING" or held[0].fence >= 4:
            return None
        action = held[0]
        self.connections.admin.execute(
            "UPDATE approvals.actions SET lease_until = '2026-01-01' WHERE id = %s", [action.id]
        )
        row = self.connections.executor.execute(
            "SELECT id, fence FROM approvals.claim_action_v1('w', 600, 4)"
        ).fetchone()
        assert row == {"id": action.id, "fence": action.fence + 1}
        action.fence += 1
        return action, action.fence

    @rule(held=claims, state=st.sampled_from(["SUCCEEDED", "FAILED", "UNKNOWN"]))
    def finish(self, held: tuple[Model, int] | None, state: State) -> None:
        if held is None:
            return
        action, fence = held
        done = self.call(
            "SELECT approvals.finish_action_v1(%s, %s, %s, %s, %s, NULL, 'w')",
            (self.tenant, action.id, fence, state, Jsonb(RECEIPT)),
            self.connections.executor,
        )
        assert done is (action.state == "EXECUTING" and fence == action.fence)
        if done:
            action.state = state

    @rule(index=pick)
    def expire(self, index: int) -> None:
        if (action := self.any(index)) is None:
            return
        with self.connections.admin.transaction():
            self.connections.admin.execute("SET LOCAL session_replication_role = replica")
            self.connections.admin.execute(
                "UPDATE approvals.actions SET expires_at = '2026-01-01' WHERE id = %s", [action.id]
            )
        self.connections.executor.execute("SELECT approvals.expire_actions_v1(4, 'w')")
        if action.state in ("PENDING", "APPROVED"):
            action.state = "EXPIRED"

    @invariant()
    def states_are_the_models(self) -> None:
        rows = self.rows("SELECT id, state, revision, fence FROM approvals.actions WHERE tenant = %s")
        found = {row["id"]: (row["state"], row["revision"], row["fence"]) for row in rows}
        assert found == {one.id: (one.state, one.revision, one.fence) for one in self.actions}

    @invariant()
    def what_is_taken_up_was_approved_by_enough_others(self) -> None:
        rows = self.rows(
            "SELECT a.id, a.state, a.required_approvals, count(DISTINCT d.reviewer) AS approvers"
            " FROM approvals.actions a LEFT JOIN approvals.decisions d ON d.tenant = a.tenant AND d.action_id = a.id"
            " AND d.digest = a.digest AND d.decision = 'approve' AND d.reviewer <> a.proposer"
            " WHERE a.tenant = %s GROUP BY a.tenant, a.id"
        )
        for row in rows:
            if row["state"] in TAKEN_UP | {"APPROVED"}:
                assert row["approvers"] >= row["required_approvals"]

    @invariant()
    def audit_is_intact_and_ends_only_once(self) -> None:
        with self.connections.api.transaction():
            self.connections.api.execute("SELECT set_config('app.tenant', %s, true)", [self.tenant])
            assert self.connections.api.execute("SELECT approvals.broken_audit_v1(1, 1000000)").fetchall() == []
        rows = self.rows("SELECT action_id, event FROM approvals.audit WHERE tenant = %s ORDER BY seq")
        ended: set[str] = set()
        for row in rows:
            assert row["action_id"] not in ended
            if row["event"].upper() in TERMINAL:
                ended.add(row["action_id"])

    def any(self, index: int) -> Model | None:
        return self.actions[index % len(self.actions)] if self.actions else None

    def rows(self, query: LiteralString) -> list[dict[str, Any]]:
        return self.connections.admin.execute(query, [self.tenant]).fetchall()

    def call(
        self, query: LiteralString, arguments: tuple[object, ...], connection: SyncConnection | None = None
    ) -> bool:
        """Whether the database let it happen; a refusal is one of its facts."""
        used = connection or self.connections.api
        try:
            with used.transaction():
                used.execute("SELECT set_config('app.tenant', %s, true)", [self.tenant])
                used.execute(query, arguments)
        except psycopg.DatabaseError as error:
            if str(error.sqlstate).startswith("PS0"):
                return False
            raise
        return True


def _connect(url: str) -> SyncConnection:
    return SyncConnection.connect(url, autocommit=True, row_factory=dict_row)


@pytest.mark.usefixtures("queue")
def test_no_sequence_of_events_breaks_a_promise(approvals_settings: Settings) -> None:
    with (
        _connect(approvals_settings.admin_database_url()) as admin,
        _connect(approvals_settings.role_database_url("promptsales_approvals")) as api,
        _connect(approvals_settings.role_database_url("promptsales_executor")) as executor,
    ):
        QueueMachine.connections = Connections(admin, api, executor)
        run_state_machine_as_test(
            QueueMachine,
            settings=settings(
                max_examples=80, stateful_step_count=35, deadline=None, suppress_health_check=[HealthCheck.too_slow]
            ),
        )
