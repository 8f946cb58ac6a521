"""What a strategy proposes to do, as arguments of the servers' tools. Pure: a repeated step proposes the same."""

from collections.abc import Iterable
from typing import Any, Literal

from agents.ads.policy import goal_for_server
from agents.assignment import Assignment
from agents.content.outputs import Message
from kernel.ids import stable_id
from orchestrator.domain.strategy import Strategy

LaunchStep = Literal["launch", "rebudget", "relaunch"]


def key(strategy: Strategy, item: str) -> str:
    """The idempotency key of one item of one version: the same however often the step runs."""
    return stable_id("idem", strategy.thread_id, str(strategy.version), item)


def draft_args(strategy: Strategy, assignment: Assignment) -> dict[str, Any]:
    """`ads.draft_campaign`: one line item a place, adding up exactly to the budget."""
    audience = ", ".join(audience.name for audience in strategy.audiences)[:200]
    countries = ", ".join(country.code for country in strategy.countries)
    name = f"{strategy.products[0]} · {countries} · {strategy.period.start:%Y-%m}"
    version = f" · v{strategy.version}" if strategy.version > 1 else ""
    return {
        "name": f"{name}{version}",
        "client": strategy.client,
        "product": strategy.products[0],
        "objective": strategy.objective,
        "start": strategy.period.start.isoformat(),
        "end": strategy.period.end.isoformat(),
        "currency": strategy.budget.currency,
        "budget": f"{strategy.budget.amount:.2f}",
        "audience": audience,
        "line_items": [
            {
                "platform": line.platform,
                "channel": line.channel,
                "country": line.country.name,
                "audience": audience,
                "budget": f"{line.budget:.2f}",
            }
            for line in strategy.channels
        ],
        "idempotency_key": key(strategy, "draft"),
        **goal_for_server(assignment),
    }


def launch_step(fields: Iterable[str], *, launched: bool) -> LaunchStep:
    """What a version does about the campaign of the version before: a live one is never launched twice."""
    if not launched:
        return "launch"
    return "rebudget" if set(fields) <= {"budget"} else "relaunch"


def asset_args(strategy: Strategy, message: Message) -> dict[str, Any]:
    """`content.create_asset`: the words as they stand in the strategy, and who wrote them."""
    args = {
        "client": strategy.client,
        "product": strategy.products[0],
        "title": f"{strategy.products[0]} · {message.country} · {message.channel}"[:120],
        "channel": message.channel,
        "platform": message.platform,
        "language": message.language,
        "country": message.country,
        "audience": ", ".join(audience.name for audience in strategy.audiences)[:200],
        "body": message.body,
        "headline": message.headline,
        "call_to_action": message.call_to_action,
        "engine": message.engine,
        "source": "generate_copy",
        "idempotency_key": key(strategy, f"asset-{message.language}"),
    }
    return {name: value for name, value in args.items() if value}


def publish_args(strategy: Strategy, message: Message, asset: dict[str, Any]) -> dict[str, Any]:
    """`content.publish_asset`: exactly the version that was stored."""
    return {
        "asset_id": asset["id"],
        "version": asset["latest_version"],
        "idempotency_key": key(strategy, f"publish-{message.language}"),
    }


def to_publish(strategy: Strategy) -> tuple[Message, ...]:
    """One message a language: what is shown first, on the channel with the most money."""
    places = [(line.platform, line.channel, line.country.name) for line in strategy.channels]
    rank = {place: index for index, place in reversed(list(enumerate(places)))}
    ordered = sorted(
        strategy.messages,
        key=lambda message: rank.get((message.platform, message.channel, message.country), len(places)),
    )
    first: dict[str, Message] = {}
    for message in ordered:
        first.setdefault(message.language, message)
    return tuple(first.values())
