"""What the queue's SQL functions and triggers refuse, by SQLSTATE, as errors of the tree."""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg

from approvals.errors import (
    ActionExpired,
    ActionNotFound,
    AlreadyDecided,
    AlreadyVoted,
    CapReached,
    DelegationNotFound,
    DigestMismatch,
    FourEyes,
    GuardViolated,
    IdempotencyConflict,
    NotStorable,
    NotTheProposer,
    PolicyMoved,
    ReviewNotOpen,
    RoleNotAllowed,
    StaleClaim,
    StalePolicy,
    StaleRevision,
    WouldExpire,
)
from kernel.errors import PromptSalesError

_REFUSALS: dict[str, tuple[type[PromptSalesError], str | None, str | None]] = {
    "PS001": (ActionNotFound, "id", "Use an id that the list of actions shows."),
    "PS002": (StaleRevision, "revision", "Look at the current revision and decide on that."),
    "PS003": (AlreadyDecided, None, None),
    "PS004": (ActionExpired, None, "Propose it again if it is still wanted."),
    "PS005": (FourEyes, None, "Somebody else has to approve it."),
    "PS006": (DigestMismatch, "digest", "Look at the action again before deciding."),
    "PS007": (IdempotencyConflict, "idempotency_key", "Use a new key for a new request."),
    "PS008": (AlreadyVoted, None, "Another person's decision is needed."),
    "PS009": (GuardViolated, None, None),
    "PS010": (GuardViolated, None, None),
    "PS011": (StaleClaim, None, None),
    "PS012": (GuardViolated, None, None),
    "PS013": (NotTheProposer, None, "Ask the proposer or an administrator."),
    "PS014": (GuardViolated, None, None),
    "PS015": (GuardViolated, None, None),
    "PS016": (RoleNotAllowed, None, "Somebody of those roles has to decide, or delegate it."),
    "PS017": (CapReached, "exposure", "Propose less, wait for the next period, or have the policy's cap raised."),
    "PS018": (PolicyMoved, None, "Send it again."),
    "PS020": (WouldExpire, None, "Propose it again at a time when it can be carried out."),
    "PS021": (StalePolicy, "version", "Look at the policy in force and change that."),
    "PS022": (DelegationNotFound, "id", "Use an id that the list of delegations shows."),
    "PS023": (ReviewNotOpen, "id", "Look at the open reviews."),
}


@contextmanager
def facts() -> Generator[None]:
    """Turn what the database refuses into errors of the tree; other driver errors pass."""
    try:
        yield
    except psycopg.DataError as error:
        raise NotStorable(
            f"The request holds a value that cannot be stored: {error.diag.message_primary or error}.",
            fix="Remove control characters such as NUL.",
        ) from error
    except psycopg.DatabaseError as error:
        if error.sqlstate not in _REFUSALS:
            raise
        fact, field, fix = _REFUSALS[error.sqlstate]
        raise fact(f"{error.diag.message_primary}.", field=field, fix=fix) from error
