"""A pydantic-ai model that answers by policy: tool calls first, the typed output once their results are there."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ToolCallPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.profiles import ModelProfile
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from agents.assignment import Assignment
from agents.playbook.policy import Policy
from agents.transcript import tool_results

OutputT = TypeVar("OutputT", bound=BaseModel)


class PlaybookModel(Model[None], Generic[OutputT]):
    """Serves one specialist. It reads the same messages an LLM would: the assignment and the tool returns."""

    def __init__(self, policy: Policy[OutputT]) -> None:
        super().__init__(profile=ModelProfile(supports_json_schema_output=True))
        self._policy = policy

    @property
    def model_name(self) -> str:
        return "playbook"

    @property
    def system(self) -> str:
        return "promptsales"

    @property
    def provider(self) -> None:
        return None

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        _, parameters = self.prepare_request(model_settings, model_request_parameters)
        assignment = _assignment(messages)
        offered = {tool.name for tool in parameters.declared_function_tools}
        calls = [call for call in self._policy.calls(assignment) if call.tool in offered]
        first = not any(isinstance(message, ModelResponse) for message in messages)
        if first and calls:
            return _response([ToolCallPart(call.tool, call.args) for call in calls])
        output = self._policy.conclude(assignment, tool_results(messages))
        (tool,) = parameters.output_tools
        return _response([ToolCallPart(tool.name, output.model_dump(mode="json"))])


def _assignment(messages: list[ModelMessage]) -> Assignment:
    prompts = (
        part.content
        for message in messages
        if isinstance(message, ModelRequest)
        for part in message.parts
        if isinstance(part, UserPromptPart)
    )
    return Assignment.model_validate_json(str(next(prompts)))


def _response(parts: list[ToolCallPart]) -> ModelResponse:
    return ModelResponse(parts=list[Any](parts), usage=RequestUsage(), model_name="playbook")
