"""Settings of the queue and its executor (prefix `PROMPTSALES_`)."""

from decimal import Decimal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ApprovalSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PROMPTSALES_", extra="ignore")

    approval_expiry_seconds: int = Field(default=72 * 3600, ge=1, le=90 * 86_400)
    """How long an action waits before it lapses; lapsing means that nothing happens."""
    approval_undo_seconds: int = Field(default=10, ge=0, le=86_400)
    """How long an approval can be taken back, by the installation's policy; an organisation's own says for itself."""
    approval_bulk_caps: dict[str, Decimal] = {
        "USD": Decimal(10_000),
        "EUR": Decimal(10_000),
        "recipients": Decimal(1000),
    }
    """Most that may be approved at once in a bulk decision, by unit; of other units nothing."""
    audit_retention_days: int = Field(default=90, ge=90, le=3650)
    """How long audit entries are kept; then only where the chain went on."""
    executor_lease_seconds: int = Field(default=30, ge=2, le=600)
    """How long a claim is the executor's alone. Calls time out well before."""
    executor_max_attempts: int = Field(default=8, ge=1, le=100)
    """Attempts without a clear answer before an action is left to a person as unknown."""
    executor_backoff_seconds: float = Field(default=2.0, gt=0, le=60)
    """Pause before the second attempt; it doubles with each one, up to five minutes."""
    executor_concurrency: int = Field(default=8, ge=1, le=256)
    """Actions carried out at a time by one executor process."""
    executor_poll_seconds: float = Field(default=0.1, gt=0, le=60)
    """Pause between two looks at the queue when nothing is due."""

    @property
    def call_timeout_seconds(self) -> float:
        """Time a server has to answer: always shorter than the lease, so a call ends before another may begin."""
        return self.executor_lease_seconds * 2 / 3
