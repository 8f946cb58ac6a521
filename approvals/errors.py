"""Why the queue refuses.

InvalidInput  NotStorable, PayloadTooLarge, IdempotencyKeysDiffer, EditChangesNothing, EditRefused, BadCursor,
              MixedBulk, NothingToDelegate, UncoveredTools
Forbidden     NotProposedByServer, NotDecidedByPerson, FourEyes, NotTheProposer, RoleNotAllowed, BulkBeyondCap,
              NotAnAdministrator
NotFound      ActionNotFound, DelegationNotFound, ReviewNotOpen
Conflict      StaleRevision, DigestMismatch, AlreadyDecided, AlreadyVoted, ActionExpired, IdempotencyConflict,
              StaleClaim, GuardViolated, CapReached, PolicyMoved, StalePolicy, WouldExpire, NotUnknown,
              NotExecuted, NotReversible, StillRunning
Unavailable   ServerUnavailable
"""

from collections.abc import Sequence

from kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable


class NotStorable(InvalidInput):
    """A value that PostgreSQL cannot hold, such as a NUL character."""


class PayloadTooLarge(InvalidInput):
    """The canonical action exceeds what a reviewer could read."""


class IdempotencyKeysDiffer(InvalidInput):
    """The header and the body carry different keys."""


class EditChangesNothing(InvalidInput):
    """The edited action is the one that is there already."""


class EditRefused(InvalidInput):
    """The owning server does not accept the edited arguments."""


class BadCursor(InvalidInput):
    """The cursor is none that a list returned."""


class MixedBulk(InvalidInput):
    """Actions of several tools are not decided together."""


class NothingToDelegate(InvalidInput):
    """A delegation that could never matter."""


class UncoveredTools(InvalidInput):
    """The policy would leave tools without one."""


class NotProposedByServer(Forbidden):
    """Only an MCP server proposes its own actions, on behalf of a caller."""


class NotDecidedByPerson(Forbidden):
    """A decision came through an agent or a server."""


class FourEyes(Forbidden):
    """Who proposed an action, or alone edited it, does not release it."""


class NotTheProposer(Forbidden):
    """Only the proposer, an approver or an administrator withdraws an action."""


class RoleNotAllowed(Forbidden):
    """The action's tier is released by people of other roles."""


class NotAnAdministrator(Forbidden):
    """Only an administrator changes the rules."""


class BulkBeyondCap(Forbidden):
    """More is at stake in all than may be decided at once."""


class ActionNotFound(NotFound):
    """No such action for this tenant."""


class DelegationNotFound(NotFound):
    """No such delegation of the caller's."""


class ReviewNotOpen(NotFound):
    """No review of this action waits to be closed."""


class StaleRevision(Conflict):
    """The caller looked at an earlier revision; carries the current one and what changed since."""

    current_revision: int | None = None
    diff: Sequence[dict[str, object]] = ()

    def as_problem(self) -> dict[str, object]:
        return super().as_problem() | {"current_revision": self.current_revision, "diff": list(self.diff)}


class DigestMismatch(Conflict):
    """The caller looked at other bytes than the ones that would be executed."""


class AlreadyDecided(Conflict):
    """The action is no longer pending."""


class AlreadyVoted(Conflict):
    """One person has one vote on a revision."""


class ActionExpired(Conflict):
    """The action lapsed before it was decided or carried out."""


class IdempotencyConflict(Conflict):
    """The idempotency key belongs to a different request."""


class StaleClaim(Conflict):
    """Another executor has taken the action over."""


class GuardViolated(Conflict):
    """The database refused a change that would break a rule of the queue."""


class CapReached(Conflict):
    """The exposure ledger holds as much as the policy allows."""


class PolicyMoved(Conflict):
    """Another policy came into force while the action was being queued."""


class StalePolicy(Conflict):
    """The policy has a newer version than the one that was changed."""


class WouldExpire(Conflict):
    """The action would lapse before its policy lets it be carried out."""


class NotUnknown(Conflict):
    """Only an action whose outcome nobody knows is reconciled."""


class NotExecuted(Conflict):
    """There is nothing to compensate."""


class NotReversible(Conflict):
    """Its server knows no action that takes this one back."""


class StillRunning(Conflict):
    """The first request under this idempotency key has no answer yet."""


class ServerUnavailable(Unavailable):
    """The server that owns the action does not answer."""
