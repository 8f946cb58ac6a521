"""A specialist's run: real agent, real tool loop; the server is a toolset in memory."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.toolsets import FunctionToolset

from agents.ads.agent import ADS
from agents.ads.outputs import AdsFacts, AdsOutput
from agents.report import Report, ToolResult, Usage
from agents.roster import ROSTER
from tests.unit.agents.answers import CAMPAIGN_PLAN, CAMPAIGNS, REACH, an_assignment

ANSWERS: dict[str, Any] = {"list_campaigns": CAMPAIGNS, "estimate_reach": REACH, "generate_campaign": CAMPAIGN_PLAN}
OUTPUT = {
    "objective": "300 sales.",
    "intents": [{"stage": "conversion", "statement": "Sell."}],
    "audiences": [{"name": "coffee lovers", "rationale": "Named."}],
    "lines": [
        {"platform": "TikTok", "channel": "video", "country": "Costa Rica", "weight": "1", "rationale": "I like it."}
    ],
}


class Server:
    """The ads server's read tools and one gated tool; remembers what was called."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def toolset(self) -> FunctionToolset[None]:
        toolset: FunctionToolset[None] = FunctionToolset()
        for name in (*ANSWERS, "launch_campaign"):
            toolset.add_function(self._tool(name), name=name)
        return toolset

    async def call(self, tool: str, args: dict[str, Any]) -> ToolResult:
        self.called.append(tool)
        return ToolResult(tool=tool, args=args, content=ANSWERS[tool])

    def _tool(self, name: str) -> Callable[..., Any]:
        async def tool(**_arguments: Any) -> Any:
            self.called.append(name)
            return ANSWERS.get(name, {})

        return tool


@pytest.fixture
def server() -> Server:
    return Server()


async def test_the_playbook_calls_its_tools_once_and_concludes(server: Server) -> None:
    report = await ADS.plan(an_assignment(), server.toolset(), server.call, None)

    assert sorted(server.called) == sorted(ANSWERS)
    assert report.engine == "playbook"
    assert report.usage == Usage(tool_calls=3)
    assert [line.platform for line in report.output.lines] == ["Google Ads", "Meta Ads"]
    assert len(report.evidence) == 2


async def test_a_report_survives_json(server: Server) -> None:
    report = await ADS.plan(an_assignment(), server.toolset(), server.call, None)

    read = Report[AdsOutput, AdsFacts].model_validate_json(report.model_dump_json())
    assert (read.output, read.facts, read.evidence) == (report.output, report.facts, report.evidence)


async def test_a_model_gets_planning_tools_only_and_two_requests(server: Server) -> None:
    offered: list[set[str]] = []

    def model(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        offered.append({tool.name for tool in info.function_tools})
        if len(messages) == 1:
            return ModelResponse(parts=[ToolCallPart("generate_campaign", {})])
        return ModelResponse(parts=[ToolCallPart("report", OUTPUT)])

    report = await ADS.plan(an_assignment(), server.toolset(), server.call, FunctionModel(model))

    assert offered == [set(ANSWERS), set()]
    assert "launch_campaign" not in server.called
    assert (report.engine, report.usage.model_calls, report.usage.sequential_model_calls) == ("llm", 2, 2)
    assert report.output.lines[0].platform == "TikTok"


async def test_figures_are_there_even_if_a_model_asks_for_none(server: Server) -> None:
    def model(_messages: list[ModelMessage], _info: AgentInfo) -> ModelResponse:
        return ModelResponse(parts=[ToolCallPart("report", OUTPUT)])

    report = await ADS.plan(an_assignment(), server.toolset(), server.call, FunctionModel(model))

    assert sorted(server.called) == sorted(ANSWERS)
    assert [item.source for item in report.evidence] == ["ads.generate_campaign", "ads.estimate_reach"]


@pytest.mark.parametrize("answer", [TextPart("I would rather not."), ToolCallPart("report", {"lines": []})])
async def test_the_playbook_serves_when_a_model_does_not_keep_to_the_form(server: Server, answer: Any) -> None:
    def model(_messages: list[ModelMessage], _info: AgentInfo) -> ModelResponse:
        return ModelResponse(parts=[answer])

    report = await ADS.plan(an_assignment(), server.toolset(), server.call, FunctionModel(model))

    assert report.engine == "playbook"
    assert report.output.objective.startswith("300 sales for Geisha Roast")


def test_no_planning_tool_of_any_specialist_is_gated() -> None:
    gated = {
        "launch_campaign", "pause_campaign", "change_budget", "send_broadcast", "publish_asset", "retract_asset",
        "send_message", "start_sequence",
    }  # fmt: skip

    assert all(not specialist.tools & gated for specialist in ROSTER.values())
    assert all(specialist.name == name for name, specialist in ROSTER.items())
    assert all(specialist.instructions("en") != specialist.instructions("es") for specialist in ROSTER.values())
