"""Why the gate refuses. Each is a fact about the grant, the action or the queue."""

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
    """The target is no longer what the reviewers saw."""


class ToolContractChanged(Conflict):
    """The tool's arguments have another shape than when the action was approved."""
