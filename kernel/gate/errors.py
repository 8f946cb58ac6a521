"""Why the gate refuses. Each is a fact about the grant, the action or the queue."""

from typing import Any

from kernel.errors import Conflict, Forbidden, NotFound, Unavailable


class ApprovalsUnavailable(Unavailable):
    """The approval queue does not answer, so nothing can be proposed."""


class ProposalRefused(Conflict):
    """The approval queue does not take the action."""


class ApprovalNotFound(NotFound):
    """No such approval for this tenant."""


class GrantRefused(Forbidden):
    """The grant is not genuine, not for this server, or has lapsed."""


class GrantReplayed(Forbidden):
    """The grant has been used."""


class PayloadAltered(Forbidden):
    """The action is not the one that was approved."""


class StaleFence(Conflict):
    """Another executor has taken this action over."""


class TargetDrifted(Conflict):
    """The target is no longer what the reviewers saw. `prepared` is the action as it would be proposed now."""

    def __init__(self, message: str, *, prepared: dict[str, Any], fix: str | None = None) -> None:
        super().__init__(message, fix=fix)
        self.prepared = prepared

    def as_problem(self) -> dict[str, object]:
        return {**super().as_problem(), "prepared": self.prepared}


class ToolContractChanged(Conflict):
    """The tool's arguments have another shape than when the action was approved."""


class ActionFormChanged(ToolContractChanged):
    """The action was approved in an earlier form of the document."""


class OutcomeUnknown(Conflict):
    """An earlier attempt may have reached a platform that would do it again. A person has to find out."""


class NotReversible(Conflict):
    """Nothing this server offers takes the action back."""
