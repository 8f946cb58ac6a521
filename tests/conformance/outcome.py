"""What came of one check of one server."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["passed", "expected", "vacuous", "failed"]
"""`expected`: a failure that has its reason on file. `vacuous`: nothing failed, and nothing was tested."""


@dataclass(frozen=True, slots=True)
class Outcome:
    group: str
    """Which client, and how it connects, such as `suite 0.1.16, 2025-11-25`."""
    name: str
    verdict: Verdict
    detail: str = ""
    """What failed, or how many checks passed."""
