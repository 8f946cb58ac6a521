"""The error tree.

PromptSalesError
├── InvalidInput     the caller sent something that cannot be accepted   HTTP 422
├── Unauthenticated  the caller is not known                             HTTP 401
├── Forbidden        the caller is known and may not                     HTTP 403
├── NotFound         there is no such thing for this tenant              HTTP 404
├── Conflict         the thing exists and its state does not allow it    HTTP 409
└── Unavailable      something this depends on does not answer           HTTP 503

Contexts subclass the kinds with facts (`BudgetExceeded`); edges translate a kind once.
"""

import re
from typing import ClassVar, Literal

Kind = Literal["invalid_input", "unauthenticated", "forbidden", "not_found", "conflict", "unavailable"]


class PromptSalesError(Exception):
    """A fact that ends a request. `message` is for people, `code` for programs, `fix` says what to do."""

    kind: ClassVar[Kind] = "unavailable"
    status: ClassVar[int] = 503

    def __init__(self, message: str, *, field: str | None = None, fix: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.fix = fix

    @property
    def code(self) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    def as_problem(self) -> dict[str, object]:
        """RFC 9457 problem details."""
        problem: dict[str, object] = {
            "type": f"urn:promptsales:problem:{self.code}",
            "title": self.code.replace("_", " "),
            "status": self.status,
            "code": self.code,
            "detail": self.message,
        }
        if self.field:
            problem["field"] = self.field
        if self.fix:
            problem["fix"] = self.fix
        return problem

    def __str__(self) -> str:
        return f"{self.message} {self.fix}" if self.fix else self.message


class InvalidInput(PromptSalesError):
    kind = "invalid_input"
    status = 422


class Unauthenticated(PromptSalesError):
    kind = "unauthenticated"
    status = 401


class Forbidden(PromptSalesError):
    kind = "forbidden"
    status = 403


class NotFound(PromptSalesError):
    kind = "not_found"
    status = 404


class Conflict(PromptSalesError):
    kind = "conflict"
    status = 409


class Unavailable(PromptSalesError):
    kind = "unavailable"
    status = 503
