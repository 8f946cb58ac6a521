"""The running system as a command finds it: where it listens, and a token for a role."""

import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from cli.errors import Refused, Unreachable
from cli.stack.runtime import read_runtime
from kernel.auth import Role, TokenClient
from kernel.auth.client import IdentityUnavailable
from kernel.settings import NotConfigured, Service, Settings, get_settings
from kernel.tls import service_http

_TIMEOUT = httpx2.Timeout(60, connect=3)


def local_settings() -> Settings:
    """The settings, with an absolute data directory."""
    settings = get_settings()
    return settings.model_copy(update={"data_dir": settings.data_dir.absolute()})


def running_settings() -> Settings:
    """The settings of the system that runs on our data directory, which may have other ports, and TLS or not."""
    settings = local_settings()
    runtime = read_runtime(settings)
    if runtime is None:
        return settings
    found: dict[str, object] = {}
    if "PROMPTSALES_PORT_OFFSET" not in os.environ:
        found["port_offset"] = runtime.port_offset
    if not any(path for name, path in os.environ.items() if name.startswith("PROMPTSALES_TLS_")):
        found |= {name.removeprefix("PROMPTSALES_").lower(): Path(path) for name, path in runtime.tls.items()}
    return settings.model_copy(update=found)


async def access_token(settings: Settings, role: Role, service: Service) -> str:
    """A token for a service: PROMPTSALES_TOKEN, else one of the embedded identity's for the role."""
    given = os.environ.get("PROMPTSALES_TOKEN")
    if given:
        return given
    try:
        async with TokenClient(settings, "cli") as tokens:
            return await tokens.assertion(role, service)
    except (IdentityUnavailable, NotConfigured) as error:
        if isinstance(error.__cause__, httpx2.ConnectError):
            raise unreachable(settings.url(service), error.__cause__) from error
        raise Unreachable(settings.url(service)) from error
    except PermissionError as error:
        raise Refused(
            f"{error.filename} belongs to another user.", fix="Run as that user, or set PROMPTSALES_TOKEN."
        ) from error


class Api:
    """A service's REST API, called as one role."""

    def __init__(self, http: httpx2.AsyncClient, base_url: str) -> None:
        self.http = http
        self.base_url = base_url

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON document at a path. Raises Refused or Unreachable."""
        return await self._call("GET", path, params=dict(params or {}))

    async def post(self, path: str, body: object = None) -> Any:
        """Send JSON, get JSON."""
        return await self._call("POST", path, json=body if body is not None else {})

    async def patch(self, path: str, body: object) -> Any:
        """Send changes as JSON, get JSON."""
        return await self._call("PATCH", path, json=body)

    async def put(self, path: str, body: object) -> Any:
        """Replace what is at a path by JSON, get JSON."""
        return await self._call("PUT", path, json=body)

    async def upload(self, path: str, content: bytes, params: Mapping[str, str]) -> Any:
        """Send a CSV file, get JSON."""
        return await self._call(
            "POST", path, content=content, params=dict(params), headers={"content-type": "text/csv; charset=utf-8"}
        )

    async def _call(self, method: str, path: str, **arguments: Any) -> Any:
        try:
            response = await self.http.request(method, f"{self.base_url}{path}", **arguments)
        except httpx2.HTTPError as error:
            raise unreachable(self.base_url, error) from error
        return document(response)


def document(response: httpx2.Response) -> Any:
    """The JSON body of an answer that was read; raises Refused for an error."""
    try:
        body: Any = response.json()
    except ValueError:
        body = None
    if response.status_code >= 400 or body is None:
        raise Refused.from_problem(response.status_code, body)
    return body


def unreachable(base_url: str, error: httpx2.HTTPError) -> Refused | Unreachable:
    """What a failed request means for who typed the command."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Refused(
            f"{base_url} shows a certificate that is not trusted here.",
            fix="Set PROMPTSALES_TLS_CA to its authority's certificate.",
        )
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return Unreachable(base_url)
    return Refused(f"{base_url} broke off ({type(error).__name__}).", fix="Look with: promptsales status")


@asynccontextmanager
async def api(service: Service, role: Role, settings: Settings | None = None) -> AsyncGenerator[Api]:
    """A service's API with a token for the role."""
    settings = settings or running_settings()
    token = await access_token(settings, role, service)
    headers = {"Authorization": f"Bearer {token}"}
    async with service_http(settings, headers=headers, timeout=_TIMEOUT) as http:
        yield Api(http, settings.url(service))
