"""Composition root of PromptContent: opens what it needs and wires it, once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2

from kernel.gate import Gate
from kernel.language_model import LanguageModel
from kernel.mcp import Composition, ContextResources, ContextServer
from kernel.settings import Settings
from mcp_servers.content.effects import PublishAsset
from mcp_servers.content.generation.llm import LanguageModelEngine
from mcp_servers.content.generation.playbook import PlaybookEngine
from mcp_servers.content.generation.port import CopyEngine
from mcp_servers.content.platforms.sandbox import SandboxPublisher
from mcp_servers.content.prompts import register_prompts
from mcp_servers.content.resources import register_resources
from mcp_servers.content.service import ContentService
from mcp_servers.content.settings import ContentSettings
from mcp_servers.content.tools import register_tools

INSTRUCTIONS = """Marketing copy for a marketing agency's clients: write it, keep it with its versions, publish it.
Writing and storing act at once. publish_asset only proposes: a reviewer decides in the approval queue, and get_approval
tells what became of it. Answers name the engine that wrote the copy. The publisher behind it is a sandbox."""


@asynccontextmanager
async def compose(resources: ContextResources) -> AsyncGenerator[Composition]:
    async with httpx2.AsyncClient(trust_env=False) as outside:  # a language model's endpoint is no service of ours
        settings = ContentSettings()
        service = ContentService(resources.database, copy_engine(resources.settings, settings, outside))
        publisher = SandboxPublisher(
            resources.settings, resources.http, honours_idempotency=settings.platform_honours_idempotency
        )
        gate = resources.gate([PublishAsset(service, publisher)])
        server = resources.server(instructions=INSTRUCTIONS, gate=gate)
        register(server, service, gate)
        yield Composition(server, gate)


def register(server: ContextServer, service: ContentService, gate: Gate) -> None:
    """Give a server everything PromptContent offers."""
    register_tools(server, service, gate)
    register_resources(server, service)
    register_prompts(server)


def copy_engine(settings: Settings, content: ContentSettings, http: httpx2.AsyncClient) -> CopyEngine:
    """The language model where one is configured, else the playbook."""
    model = LanguageModel.configured(settings, http, timeout_seconds=content.llm_timeout_seconds)
    return LanguageModelEngine(model) if model else PlaybookEngine()
