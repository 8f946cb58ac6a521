"""The one LLM of the system, built from settings: any OpenAI-compatible endpoint. None: the playbook serves."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2

from kernel.settings import Settings

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI
    from pydantic_ai.models import Model

REQUEST_SECONDS = 30
MOST_OUTPUT_TOKENS = 4_000


@dataclass(frozen=True, slots=True)
class Models:
    """The same model twice: as LangChain's client for the supervisor, as pydantic-ai's for the specialists."""

    supervisor: "ChatOpenAI"
    specialist: "Model"


@asynccontextmanager
async def open_models(settings: Settings) -> AsyncGenerator[Models | None]:
    """The configured model over connections that are closed at exit; None when no model is configured."""
    if not settings.llm_base_url or not settings.llm_model:
        yield None
        return
    async with httpx2.AsyncClient(timeout=REQUEST_SECONDS) as http:
        yield _models(settings.llm_base_url, settings.llm_model, settings.llm_api_key or "none", http)


def _models(base_url: str, name: str, key: str, http: httpx2.AsyncClient) -> Models:
    # Imported here: seconds that only a configured model has to cost.
    from langchain_openai import ChatOpenAI  # noqa: PLC0415
    from pydantic import SecretStr  # noqa: PLC0415
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415

    supervisor = ChatOpenAI(
        model=name,
        base_url=base_url,
        api_key=SecretStr(key),
        temperature=0,
        timeout=REQUEST_SECONDS,
        max_retries=1,
        max_completion_tokens=MOST_OUTPUT_TOKENS,
        http_async_client=http,
    )
    specialist = OpenAIChatModel(
        name,
        provider=OpenAIProvider(base_url=base_url, api_key=key, http_client=http),
        settings={"temperature": 0, "timeout": REQUEST_SECONDS, "max_tokens": MOST_OUTPUT_TOKENS},
    )
    return Models(supervisor, specialist)
