"""The sandbox's own settings (prefix `PROMPTSALES_SANDBOX_`)."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SandboxSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PROMPTSALES_SANDBOX_", extra="ignore")

    seconds_per_day: float = Field(default=2, gt=0)
    """Real seconds that a simulated flight day lasts; a campaign keeps the value it was launched with."""
    timeout_seconds: float = Field(default=30, ge=0)
    """How long an injected timeout keeps the caller waiting."""
    slow_seconds: float = Field(default=30, ge=0)
    """How long a platform of kind `slow` keeps its answer back after the effect."""
    kinds: str = ""
    """What kind each platform is, `honouring` where nothing is said: `messenger:forgetful,ads:slow`."""
    faults: str = ""
    """Random faults, each `service:kind:probability`, with commas: `ads:rate_limit:0.05,messenger:lie:0.01`."""
