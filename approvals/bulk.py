"""Many actions of one tool decided together, under a cap on what is at stake in all; a result for each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from approvals.domain import Action, Vote
from approvals.errors import BulkBeyondCap, MixedBulk
from approvals.service import ApprovalService, Listed
from kernel.auth import Principal
from kernel.errors import PromptSalesError


@dataclass(frozen=True, slots=True)
class Item:
    id: str
    revision: int
    digest: str
    """Of what the reviewer looked at: nothing is decided unseen."""


@dataclass(frozen=True, slots=True)
class Result:
    id: str
    listed: Listed | None
    refusal: PromptSalesError | None


async def decide_together(
    service: ApprovalService,
    caller: Principal,
    items: Sequence[Item],
    vote: Vote,
    *,
    reason: str | None,
    caps: dict[str, Decimal],
) -> list[Result]:
    """Vote on each item by itself. Raises MixedBulk or BulkBeyondCap before anything is decided."""
    actions = [(await service.record(caller, item.id)).action for item in items]
    tools = sorted({f"{action.server}.{action.tool}" for action in actions})
    if len(tools) > 1:
        raise MixedBulk(f"These are actions of {', '.join(tools)}.", field="items", fix="Send one tool's at a time.")
    if vote == "approve":
        _check_caps(actions, caps)
    return [await _result(service, caller, item, vote, reason) for item in items]


def at_stake(actions: Sequence[Action]) -> dict[str, Decimal]:
    """What actions expose in all: money by currency, and recipients."""
    total: defaultdict[str, Decimal] = defaultdict(Decimal)
    for action in actions:
        if action.exposure.get("amount"):
            total[action.exposure["currency"]] += Decimal(action.exposure["amount"])
        if action.exposure.get("recipients"):
            total["recipients"] += Decimal(action.exposure["recipients"])
    return dict(total)


def _check_caps(actions: Sequence[Action], caps: dict[str, Decimal]) -> None:
    for unit, amount in at_stake(actions).items():
        if amount > caps.get(unit, Decimal(0)):
            raise BulkBeyondCap(
                f"Together these expose {amount:f} {unit}; at most {caps.get(unit, Decimal(0)):f} is decided at once.",
                field="items",
                fix="Decide the large ones one by one.",
            )


async def _result(service: ApprovalService, caller: Principal, item: Item, vote: Vote, reason: str | None) -> Result:
    try:
        done = await service.decide(caller, item.id, vote, revision=item.revision, digest=item.digest, reason=reason)
    except PromptSalesError as refusal:
        return Result(item.id, None, refusal)
    return Result(item.id, done, None)
