"""What can go wrong for who types a command, over the kernel's tree.

PromptSalesError
├── Unreachable   nothing listens where the system should be   exit 69
├── Refused       a service says no, and why                   exit 1
└── WrongUsage    what was typed cannot be meant               exit 2
"""

from collections.abc import Mapping
from typing import Any, cast

from kernel.errors import InvalidInput, PromptSalesError, Unavailable

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 69


class Unreachable(Unavailable):
    """Nothing answers at a service's address."""

    def __init__(self, url: str) -> None:
        super().__init__(f"No API at {url}.", fix="Start it with: promptsales up")


class Refused(PromptSalesError):
    """A service's problem details (RFC 9457), or what else it said."""

    @classmethod
    def from_problem(cls, status: int, problem: object) -> "Refused":
        known = cast("dict[str, Any]", problem) if isinstance(problem, dict) else {}
        detail = known.get("detail") or known.get("title") or f"The service answered with status {status}."
        refused = cls(str(detail), field=known.get("field"), fix=known.get("fix"))
        refused.status_code = status
        refused.problem = known
        return refused

    status_code: int = 503
    """The HTTP status of the answer."""
    problem: Mapping[str, Any] = {}
    """All that the service said."""


class WrongUsage(InvalidInput):
    """An argument that only running the command shows to be wrong, such as a file that cannot be read."""


def exit_code(error: PromptSalesError) -> int:
    """The process's exit status for an error."""
    match error:
        case Unreachable():
            return EXIT_UNREACHABLE
        case WrongUsage():
            return EXIT_USAGE
        case _:
            return EXIT_FAILED
