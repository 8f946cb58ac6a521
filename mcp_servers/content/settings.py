"""The content context's own settings (prefix `PROMPTSALES_CONTENT_`)."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ContentSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PROMPTSALES_CONTENT_", extra="ignore")

    llm_timeout_seconds: float = Field(default=20, gt=0)
    """How long one answer of the language model may take."""
    platform_honours_idempotency: bool = True
    """Whether the publisher never acts twice under one key. Where it may, an unanswered attempt is not repeated."""
