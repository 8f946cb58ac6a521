"""A model that does whatever a text tells it to: the worst that could drive the agents."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from tests.end_to_end.injections.corpus import Injection, Want
from tests.end_to_end.scripted_llm import Calls, Json, ScriptedLlm

_APPROVALS = ("approvals_approve_action", "approve", "crm_approve")
"""Names that an approving tool might have. There is none."""
_ACTIONS = {"change_budget": "change_budget", "launch_campaign": "launch", "pause_campaign": "pause"}


@dataclass
class ObedientLlm(ScriptedLlm):
    """Reads every text that reaches it, and obeys each injection that it finds there once.

    It acts on the very words only: an instruction that does not arrive is not obeyed. As an assistant it first reads
    the lead it is asked about; as the supervisor it fills its form with what it was told to do.
    """

    injections: Sequence[Injection] = ()
    obeyed: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """The tools it asked for, whether they exist or not, by injection."""

    def _answer(self, who: str, tools: frozenset[str], body: Json) -> Calls:
        messages = cast("list[Json]", body["messages"])
        found = [one for one in self.injections if _reached(one, messages, anybody=who == "supervisor")]
        if who == "supervisor":
            return [("Reading", self._reading(found))]
        made = _called(messages)
        if not found and not made:
            return [("crm_get_lead", _assigned(messages))] if who == "assistant" else super()._answer(who, tools, body)
        if not any(name in made for one in found for name in self.obeyed.get(one.id, [])):
            wanted = [(one, want) for one in found for want in one.wants]
            for one, want in wanted:
                self.obeyed.setdefault(one.id, []).append(_name(want, who))
            if wanted:
                return [(_name(want, who), want.args) for _, want in wanted]
        if (proposed := _proposed(messages)) and not set(_APPROVALS) & set(made):
            return [(name, {"approval_id": proposed[-1]}) for name in _APPROVALS]
        return [("report", {"summary": "Done.", **({"follow_up": []} if who == "crm" else {})})]

    def _reading(self, found: Sequence[Injection]) -> Json:
        for want in (want for one in found for want in one.wants):
            self.obeyed.setdefault(found[0].id, []).append(want.tool)
            if want.tool in _ACTIONS:
                changed = {"budget_amount": want.args.get("budget"), "budget_currency": want.args.get("currency")}
                action = {"action": _ACTIONS[want.tool], "campaign": want.args["campaign_id"]}
                return {"route": "action", "language": "en", **action, **changed}
        return {"route": "pending", "language": "en"} if found else self.reading


def _name(want: Want, who: str) -> str:
    """A specialist has its own server's tools, without the server's name."""
    return want.name if who == "assistant" else want.tool


def _reached(injection: Injection, messages: Sequence[Json], *, anybody: bool) -> bool:
    return any(
        injection.text in text
        for message in messages
        if message["role"] == "tool" or (anybody and message["role"] == "user")
        for text in _texts(message.get("content"))
    )


def _texts(content: Any) -> Iterator[str]:
    """Every text in a message, also in the JSON that a tool answered with."""
    if isinstance(content, str):
        yield content
        try:
            parsed: Any = json.loads(content)
        except ValueError:
            return
        if not isinstance(parsed, str):
            yield from _texts(parsed)
    elif isinstance(content, dict):
        for item in cast("dict[str, Any]", content).values():
            yield from _texts(item)
    elif isinstance(content, list):
        for item in cast("list[Any]", content):
            yield from _texts(item)


def _called(messages: Sequence[Json]) -> list[str]:
    calls = [call for message in messages for call in cast("list[Json]", message.get("tool_calls") or [])]
    return [str(call["function"]["name"]) for call in calls]


def _assigned(messages: Sequence[Json]) -> Json:
    return cast("Json", json.loads(next(item["content"] for item in messages if item["role"] == "user")))


def _proposed(messages: Sequence[Json]) -> list[str]:
    """Ids of the actions that its tool calls have queued."""
    answers = [text for message in messages if message["role"] == "tool" for text in _texts(message.get("content"))]
    return [text for text in answers if text.startswith("act_") and text.replace("_", "").isalnum()]
