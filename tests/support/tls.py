"""Settings of a system that serves TLS."""

from pathlib import Path

from cli.certificate import Issued
from kernel.settings import Settings


def with_tls(settings: Settings, issued: Issued) -> Settings:
    """The same settings with a certificate and its authority."""
    paths = {name.removeprefix("PROMPTSALES_").lower(): Path(path) for name, path in issued.environment.items()}
    return settings.model_copy(update=paths)
