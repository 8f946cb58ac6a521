"""The gate's server side: a gated tool proposes; only a signed single-use grant makes it act."""

from kernel.gate.gate import Gate
from kernel.gate.models import (
    ActionOutcome,
    Applied,
    CachedContent,
    Difference,
    Evidence,
    Execution,
    Exposure,
    Preparation,
    Provenance,
    Receipt,
    UntrustedInput,
)
from kernel.gate.tool import GatedTool

__all__ = [
    "ActionOutcome",
    "Applied",
    "CachedContent",
    "Difference",
    "Evidence",
    "Execution",
    "Exposure",
    "Gate",
    "GatedTool",
    "Preparation",
    "Provenance",
    "Receipt",
    "UntrustedInput",
]
