"""Settings of the crm context, from the environment (prefix `PROMPTSALES_CRM_`)."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class CrmSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PROMPTSALES_CRM_", extra="ignore")

    platform_timeout_seconds: float = Field(default=8.0, gt=0)
    """How long a call to the messenger may take before it counts as unanswered."""
    platform_honours_idempotency: bool = True
    """Whether the messenger never acts twice under one key. Where it may, an unanswered attempt is not repeated."""
