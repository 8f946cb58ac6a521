"""The queue's use cases: propose, look, decide, edit, withdraw. One transaction each, no network inside one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from approvals import governance, repository
from approvals.differences import changes
from approvals.domain import Action, AuditEntry, Decision, Revision, Vote, check_may_approve
from approvals.errors import (
    ActionExpired,
    AlreadyDecided,
    DigestMismatch,
    EditChangesNothing,
    EditRefused,
    NotDecidedByPerson,
    NotProposedByServer,
    StaleRevision,
)
from approvals.repository import Filters, NewAction
from approvals.servers import Prepared, Servers
from kernel.auth import Principal
from kernel.auth.principal import InsufficientScope
from kernel.canonical import digest_of
from kernel.database import Connection, Database
from kernel.errors import Conflict
from kernel.ids import new_id
from kernel.settings import Service

_DECIDED = frozenset({"approved", "rejected", "cancelled", "expired"})


@dataclass(frozen=True, slots=True)
class Listed:
    """An action with the votes on it."""

    action: Action
    decisions: Sequence[Decision]


@dataclass(frozen=True, slots=True)
class Record:
    """Everything the queue knows of an action."""

    action: Action
    decisions: Sequence[Decision]
    revisions: Sequence[Revision]
    history: Sequence[AuditEntry]


@dataclass(frozen=True, slots=True)
class AuditPage:
    entries: Sequence[AuditEntry]
    broken: Sequence[int]
    """Sequence numbers of entries that were tampered with; empty when the chain holds."""


class ApprovalService:
    def __init__(self, database: Database, servers: Servers) -> None:
        self._database = database
        self._servers = servers

    async def propose(
        self, caller: Principal, server: Service, proposal: Prepared, idempotency_key: str | None
    ) -> tuple[Listed, bool]:
        """Queue an action; whether it is new. The caller's token must have been exchanged by the server itself."""
        if caller.actors[:1] != (server,):
            actor = caller.actors[0] if caller.actors else "nobody"
            raise NotProposedByServer(
                f"Only the server {server!r} proposes its actions, on behalf of a caller; here {actor} acts.",
                field="server",
                fix=f"Call the gated tool of {server} instead.",
            )
        return await self.queue(caller, server, proposal, idempotency_key)

    async def queue(
        self,
        caller: Principal,
        server: Service,
        proposal: Prepared,
        idempotency_key: str | None,
        *,
        compensates: str | None = None,
    ) -> tuple[Listed, bool]:
        """Queue what a server prepared, under the policy in force; whether it is new."""
        new_action = new_id("act")
        async with self._database.transaction(caller.tenant) as connection:
            policy = await governance.policy_for(connection, caller.tenant, server, proposal.tool)
            payload = proposal.payload(
                caller.tenant,
                server,
                requested_by=caller.subject,
                via=caller.actors,
                policy_version=policy.label,
                compensates=compensates,
            )
            new = NewAction(
                id=new_action,
                canonical=payload.canonical(),
                proposer=caller.subject,
                actors=caller.actors,
                client_id=caller.client_id,
                idempotency_key=idempotency_key,
            )
            action = await repository.propose(connection, new)
            return await listed(connection, action), action.id == new.id

    async def record(self, caller: Principal, action_id: str) -> Record:
        """One action in full, for its proposer or a reader of approvals."""
        record = await self._record(caller.tenant, action_id)
        if caller.subject != record.action.proposer and "approvals:read" not in caller.scopes:
            raise InsufficientScope("approvals:read")
        return record

    async def newest(self, caller: Principal, filters: Filters, limit: int) -> list[Listed]:
        async with self._database.transaction(caller.tenant) as connection:
            actions = await repository.newest(connection, filters, limit)
            votes = await repository.decisions(connection, [action.id for action in actions])
        return [Listed(action, [vote for vote in votes if vote.action_id == action.id]) for action in actions]

    async def decide(
        self,
        caller: Principal,
        action_id: str,
        vote: Vote,
        *,
        revision: int,
        digest: str | None,
        reason: str | None,
        on_behalf_of: str | None = None,
    ) -> Listed:
        """One person's vote on what they looked at, in their own roles or those of somebody absent."""
        require_person(caller)
        record = await self._record(caller.tenant, action_id)
        if vote == "approve" and record.action.state == "PENDING" and revision == record.action.revision:
            check_may_approve(record.action, record.revisions[-1].editor, caller.subject)
        try:
            async with self._database.transaction(caller.tenant) as connection:
                action = await repository.decide(
                    connection,
                    action_id,
                    revision=revision,
                    digest=digest,
                    vote=vote,
                    reviewer=caller.subject,
                    roles=caller.roles,
                    on_behalf_of=on_behalf_of,
                    client_id=caller.client_id,
                    reason=reason,
                )
                return await listed(connection, action)
        except (AlreadyDecided, StaleRevision, DigestMismatch) as refusal:
            raise await self._explained(refusal, caller.tenant, action_id, revision) from refusal

    async def edit(
        self, caller: Principal, action_id: str, *, revision: int, args: dict[str, Any], reason: str
    ) -> Listed:
        """Give a pending action other arguments, as its server validates them; earlier votes no longer count."""
        require_person(caller)
        record = await self._record(caller.tenant, action_id)
        action = record.action
        if action.state != "PENDING":
            raise _closed(record)
        if revision != action.revision:
            raise _stale(record, revision)
        prepared = await self._servers.prepare(caller, action.server, action.tool, args)
        if prepared.tool != action.tool:
            raise EditRefused(f"The edit would call {prepared.tool} instead of {action.tool}.", field="tool")
        if digest_of(prepared.revising(action, action.policy_version).canonical()) == action.digest:
            raise EditChangesNothing("The edit leaves the action as it is.", field="args", fix="Change an argument.")
        try:
            async with self._database.transaction(caller.tenant) as connection:
                policy = await governance.policy_for(connection, caller.tenant, action.server, action.tool)
                canonical = prepared.revising(action, policy.label).canonical()
                edited = await repository.edit(
                    connection, action_id, revision, canonical, editor=caller.subject, reason=reason
                )
                return await listed(connection, edited)
        except (AlreadyDecided, StaleRevision) as refusal:
            raise await self._explained(refusal, caller.tenant, action_id, revision) from refusal

    async def cancel(self, caller: Principal, action_id: str, *, revision: int, reason: str | None) -> Listed:
        """Withdraw an action that has not been taken up: as its proposer, one of its approvers, or an administrator."""
        try:
            async with self._database.transaction(caller.tenant) as connection:
                action = await repository.cancel(
                    connection, action_id, revision=revision, by=caller.subject, roles=caller.roles, reason=reason
                )
                return await listed(connection, action)
        except (AlreadyDecided, StaleRevision) as refusal:
            raise await self._explained(refusal, caller.tenant, action_id, revision) from refusal

    async def audit(self, tenant: str, after: int, limit: int) -> AuditPage:
        """The tenant's audit entries in order, each checked against the chain."""
        async with self._database.transaction(tenant) as connection:
            entries = await repository.audit_after(connection, after, limit)
            broken = await repository.broken_audit(connection, entries[0].seq, entries[-1].seq) if entries else []
        return AuditPage(entries, broken)

    async def events(self, tenant: str, after: int, limit: int = 100) -> list[AuditEntry]:
        """What happened in a tenant after an audit sequence number, oldest first."""
        async with self._database.transaction(tenant) as connection:
            return await repository.audit_after(connection, after, limit)

    async def last_audit(self, tenant: str) -> int:
        async with self._database.transaction(tenant) as connection:
            return await repository.last_audit(connection)

    async def _record(self, tenant: str, action_id: str) -> Record:
        async with self._database.transaction(tenant) as connection:
            return Record(
                action=await repository.get(connection, action_id),
                decisions=await repository.decisions(connection, [action_id]),
                revisions=await repository.revisions(connection, action_id),
                history=await repository.history(connection, action_id),
            )

    async def _explained(
        self, refusal: AlreadyDecided | StaleRevision | DigestMismatch, tenant: str, action_id: str, revision: int
    ) -> Conflict:
        record = await self._record(tenant, action_id)
        match refusal:
            case AlreadyDecided():
                return _closed(record)
            case StaleRevision():
                return _stale(record, revision)
            case DigestMismatch():
                return refusal


