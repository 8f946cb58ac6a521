"""Use cases around the queue: policies, what is committed under them, who stands in for whom, reviews afterwards."""

from collections.abc import Sequence
from datetime import datetime

from approvals import governance
from approvals.errors import NotAnAdministrator, NothingToDelegate, UncoveredTools
from approvals.governance import Committed, Delegation, Policy, PostReview
from approvals.policy import DEFAULT, PolicyDocument
from approvals.service import require_person
from kernel.auth import Principal
from kernel.database import Database
from kernel.ids import new_id


class Rules:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def policies(self, tenant: str) -> Sequence[Policy]:
        async with self._database.transaction(tenant) as connection:
            return await governance.policies(connection)

    async def put_policy(
        self, caller: Principal, name: str, document: PolicyDocument, *, expected: int | None
    ) -> Policy:
        """Put a new version in force. It holds for what is proposed or edited from now on, its quiet hours and blackout
        dates for everything that is not carried out yet."""
        require_person(caller)
        if "admin" not in caller.roles:
            raise NotAnAdministrator("Policies are an administrator's.", fix="Ask one of your organisation.")
        if name == DEFAULT and "*" not in document.applies_to:
            raise UncoveredTools(
                "The default policy is for every tool, so that none is without one.",
                field="applies_to",
                fix='Send ["*"].',
            )
        async with self._database.transaction(caller.tenant) as connection:
            return await governance.put_policy(
                connection, name, document.stored(), expected=expected, author=caller.subject
            )

    async def committed(self, tenant: str, subject: str | None, limit: int) -> Sequence[Committed]:
        async with self._database.transaction(tenant) as connection:
            return await governance.committed(connection, subject, limit)

    async def delegations(self, tenant: str) -> Sequence[Delegation]:
        async with self._database.transaction(tenant) as connection:
            return await governance.delegations(connection)

    async def delegate(
        self, caller: Principal, to: str, starts_at: datetime, ends_at: datetime, reason: str
    ) -> Delegation:
        """Let somebody else decide in the caller's roles for a time. They still need to be let into the queue."""
        require_person(caller)
        if to == caller.subject or ends_at <= starts_at:
            raise NothingToDelegate(
                "A delegation is to somebody else, and ends after it starts.", field="delegate", fix="Correct it."
            )
        async with self._database.transaction(caller.tenant) as connection:
            return await governance.delegate(
                connection,
                new_id("dlg"),
                delegator=caller.subject,
                roles=caller.roles,
                to=to,
                starts_at=starts_at,
                ends_at=ends_at,
                reason=reason,
            )

    async def revoke_delegation(self, caller: Principal, delegation_id: str) -> Delegation:
        require_person(caller)
        async with self._database.transaction(caller.tenant) as connection:
            return await governance.revoke_delegation(connection, delegation_id, caller.subject, caller.roles)

    async def post_reviews(self, tenant: str) -> Sequence[PostReview]:
        async with self._database.transaction(tenant) as connection:
            return await governance.post_reviews(connection)

    async def close_review(self, caller: Principal, action_id: str, finding: str) -> PostReview:
        """Write down what a review found; by somebody who neither proposed nor released the action."""
        require_person(caller)
        async with self._database.transaction(caller.tenant) as connection:
            return await governance.close_review(connection, action_id, caller.subject, finding)
