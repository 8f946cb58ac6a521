"""Settings of the analytics context, from the environment (prefix `PROMPTSALES_ANALYTICS_`), and its two documents."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

SEMANTIC_MODEL = Path(__file__).parent / "semantic_model.yaml"
VOCABULARY = Path(__file__).parent / "vocabulary.yaml"


class AnalyticsSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PROMPTSALES_ANALYTICS_", extra="ignore")

    statement_timeout_ms: int = Field(default=5_000, gt=0)
    """How long the database may work on one statement."""
    semantic_model: Path = SEMANTIC_MODEL
    """The model's YAML file; it is checked when the server starts."""
    forecast_seconds: float = Field(default=20, gt=0)
    """How long the models of one forecast may take to be fitted."""
    cached_tenants: int = Field(default=200, gt=0)
    """Tenants whose catalogue of values is kept in memory."""
    answer_ttl_seconds: int = Field(default=86_400, gt=0)
    """How long an answer is kept in Redis at most. Data that changed makes it unreachable at once."""
    llm_timeout_seconds: float = Field(default=8, gt=0)
    """How long a language model may take to read one question."""
