"""The supervisor: one run of this graph is one turn.

understand ─┬─ ask or help ────────────────────────────────────────────────┬─ conclude
            ├─ answer_question | show_pending | act ────────────────────────┤
            └─ plan × specialists in parallel ─ compose ─┬─ propose_ads ────┤
                                                         └─ propose_content ┘
"""

from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from orchestrator.nodes.answer import act, answer_question, show_pending
from orchestrator.nodes.conclude import conclude
from orchestrator.nodes.plan import compose_strategy, fan_out, plan
from orchestrator.nodes.propose import propose_ads, propose_content
from orchestrator.nodes.understand import understand
from orchestrator.state import TurnContext, TurnState

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

STEPS = 12
"""More steps than any route takes: a run that needs more is stopped."""


class Graph(Protocol):
    """What a run needs of the compiled graph."""

    async def ainvoke(
        self, start: TurnState | None, config: RunnableConfig, *, context: TurnContext, durability: Literal["sync"]
    ) -> Any: ...


def build_graph(checkpointer: "BaseCheckpointSaver[Any]") -> Graph:
    # As Any: the builder's overloads are partially unknown to a strict type checker.
    graph = cast("Any", StateGraph)(TurnState, context_schema=TurnContext)
    graph.add_node("understand", understand)
    graph.add_node("plan", plan)
    graph.add_node("compose", compose_strategy)
    graph.add_node("propose_ads", propose_ads)
    graph.add_node("propose_content", propose_content)
    graph.add_node("answer_question", answer_question)
    graph.add_node("show_pending", show_pending)
    graph.add_node("act", act)
    graph.add_node("conclude", conclude)
    graph.add_edge(START, "understand")
    graph.add_conditional_edges(
        "understand", after_understanding, ["plan", "answer_question", "show_pending", "act", "conclude"]
    )
    graph.add_edge("plan", "compose")
    for step in ("propose_ads", "propose_content"):
        graph.add_edge("compose", step)
        graph.add_edge(step, "conclude")
    for step in ("answer_question", "show_pending", "act"):
        graph.add_edge(step, "conclude")
    graph.add_edge("conclude", END)
    return cast("Graph", graph.compile(checkpointer=checkpointer))


def after_understanding(state: TurnState) -> str | list[Send]:
    if "reply" in state:
        return "conclude"
    if "assignment" in state:
        return fan_out(state)
    match state.get("turn", {}).get("route"):
        case "question":
            return "answer_question"
        case "pending":
            return "show_pending"
        case _:
            return "act"
