"""Asking services whether they are ready."""

import asyncio
import time
from typing import cast

import httpx2

from kernel.settings import Service, Settings


async def readiness(http: httpx2.AsyncClient, settings: Settings, service: Service) -> str | None:
    """None when a service is ready, else what it lacks."""
    try:
        response = await http.get(f"{settings.url(service)}/readyz", timeout=5)
    except httpx2.HTTPError as error:
        return f"no answer ({type(error).__name__})"
    if response.status_code == 200:
        return None
    try:
        checks = cast("dict[str, dict[str, str]]", response.json()).get("checks", {})
    except ValueError:
        checks = {}
    failing = [f"{name}: {result}" for name, result in checks.items() if result != "ok"]
    return ", ".join(failing) or f"status {response.status_code}"


async def wait_ready(http: httpx2.AsyncClient, settings: Settings, service: Service, seconds: float) -> str | None:
    """Wait until a service is ready; what it lacks when it is not ready in time."""
    deadline = time.monotonic() + seconds
    while lacks := await readiness(http, settings, service):
        if time.monotonic() > deadline:
            return lacks
        await asyncio.sleep(0.1)
    return None
