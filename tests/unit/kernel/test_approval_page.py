"""The approval page, offered to clients that open pages: it changes nothing about the proposal."""

from typing import Any, Literal, cast

import pytest
from mcp.client import Client
from mcp.client.context import ClientRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CallToolResult,
    ElicitRequestParams,
    ElicitRequestURLParams,
    ElicitResult,
    InputRequiredResult,
    InputResponses,
)

from kernel.mcp.approval.page import ApprovalPage
from tests.support.gated import GatedServer, TakesTasks, start
from tests.support.identity import caller

Action = Literal["accept", "decline", "cancel"]


class Opener:
    """A client's user: notes what is asked, and answers the same to everything."""

    def __init__(self, action: Action = "accept") -> None:
        self.asked: list[ElicitRequestURLParams] = []
        self._action: Action = action

    async def __call__(self, _context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        assert isinstance(params, ElicitRequestURLParams)
        self.asked.append(params)
        return ElicitResult(action=self._action)


async def asked(client: Client, **more: Any) -> InputRequiredResult:
    result = await client.session.call_tool("paint", {"wall": "north"}, allow_input_required=True, **more)
    assert isinstance(result, InputRequiredResult)
    return result


@pytest.mark.parametrize("action", ["accept", "decline", "cancel"])
async def test_whatever_the_user_answers_the_result_is_the_pending_envelope_of_one_proposal(action: Action) -> None:
    gated, opener = GatedServer(), Opener(action)
    async with gated.client(elicitation_callback=opener) as client:
        result = await client.call_tool("paint", {"wall": "north"})

    assert result.structured_content is not None
    assert not result.is_error
    assert result.structured_content["status"] == "pending_approval"
    assert len(gated.queue.proposals) == 1
    assert [asked.url for asked in opener.asked] == [result.structured_content["approval_url"]]
    assert "Paint north." in opener.asked[0].message


async def test_the_envelope_is_the_one_that_clients_without_elicitation_get() -> None:
    gated = GatedServer()
    async with gated.client() as client:
        plain = await client.call_tool("paint", {"wall": "north"})
    async with gated.client(elicitation_callback=Opener()) as client:
        offered = await client.call_tool("paint", {"wall": "north"})

    changing = {"approval_id", "approval_url", "expires_at"}
    envelopes = [cast("dict[str, Any]", result.structured_content) for result in (plain, offered)]
    shown = [{name: value for name, value in one.items() if name not in changing} for one in envelopes]
    assert shown[0] == shown[1]
    assert [block.type for block in plain.content] == [block.type for block in offered.content]


async def test_a_handshake_client_that_declares_elicitation_is_not_asked() -> None:
    gated, opener = GatedServer(), Opener()
    async with gated.client(mode="legacy", elicitation_callback=opener) as client:
        result = await client.call_tool("paint", {"wall": "north"})

    assert result.structured_content is not None
    assert opener.asked == []


async def test_a_client_with_forms_alone_is_not_asked() -> None:
    gated = GatedServer()
    only_forms: dict[str, Any] = {"io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}}}
    async with gated.client() as client:
        result = await client.session.call_tool(
            "paint", {"wall": "north"}, meta=cast("Any", only_forms), allow_input_required=True
        )

    assert isinstance(result, CallToolResult)


async def test_asking_twice_with_one_state_proposes_once() -> None:
    gated = GatedServer()
    async with gated.client(elicitation_callback=Opener()) as client:
        first = await asked(client)
        answers: InputResponses = {key: ElicitResult(action="accept") for key in first.input_requests or {}}
        results = [
            await client.session.call_tool(
                "paint", {"wall": "north"}, input_responses=answers, request_state=first.request_state
            )
            for _ in range(2)
        ]

    assert len(gated.queue.proposals) == 1
    assert results[0].structured_content == results[1].structured_content


async def test_an_answer_without_its_state_proposes_nothing() -> None:
    gated = GatedServer()
    async with gated.client(elicitation_callback=Opener()) as client:
        first = await asked(client)
        answers: InputResponses = {key: ElicitResult(action="accept") for key in first.input_requests or {}}
        result = await client.session.call_tool("paint", {"wall": "north"}, input_responses=answers)

    assert result.is_error
    assert "answer_without_state" in getattr(result.content[0], "text", "")
    assert len(gated.queue.proposals) == 1


@pytest.mark.parametrize("wall", ["south", "north"])
async def test_a_state_is_good_for_its_own_arguments_and_its_own_shape_alone(wall: str) -> None:
    gated = GatedServer()
    async with gated.client(elicitation_callback=Opener()) as client:
        state = (await asked(client)).request_state
        assert state is not None
        forged = state if wall == "south" else f"{state[:-2]}AA"
        with pytest.raises(MCPError):
            await client.session.call_tool("paint", {"wall": wall}, request_state=forged)

    assert len(gated.queue.proposals) == 1


async def test_a_call_that_came_back_says_what_became_of_the_action_meanwhile() -> None:
    gated = GatedServer()
    async with gated.client(elicitation_callback=Opener()) as client:
        first = await asked(client)
        approval_id = next(iter(await gated.queue.pending(caller()))).id
        gated.queue.settle(approval_id, status="rejected", reason="Too green.")
        result = await client.session.call_tool("paint", {"wall": "north"}, request_state=first.request_state)

    assert result.structured_content is not None
    assert (result.structured_content["status"], result.structured_content["reason"]) == ("rejected", "Too green.")


async def test_a_client_that_takes_tasks_as_well_is_asked_first_and_then_given_the_task() -> None:
    gated, opener = GatedServer(), Opener()
    async with gated.client(elicitation_callback=opener, extensions=[TakesTasks()]) as client:
        first = await asked(client, allow_claimed=True)
        handle = await start(client, "paint", wall="north", _state=first.request_state)

    assert handle["status"] == "working"
    assert "requestState" not in handle
    assert len(gated.queue.proposals) == 1


def test_the_page_knows_no_way_to_decide() -> None:
    assert not {name for name in dir(ApprovalPage) if "approve" in name or "decide" in name}
