"""Facts that end a request of the conversation API."""

from kernel.errors import Conflict, InvalidInput, NotFound, Unavailable


class ThreadNotFound(NotFound):
    """There is no such thread for this person."""

    def __init__(self, thread_id: str) -> None:
        super().__init__(
            f"There is no thread {thread_id!r}.", field="thread_id", fix="Start one with POST /v1/threads."
        )


class NoStrategyYet(NotFound):
    """The thread has not led to a strategy."""

    def __init__(self) -> None:
        super().__init__("This thread has no strategy yet.", field="thread_id", fix="Send a brief as a message.")


class TurnInProgress(Conflict):
    """A thread works on one message at a time."""

    def __init__(self) -> None:
        super().__init__(
            "This thread is still working on the message before.",
            field="thread_id",
            fix="Follow it with GET /v1/threads/{id}/stream, then send the next one.",
        )


class NothingToResume(Conflict):
    """The last turn of the thread is finished."""

    def __init__(self) -> None:
        super().__init__("Nothing was interrupted here.", field="thread_id", fix="Send a message instead.")


class InvalidMessage(InvalidInput):
    """The text of a message is empty or too long."""


class HubUnavailable(Unavailable):
    """The hub does not answer."""


class ApprovalsUnavailable(Unavailable):
    """The approval queue does not answer."""
