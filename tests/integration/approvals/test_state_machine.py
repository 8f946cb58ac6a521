"""Any sequence of what people, rules, servers and time do keeps the queue's promises."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, precondition, rule, run_state_machine_as_test
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from approvals.domain import State
from kernel.ids import new_id
from kernel.settings import Settings
from tests.integration.approvals.driven_queue import FOUND, Connections, DrivenQueue, SyncConnection
from tests.integration.approvals.queue_model import (
    HOLDS_NOTHING,
    MAX_ATTEMPTS,
    PEOPLE,
    TAKEN_UP,
    TERMINAL,
    Cast,
    Ledger,
    Modelled,
    Rules,
    Stake,
    approves_itself,
    released,
    tier_of,
)
from tests.integration.approvals.queue_strategies import people, pick, policies, receipts, seldom, stakes
from tests.integration.approvals.support import PARTIAL, RECEIPT, proposal, provenance

Claim = tuple[Modelled, int] | None
Receipt = dict[str, Any] | None


class QueueMachine(DrivenQueue):
    claims = Bundle("claims")

    @initialize(rules=policies, first=st.lists(st.tuples(people, stakes), min_size=2, max_size=4))
    def begin(self, rules: Rules, first: list[tuple[str, Stake]]) -> None:
        self.tenant = new_id("tnt")
        for connection in (self.connections.api, self.connections.executor):
            connection.execute("SELECT set_config('app.tenant', %s, false)", [self.tenant])
        self.actions: list[Modelled] = []
        self.ledger = Ledger()
        self.delegations: dict[str, tuple[str, str]] = {}
        self.seq = 0
        self.version = 0
        self.ended: set[str] = set()
        self.govern(rules)
        for proposer, stake in first:
            self.propose(proposer, stake, stale=False)

    @precondition(lambda self: len(self.actions) % 4 == 3)  # a new policy now and then
    @rule(rules=policies)
    def govern(self, rules: Rules) -> None:
        self.version += 1
        self.policy = replace(rules, label=f"quorum-{self.version}")
        assert self.call(
            "SELECT approvals.put_policy_v1('quorum', %s, %s, 'user:eva')",
            (Jsonb(rules.document()), self.version - 1),
        )

    @rule(proposer=people, stake=stakes, stale=seldom)
    def propose(self, proposer: str, stake: Stake, stale: bool) -> None:
        new = proposal(
            self.tenant,
            proposer=proposer,
            exposure=stake.exposure(),
            reversible=stake.reversible,
            provenance=provenance(proposer, untrusted=[{"source": "lead", "reference": "l1"}] * stake.untrusted),
            policy_version="quorum-0" if stale else self.policy.label,
        )
        done = self.call(
            "SELECT approvals.propose_action_v2(%s, %s, %s, '{ads,agent-ads}', 'ads', NULL)",
            (new.id, new.canonical, proposer),
        )
        assert done is (not stale and self.ledger.fits(new.id, stake, self.policy.caps))
        if done:
            used = self.ledger.used(new.id, stake)
            action = Modelled(new.id, proposer, stake, tier_of(self.policy, used))
            self.ledger.reserve(new.id, stake)
            if approves_itself(self.policy, stake, action.tier, used):
                action.by_rule = True
                action.approve()
            self.actions.append(action)

    @rule(index=pick, reviewer=people, absent=st.none() | people, stale=seldom)
    def approve(self, index: int, reviewer: str, absent: str | None, stale: bool) -> None:
        if (action := self.any(index)) is None:
            return
        roles = frozenset(PEOPLE[absent or reviewer])
        allowed = (
            action.state == "PENDING"
            and not (stale or action.aged or action.voted(reviewer))
            and action.proposer not in (reviewer, absent)
            and (absent is None or (absent, reviewer) in self.delegations.values())
            and bool(roles & action.tier.roles)
        )
        done = self.decide(action, "approve", reviewer, absent, revision=action.revision - stale)
        assert done is allowed
        if done:
            action.votes.append(Cast(reviewer, absent, roles))
            self.release_if_due(action)

    @rule(index=pick)
    def everybody_approves(self, index: int) -> None:
        """One after the other, who may and who may not: the way to what happens after an approval."""
        for reviewer in PEOPLE:
            self.approve(index, reviewer, None, stale=False)

    @rule(index=pick, reviewer=people)
    def break_glass(self, index: int, reviewer: str) -> None:
        if (action := self.any(index)) is None:
            return
        allowed = (
            action.state == "PENDING"
            and not (action.aged or action.voted(reviewer, glass=True))
            and reviewer != action.proposer
            and "admin" in PEOPLE[reviewer]
        )
        done = self.decide(action, "break_glass", reviewer, None)
        assert done is allowed
        if done:
            action.votes.append(Cast(reviewer, None, frozenset(PEOPLE[reviewer]), glass=True))
            action.broke_glass = sum(vote.glass for vote in action.votes) >= 2
            self.release_if_due(action)

    @rule(index=pick, reviewer=people)
    def reject(self, index: int, reviewer: str) -> None:
        if (action := self.any(index)) is None:
            return
        done = self.decide(action, "reject", reviewer, None)
        assert done is (action.state == "PENDING" and not action.aged and not action.voted(reviewer))
        if done:
            self.close(action, "REJECTED")

    @precondition(lambda self: len(self.delegations) < 3)
    @rule(absent=people, delegate=people)
    def delegate(self, absent: str, delegate: str) -> None:
        if absent == delegate:
            return
        made = new_id("dlg")
        assert self.call(
            "SELECT approvals.delegate_v1(%s, %s, %s, %s, now(), now() + interval '1 day', 'Away.')",
            (made, absent, list(PEOPLE[absent]), delegate),
        )
        self.delegations[made] = (absent, delegate)

    @rule(index=pick, by=people)
    def revoke(self, index: int, by: str) -> None:
        if not self.delegations:
            return
        made = list(self.delegations)[index % len(self.delegations)]
        done = self.call("SELECT approvals.revoke_delegation_v1(%s, %s, %s)", (made, by, list(PEOPLE[by])))
        assert done is (by == self.delegations[made][0] or "admin" in PEOPLE[by])
        if done:
            del self.delegations[made]

    @rule(index=pick, editor=people, stake=stakes, stale=seldom)
    def edit(self, index: int, editor: str, stake: Stake, stale: bool) -> None:
        if (action := self.any(index)) is None:
            return
        done = self.call(
            "SELECT approvals.edit_action_v2(%s, %s, %s, %s, 'why')",
            (action.id, action.revision - stale, self.revised(action, stake), editor),
        )
        assert done is (
            action.state == "PENDING"
            and not (stale or action.aged)
            and self.ledger.fits(action.id, stake, self.policy.caps)
        )
        if done:
            self.revise(action, stake, editor)

    @rule(index=pick, by=people)
    def cancel(self, index: int, by: str) -> None:
        if (action := self.any(index)) is None:
            return
        entitled = by == action.proposer or "admin" in PEOPLE[by] or any(vote.reviewer == by for vote in action.votes)
        done = self.call(
            "SELECT approvals.cancel_action_v2(%s, %s, %s, %s, NULL)",
            (action.id, action.revision, by, list(PEOPLE[by])),
        )
        assert done is (action.open and entitled)
        if done:
            self.close(action, "CANCELLED")

    @rule(target=claims)
    def claim(self) -> Claim:
        row = self.connections.executor.execute(
            "SELECT id, fence FROM approvals.claim_action_v2('w', 600, %s)", [MAX_ATTEMPTS]
        ).fetchone()
        claimable = {action.id: action for action in self.actions if action.claimable}
        if row is None:
            assert not claimable
            return None
        action = claimable[row["id"]]
        action.state, action.lease_over = "EXECUTING", False
        action.fence, action.attempts = action.fence + 1, action.attempts + 1
        assert row["fence"] == action.fence
        return action, action.fence

    @rule(held=claims)
    def lose_the_lease(self, held: Claim) -> None:
        if held is not None and held[0].state == "EXECUTING":
            self.connections.admin.execute(
                "UPDATE approvals.actions SET lease_until = '2000-01-01' WHERE id = %s", [held[0].id]
            )
            held[0].lease_over = True

    @rule(held=claims)
    def defer(self, held: Claim) -> None:
        if held is None:
            return
        action, fence = held
        done = self.dispatch("SELECT approvals.defer_action_v1(%s, %s, %s, 600, 'later', 'w')", action, fence)
        assert done is (action.state == "EXECUTING" and fence == action.fence)
        if done:
            action.lease_over = False

    @rule(held=claims, state=st.sampled_from(["SUCCEEDED", "FAILED", "FAILED_PARTIAL", "UNKNOWN"]), receipt=receipts)
    def finish(self, held: Claim, state: State, receipt: Receipt) -> None:
        if held is None:
            return
        action, fence = held
        done = self.dispatch(
            "SELECT approvals.finish_action_v2(%s, %s, %s, %s, %s, NULL, 'w')",
            action,
            fence,
            state,
            None if receipt is None else Jsonb(receipt),
        )
        assert done is (action.state == "EXECUTING" and fence == action.fence and _says(receipt, state))
        if done:
            self.close(action, state)

    @rule(state=st.sampled_from(["SUCCEEDED", "FAILED", "FAILED_PARTIAL", "UNKNOWN"]), receipt=receipts)
    def carry_out(self, state: State, receipt: Receipt) -> None:
        for index in range(len(self.actions)):
            self.let_the_undo_window_pass(index)
        self.finish(self.claim(), state, receipt)

    @rule(stake=stakes)
    def find_the_target_drifted(self, stake: Stake) -> None:
        self.drift(self.claim(), stake)

    @rule(held=claims, stake=stakes)
    def drift(self, held: Claim, stake: Stake) -> None:
        if held is None:
            return
        action, fence = held
        done = self.dispatch(
            "SELECT approvals.drift_action_v1(%s, %s, %s, %s, 'changed', 'w')",
            action,
            fence,
            self.revised(action, stake),
        )
        assert done is (
            action.state == "EXECUTING"
            and fence == action.fence
            and self.ledger.fits(action.id, stake, self.policy.caps)
        )
        if done:
            self.revise(action, stake, "server:ads")

    @rule(index=pick, by=people, state=st.sampled_from(["SUCCEEDED", "FAILED", "FAILED_PARTIAL"]), receipt=receipts)
    def reconcile(self, index: int, by: str, state: State, receipt: Receipt) -> None:
        unknown = [action for action in self.actions if action.state == "UNKNOWN"]
        if (action := unknown[index % len(unknown)] if unknown else self.any(index)) is None:
            return
        done = self.call(
            "SELECT approvals.reconcile_action_v1(%s, %s, %s, %s, 'looked')",
            (action.id, state, None if receipt is None else Jsonb(receipt), by),
        )
        assert done is (action.state == "UNKNOWN" and by != action.proposer and _says(receipt, state))
        if done:
            self.close(action, state)

    @rule(index=pick)
    def let_the_undo_window_pass(self, index: int) -> None:
        if (action := self.any(index)) is not None and action.state == "APPROVED":
            self.past("UPDATE approvals.actions SET dispatch_after = now() WHERE id = %s", action)
            action.waits = False

    @precondition(lambda self: len(self.actions) > 2)
    @rule(index=pick)
    def let_its_time_pass(self, index: int) -> None:
        if (action := self.any(index)) is not None:
            self.past("UPDATE approvals.actions SET expires_at = '2000-01-01' WHERE id = %s", action)
            action.aged = True

    @rule()
    def sweep(self) -> None:
        overdue = [action for action in self.actions if action.overdue]
        for _ in overdue:
            assert self.swept()
        assert not self.swept()
        for action in overdue:
            self.close(action, "UNKNOWN" if action.state == "EXECUTING" else "EXPIRED")

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        row = self.connections.admin.execute(FOUND, {"tenant": self.tenant}).fetchone()
        assert row is not None
        assert sorted(row["actions"]) == sorted(
            [one.id, one.state, one.revision, one.fence, one.broke_glass, one.tier.name] for one in self.actions
        )
        counters = {(scope, of, unit): Decimal(committed) for scope, of, unit, committed in row["counters"]}
        sums: dict[tuple[str, str, str], Decimal] = {}
        for _, scope, of, unit, amount in row["held"]:
            sums[scope, of, unit] = sums.get((scope, of, unit), Decimal(0)) + Decimal(amount)
        assert counters == sums == self.ledger.committed()
        holding = {action_id for action_id, *_ in row["held"]}
        assert holding == {action.id for action in self.actions if action.state not in HOLDS_NOTHING}
        for action in self.actions:
            if action.state in TAKEN_UP | {"APPROVED"}:
                self.check_release(action, [vote for vote in row["votes"] if vote["action_id"] == action.id])

    def check_release(self, action: Modelled, found: list[dict[str, Any]]) -> None:
        """What is approved or beyond has the votes for it in the database, of the present digest."""
        if action.by_rule:
            [vote] = found
            assert vote["automatic"]["approved"] is True
            assert vote["reviewer"].startswith("rule:")
            return
        votes = [
            Cast(vote["reviewer"], vote["on_behalf_of"], frozenset(vote["roles"]), vote["decision"] == "break_glass")
            for vote in found
        ]
        assert released(votes, action.tier, action.proposer, action.editor)

    @invariant()
    def audit_is_intact_and_ends_only_once(self) -> None:
        broken = "SELECT seq FROM approvals.broken_audit_v1(%s, 1000000) AS seq"
        assert self.connections.api.execute(broken, [self.seq + 1]).fetchall() == []
        rows = self.connections.admin.execute(
            "SELECT seq, action_id, event FROM approvals.audit WHERE tenant = %s AND seq > %s ORDER BY seq",
            [self.tenant, self.seq],
        ).fetchall()
        for row in rows:
            assert row["action_id"] not in self.ended
            self.seq = row["seq"]
            if row["event"].upper() in TERMINAL:
                self.ended.add(row["action_id"])
        assert self.ended == {action.id for action in self.actions if action.state in TERMINAL}

    def teardown(self) -> None:
        """The whole chain holds; and nothing is left that a later example could claim or sweep."""
        assert self.connections.api.execute("SELECT approvals.broken_audit_v1(1, 1000000)").fetchall() == []
        with self.connections.admin.transaction():
            self.connections.admin.execute("SET LOCAL session_replication_role = replica")
            self.connections.admin.execute(
                "UPDATE approvals.actions SET state = 'CANCELLED' WHERE tenant = %s", [self.tenant]
            )


def _says(receipt: Receipt, state: State) -> bool:
    match state:
        case "SUCCEEDED":
            return receipt is RECEIPT
        case "FAILED_PARTIAL":
            return receipt is PARTIAL
        case "FAILED":
            return receipt is not PARTIAL
        case _:
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
                max_examples=200,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
