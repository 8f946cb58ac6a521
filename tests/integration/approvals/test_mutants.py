"""Every check is missed when it is taken out: the attack that it stands in the way of then gets through.

The checks of the database are taken out of its functions' source, those of the service by another in their place.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from approvals import bulk, recovery, rules, service
from approvals.bulk import Item, decide_together
from approvals.domain import Action
from approvals.policy import PolicyDocument
from approvals.recovery import Recovery
from approvals.rules import Rules
from approvals.service import ApprovalService
from kernel.auth import Principal
from kernel.clock import now
from kernel.database import Connection
from kernel.errors import PromptSalesError
from tests.integration.approvals.mutants import MUTANTS, Mutant
from tests.integration.approvals.support import Queue
from tests.integration.approvals.support import rules as one_tier


@asynccontextmanager
async def taken_out(admin: Connection, mutant: Mutant) -> AsyncGenerator[None]:
    rows = await admin.execute(
        "SELECT pg_get_functiondef(oid) AS source FROM pg_proc"
        " WHERE pronamespace = 'approvals'::regnamespace AND proname = %s",
        (mutant.function,),
    )
    row = await rows.fetchone()
    assert row is not None
    source = str(row["source"])
    assert mutant.check in source
    await admin.execute(source.replace(mutant.check, mutant.instead).encode())
    try:
        yield
    finally:
        await admin.execute(source.encode())


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
async def test_attack_is_refused(queue: Queue, admin: Connection, mutant: Mutant) -> None:
    assert not await mutant.attack(queue, admin)


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
async def test_attack_gets_through_without_the_check(queue: Queue, admin: Connection, mutant: Mutant) -> None:
    async with taken_out(admin, mutant):
        assert await mutant.attack(queue, admin)


async def test_every_function_is_as_it_was_migrated(queue: Queue, admin: Connection) -> None:
    mutant = MUTANTS[0]
    async with taken_out(admin, mutant):
        pass

    rows = await admin.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", (mutant.function,))
    row = await rows.fetchone()
    assert row is not None
    assert mutant.check in row["prosrc"]


def caller(
    queue: Queue, subject: str = "user:reviewer", *, actors: tuple[str, ...] = (), role: Any = "reviewer"
) -> Principal:
    return Principal(
        subject=subject,
        tenant=queue.tenant,
        scopes=frozenset({"approvals:read", "approvals:decide"}),
        roles=(role,),
        client_id="cli",
        actors=actors,
        token_id="t",
        expires_at=now() + timedelta(hours=1),
        token="",
    )


def service_of(queue: Queue) -> ApprovalService:
    return ApprovalService(queue.api, cast("Any", None))


async def _agent_approves(queue: Queue) -> None:
    action = await queue.propose()
    await service_of(queue).decide(
        caller(queue, actors=("agent-ads",)), action.id, "approve", revision=1, digest=None, reason=None
    )


async def _agent_settles(queue: Queue) -> None:
    await queue.approved()
    action = await queue.finish(await queue.claimed(), "UNKNOWN")
    recovery_of = Recovery(queue.api, cast("Any", None), service_of(queue))
    await recovery_of.reconcile(caller(queue, actors=("ads",)), action.id, finding="succeeded", reason="Sure.")


async def _agent_changes_the_rules(queue: Queue) -> None:
    document = PolicyDocument.model_validate(one_tier())
    await Rules(queue.api).put_policy(caller(queue, actors=("ads",), role="admin"), "quorum", document, expected=None)


async def _editor_is_told_nothing(queue: Queue) -> None:
    edited = await queue.edit(await queue.propose(), "user:reviewer")
    await service_of(queue).decide(caller(queue), edited.id, "approve", revision=2, digest=None, reason=None)


async def _bulk_beyond_its_cap(queue: Queue) -> None:
    actions: list[Action] = [await queue.propose() for _ in range(2)]
    items = [Item(action.id, 1, action.digest) for action in actions]
    await decide_together(
        service_of(queue), caller(queue), items, "approve", reason=None, caps={"USD": Decimal("2399.99")}
    )


def _nothing(*arguments: object) -> None:
    """In the place of a check that raises or returns."""


SERVICE: dict[str, tuple[Any, str, Callable[[Queue], Any]]] = {
    "require_person in deciding": (service, "require_person", _agent_approves),
    "require_person in settling": (recovery, "require_person", _agent_settles),
    "require_person in the rules": (rules, "require_person", _agent_changes_the_rules),
    "check_may_approve": (service, "check_may_approve", _editor_is_told_nothing),
    "_check_caps of bulk decisions": (bulk, "_check_caps", _bulk_beyond_its_cap),
}


@pytest.mark.parametrize(("where", "check", "attack"), SERVICE.values(), ids=SERVICE)
async def test_check_of_the_service_is_missed(
    queue: Queue, monkeypatch: pytest.MonkeyPatch, where: Any, check: str, attack: Callable[[Queue], Any]
) -> None:
    with pytest.raises(PromptSalesError):
        await attack(queue)

    monkeypatch.setattr(where, check, _nothing)
    await attack(queue)
