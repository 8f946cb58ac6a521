"""Settings of the hub, from the environment (prefix `PROMPTSALES_PIPELINE_`)."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class PipelineSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PROMPTSALES_PIPELINE_", extra="ignore")

    seconds: float = Field(default=15.0, gt=0)
    """Pause between two scheduled runs."""
    batch_rows: int = Field(default=200_000, gt=0)
    """Rows that are merged at once while a source is read: more is faster, and takes more room."""
