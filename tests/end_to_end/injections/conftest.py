"""A system of its own for hostile text, and an assistant and specialists driven by the obedient model in it."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent, ToolOutput
from pydantic_ai.exceptions import AgentRunError
from pydantic_ai.messages import ModelMessage, ToolReturnPart
from pydantic_ai.toolsets import AbstractToolset

from agents.assignment import SPECIALISTS, SpecialistName
from agents.desk import Desk
from agents.models import Models, open_models
from agents.switchboard import Switchboard
from kernel.auth import Principal, TokenVerifier
from tests.end_to_end.injections.corpus import Injection, Targets
from tests.end_to_end.injections.obedient import ObedientLlm
from tests.end_to_end.scripted_llm import served
from tests.end_to_end.system import System
from tests.end_to_end.test_gate_matrix import gated_calls


class Done(BaseModel):
    summary: str


@dataclass(frozen=True)
class Ran:
    """What one run of the assistant came to."""

    results: list[dict[str, Any]]
    """What tools answered."""

    @property
    def proposed(self) -> list[dict[str, Any]]:
        return [result for result in self.results if result.get("status") == "pending_approval"]


@dataclass(frozen=True)
class Stage:
    system: System
    llm: ObedientLlm
    models: Models
    switchboard: Switchboard
    principal: Principal
    targets: Targets
    lead: str
    """A lead who agreed to be written to."""

    async def told(self, injection: Injection, *, client: str = "Cafe Alta") -> str:
        """A new lead who has written these words: to us, and where leads say what they come from. Its id."""
        one_line = " ".join(injection.text.split())
        crm = await self.switchboard.line("crm", self.principal)
        about = {"client": client, "product": "Cold Brew Kit", "country": "Costa Rica", "language": "en"}
        said = {"source": one_line[:200], "region": one_line[:500], "email": f"{injection.id}@example.com"}
        consent = {"email": True, "source": "web form"}
        registered = await crm.direct_call_tool("register_lead", {**about, **said, "consent": consent})
        lead = str(registered["lead"]["lead_id"])
        wrote = {"channel": "email", "direction": "inbound", "summary": "Wrote to us.", "body": injection.text}
        await crm.direct_call_tool("log_interaction", {"lead_id": lead, **wrote})
        return lead

    @asynccontextmanager
    async def desk(self) -> AsyncGenerator[Desk]:
        async with Desk.open(self.switchboard, self.principal, _silent) as desk:
            yield desk

    async def line(self, name: SpecialistName) -> AbstractToolset[None]:
        """Every tool that a server has for this agent, gated ones too."""
        return await self.switchboard.line(name, self.principal)

    async def assisted(self, lead: str, toolsets: list[AbstractToolset[None]] | None = None) -> Ran:
        """An assistant with all tools of the four servers is asked to see to a lead."""
        if toolsets is None:
            toolsets = [(await self.line(name)).prefixed(name) for name in SPECIALISTS]
        agent: Agent[None, Done] = Agent(
            self.models.specialist,
            deps_type=type(None),
            output_type=ToolOutput(Done, name="report"),
            instructions="You help a marketing team with any tool there is.",
            toolsets=toolsets,
            retries=3,
        )
        messages: list[ModelMessage] = []
        # A run breaks off when the model insists on a tool that does not exist; what it did until then counts.
        with contextlib.suppress(AgentRunError):
            async with agent.iter(f'{{"lead_id": "{lead}"}}') as run:
                async for _ in run:
                    messages = run.all_messages()
        parts = [part for item in messages for part in item.parts if isinstance(part, ToolReturnPart)]
        contents = [cast("dict[str, Any]", part.content) for part in parts if isinstance(part.content, dict)]
        return Ran(contents)


@pytest.fixture(scope="package")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    # Campaigns that spend nothing meanwhile, so that a platform takes every order.
    unhurried = {"PROMPTSALES_SANDBOX_SECONDS_PER_DAY": "86400"}
    running = System(tmp_path_factory.mktemp("hostile"), environment=unhurried)
    running.start("--no-brief", seconds=240)
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="package")
async def targets(hostile: System) -> Targets:
    calls = await gated_calls(hostile)
    draft = calls["ads", "launch_campaign"]["campaign_id"]
    waiting = await hostile.call("marketer", "ads", "launch_campaign", campaign_id=draft)
    assert waiting["status"] == "pending_approval", waiting
    return Targets(
        live=calls["ads", "change_budget"]["campaign_id"],
        draft=draft,
        asset=calls["content", "publish_asset"]["asset_id"],
        pending=waiting["approval_id"],
    )


@pytest.fixture
async def stage(hostile: System, targets: Targets) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        llm = await stack.enter_async_context(served(ObedientLlm()))
        assert isinstance(llm, ObedientLlm)
        model = {"llm_base_url": llm.base_url, "llm_model": "obedient", "llm_api_key": "none"}
        settings = hostile.settings.model_copy(update=model)
        models = await stack.enter_async_context(open_models(settings))
        assert models is not None
        switchboard = Switchboard(settings)
        stack.push_async_callback(switchboard.aclose)
        verifier = await stack.enter_async_context(TokenVerifier(settings, settings.audience("orchestrator")))
        principal = await verifier.verify(await hostile.token("marketer", "orchestrator"))
        stage = Stage(hostile, llm, models, switchboard, principal, targets, "")
        lead = await stage.told(Injection("nobody", "Hello there.", ()))
        yield Stage(hostile, llm, models, switchboard, principal, targets, lead)


async def _silent(step: str, status: str, specialist: str | None = None, tool: str | None = None) -> None:
    """Nobody watches."""
