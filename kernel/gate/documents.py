"""The document that was approved, as it comes back: RFC 8785 bytes that the approval queue composed."""

import json
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from kernel.gate.errors import ActionFormChanged, PayloadAltered

ACTION_VERSION = 2


class ApprovedAction(BaseModel):
    """Exactly what reviewers approved; a member that this version does not know is refused, not passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    v: Literal[2]
    tenant: str
    server: str
    tool: str
    tool_schema_hash: str
    args: dict[str, Any]
    target_account: str
    target_state_digest: str
    target: dict[str, Any]
    exposure: dict[str, Any]
    summary: str
    reversible: bool
    evidence: list[dict[str, Any]]
    provenance: dict[str, Any]
    compensates: str | None
    policy_version: str


def approved_action(canonical: bytes) -> ApprovedAction:
    """The action in these bytes. Raises ActionFormChanged and PayloadAltered."""
    try:
        document: Any = json.loads(canonical)
    except ValueError as error:
        raise PayloadAltered("The action is not JSON.") from error
    if not isinstance(document, dict):
        raise PayloadAltered("The action is not an object.")
    if cast("dict[str, Any]", document).get("v") != ACTION_VERSION:
        raise ActionFormChanged(
            "The action was approved in another form of the document.", fix="Propose the action again."
        )
    try:
        return ApprovedAction.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise PayloadAltered(f"The action is not a whole one: {field}: {first['msg']}.", field=field) from error
