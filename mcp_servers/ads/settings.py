"""Settings of the ads context, from the environment (prefix `PROMPTSALES_ADS_`)."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AdsSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PROMPTSALES_ADS_", extra="ignore")

    insights_seconds: float = Field(default=2.0, gt=0)
    """Pause between two fetches of live campaigns' metrics from the platform."""
    platform_timeout_seconds: float = Field(default=8.0, gt=0)
    """How long a call to the ad platform may take before it counts as unanswered."""
    platform_honours_idempotency: bool = True
    """Whether the ad platform never acts twice under one key. Where it may, an unanswered attempt is not repeated."""
