"""The one LLM of the system, built from settings: any OpenAI-compatible endpoint. None: the playbook serves."""

from typing import TYPE_CHECKING

from kernel.settings import Settings

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI
    from pydantic_ai.models import Model

REQUEST_SECONDS = 30
MOST_OUTPUT_TOKENS = 4_000


def is_configured(settings: Settings) -> bool:
    return bool(settings.llm_base_url and settings.llm_model)


def supervisor_model(settings: Settings) -> "ChatOpenAI | None":
    """The model as LangChain's client, for the supervisor."""
    if not settings.llm_base_url or not settings.llm_model:
        return None
    from langchain_openai import ChatOpenAI  # noqa: PLC0415 - two seconds that only a configured LLM costs
    from pydantic import SecretStr  # noqa: PLC0415

    return ChatOpenAI(
        model=settings.llm_model,
        base_url=settings.llm_base_url,
        api_key=SecretStr(settings.llm_api_key or "none"),
        temperature=0,
        timeout=REQUEST_SECONDS,
        max_retries=1,
        max_completion_tokens=MOST_OUTPUT_TOKENS,
    )


def specialist_model(settings: Settings) -> "Model | None":
    """The model as pydantic-ai's client, for the specialists."""
    if not settings.llm_base_url or not settings.llm_model:
        return None
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415 - only a configured LLM needs it
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415

    provider = OpenAIProvider(base_url=settings.llm_base_url, api_key=settings.llm_api_key or "none")
    return OpenAIChatModel(
        settings.llm_model,
        provider=provider,
        settings={"temperature": 0, "timeout": REQUEST_SECONDS, "max_tokens": MOST_OUTPUT_TOKENS},
    )
