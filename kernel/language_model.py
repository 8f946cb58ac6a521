"""A language model behind an OpenAI-compatible endpoint, asked for JSON of a given shape."""

from collections.abc import Sequence
from typing import Any, Self

import httpx2

from kernel.canonical import digest
from kernel.errors import Unavailable
from kernel.settings import NotConfigured, Settings

Message = dict[str, str]


class LanguageModelUnavailable(Unavailable):
    """The endpoint of the language model does not answer, refuses, or is none."""


class LanguageModel:
    def __init__(
        self, http: httpx2.AsyncClient, *, base_url: str, model: str, api_key: str | None, timeout_seconds: float
    ) -> None:
        self.name = model
        self._http = http
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._timeout = timeout_seconds

    @classmethod
    def configured(cls, settings: Settings, http: httpx2.AsyncClient, *, timeout_seconds: float) -> Self | None:
        """The one the settings name, if any. Raises NotConfigured for an address without a model's name."""
        if settings.llm_base_url is None:
            return None
        if settings.llm_model is None:
            raise NotConfigured("A language model's address is set without its name.", fix="Set PROMPTSALES_LLM_MODEL.")
        return cls(
            http,
            base_url=settings.llm_base_url,
            model=settings.llm_model,
            api_key=settings.llm_api_key,
            timeout_seconds=timeout_seconds,
        )

    async def complete(
        self, messages: Sequence[Message], *, schema_name: str, schema: dict[str, Any], seed: int | None = None
    ) -> str:
        """The model's text, which should be JSON of the schema: whoever reads it checks. Empty where it wrote none.

        The seed is the messages' digest unless one is given. Raises LanguageModelUnavailable.
        """
        request: dict[str, Any] = {
            "model": self.name,
            "messages": list(messages),
            "temperature": 0,
            "seed": seed_of(messages) if seed is None else seed,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": schema_name, "strict": True, "schema": schema},
            },
        }
        try:
            response = await self._http.post(self._url, json=request, headers=self._headers, timeout=self._timeout)
        except httpx2.HTTPError as error:
            raise LanguageModelUnavailable(
                f"The language model {self.name} does not answer ({type(error).__name__}).", fix="Try again."
            ) from error
        if not response.is_success:
            retry = response.status_code in {408, 429} or response.status_code >= 500
            raise LanguageModelUnavailable(
                f"The language model {self.name} answered {response.status_code}.",
                fix="Try again in a moment." if retry else "Check PROMPTSALES_LLM_BASE_URL, _MODEL and _API_KEY.",
            )
        return _content(response)


def seed_of(messages: Sequence[Message]) -> int:
    """The same seed for the same request."""
    return int(digest(list(messages))[-7:], 16)


def _content(response: httpx2.Response) -> str:
    """The text of a chat completion; empty where the model refused or wrote none."""
    try:
        message: dict[str, Any] = response.json()["choices"][0]["message"]
        return str(message.get("content") or "")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise LanguageModelUnavailable(
            "The language model's endpoint does not answer as a chat completion.", fix="Check PROMPTSALES_LLM_BASE_URL."
        ) from error