async def listed(connection: Connection, action: Action) -> Listed:
    """An action with its votes."""
    return Listed(action, await repository.decisions(connection, [action.id]))


def require_person(caller: Principal) -> None:
    """Raise NotDecidedByPerson where an agent or a server acts for somebody."""
    if caller.actors:
        raise NotDecidedByPerson(
            f"{caller.actors[0]} acts for {caller.subject}; a decision is a person's own.",
            fix="Decide in the portal or with: promptsales approvals",
        )


def _closed(record: Record) -> AlreadyDecided | ActionExpired:
    """Why nothing can be decided any more: by whom, and when."""
    action = record.action
    last = next(entry for entry in reversed(record.history) if entry.event in _DECIDED)
    message = f"The action was {last.event} by {last.actor} at {last.at.isoformat(timespec='seconds')}"
    if action.state == "EXPIRED":
        return ActionExpired(f"{message}.", fix="Propose it again if it is still wanted.")
    return AlreadyDecided(f"{message} and is {action.status}.", fix="Nothing more can be decided about it.")


def _stale(record: Record, seen: int) -> StaleRevision:
    """What changed since the revision that the caller saw."""
    current = record.revisions[-1]
    before = next((revision for revision in record.revisions if revision.revision == seen), None)
    stale = StaleRevision(
        f"Revision {seen} is not the current one; that is {current.revision}.",
        field="revision",
        fix="Look at the current revision and decide on that.",
    )
    stale.current_revision = current.revision
    stale.diff = [change.as_dict() for change in changes(before.shown, current.shown)] if before else ()
    return stale
