"""Fetching a document from an address that a stranger chose, without becoming the stranger's hand in this network.

The host is resolved once, every address is checked, and the connection goes to a checked address: there is no second
look-up that could answer differently. The certificate must be the host's. No redirects, proxies or cookies.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass

import httpx2

from identity.clients.addresses import is_public
from identity.clients.errors import AddressRefused, DocumentUnavailable
from identity.clients.urls import DocumentUrl, document_url
from kernel.errors import InvalidInput
from kernel.settings import Settings

SECONDS = 5.0
"""For everything: resolving, connecting, reading."""
MAX_BYTES = 64 * 1024
_CONNECT_SECONDS = 2.0
_ADDRESSES_TRIED = 3
_AT_ONCE = 8
_JSON = re.compile(r"application/(?:[a-z0-9!#$&^_.-]+\+)?json", re.IGNORECASE)

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""The IP addresses of a host, as text; OSError when there are none."""


class UntrustedHostList(InvalidInput):
    """PROMPTSALES_CLIENT_METADATA_HOSTS or PROMPTSALES_CLIENT_METADATA_CA cannot be used."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was at the address."""

    body: bytes
    cache_control: str
    """The header as sent, "" when there was none."""
    age: str


class SystemResolver:
    """The system's resolver, in threads of its own: a slow name server holds up nothing else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _resolve, host, port)
        return [str(address[0]) for *_, address in found]

    def close(self) -> None:
        """Forget look-ups that did not begin; does not wait for those that did."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _resolve(host: str, port: int) -> list[tuple[int, int, int, str, tuple[str | int | bytes, ...]]]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


class GuardedFetch:
    """GET of JSON documents at https addresses on the public internet."""

    def __init__(self, settings: Settings, *, resolve: Resolver, seconds: float = SECONDS) -> None:
        self._allowed = _allowed(settings.client_metadata_hosts)
        self._trust = _trust(settings)
        self._resolve = resolve
        self._seconds = seconds
        self._turn = asyncio.Semaphore(_AT_ONCE)

    def read(self, url: str) -> DocumentUrl:
        """The parts of an address that may be fetched; raises ClientUrlRefused."""
        return document_url(url, self._allowed)

    async def get(self, url: DocumentUrl) -> Fetched:
        """The document. Raises AddressRefused for a host that is not public, DocumentUnavailable for whatever fails."""
        try:
            async with asyncio.timeout(self._seconds), self._turn:
                return await self._from_any(url, await self._checked_addresses(url))
        except TimeoutError as error:
            raise _unavailable(url, f"did not answer within {self._seconds:g} s") from error
        except (OSError, httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _unavailable(url, f"cannot be reached ({type(error).__name__})") from error

    async def _checked_addresses(self, url: DocumentUrl) -> Sequence[str]:
        found = await self._resolve(url.host, url.port)
        if not found:
            raise _unavailable(url, "has no address")
        if f"{url.host}:{url.port}" not in self._allowed and not all(is_public(address) for address in found):
            raise AddressRefused(
                f"The host {url.host} is not on the public internet.",
                field="client_id",
                fix="Publish the document on a public host, or have the operator name the host in "
                "PROMPTSALES_CLIENT_METADATA_HOSTS.",
            )
        return found[:_ADDRESSES_TRIED]

    async def _from_any(self, url: DocumentUrl, addresses: Sequence[str]) -> Fetched:
        for address in addresses[:-1]:
            try:
                return await self._from(url, address)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue  # the host has another address; the time limit covers them all
        return await self._from(url, addresses[-1])

    async def _from(self, url: DocumentUrl, address: str) -> Fetched:
        literal = f"[{address}]" if ":" in address else address
        headers = {"Host": url.origin_host, "Accept": "application/json", "Accept-Encoding": "identity"}
        timeout = httpx2.Timeout(self._seconds, connect=_CONNECT_SECONDS)
        # A client for one request: no cookie, and no connection that another host's certificate opened.
        async with (
            httpx2.AsyncClient(verify=self._trust, trust_env=False, follow_redirects=False, timeout=timeout) as http,
            http.stream(
                "GET",
                f"https://{literal}:{url.port}{url.target}",
                headers=headers,
                extensions={"sni_hostname": url.host},
            ) as response,
        ):
            return await _read(url, response)


async def _read(url: DocumentUrl, response: httpx2.Response) -> Fetched:
    if response.status_code != 200:
        raise _unavailable(url, f"answered {response.status_code} instead of 200")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise _unavailable(url, "answered with an encoding that was not asked for")
    if not _JSON.fullmatch(response.headers.get("content-type", "").partition(";")[0].strip()):
        raise _unavailable(url, "did not answer with application/json")
    body = bytearray()
    async with aclosing(response.aiter_raw()) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > MAX_BYTES:
                raise _unavailable(url, f"is longer than {MAX_BYTES} bytes")
    headers = response.headers
    return Fetched(bytes(body), headers.get("cache-control", ""), headers.get("age", ""))


def _allowed(hosts: Sequence[str]) -> frozenset[str]:
    allowed: set[str] = set()
    for entry in hosts:
        host, separator, port = entry.strip().lower().partition(":")
        if not host or (separator and not port.isdecimal()):
            raise UntrustedHostList(
                f"{entry!r} is no host or host:port.", field="client_metadata_hosts", fix='Use ["login.intern:8443"].'
            )
        allowed.add(f"{host}:{int(port or 443)}")
    return frozenset(allowed)


def _trust(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.client_metadata_ca is not None:
        try:
            context.load_verify_locations(settings.client_metadata_ca)
        except (OSError, ssl.SSLError) as error:
            raise UntrustedHostList(
                f"{settings.client_metadata_ca} holds no certificates ({type(error).__name__}).",
                field="client_metadata_ca",
                fix="Name a PEM file of certificates.",
            ) from error
    return context


def _unavailable(url: DocumentUrl, what: str) -> DocumentUnavailable:
    return DocumentUnavailable(f"The document {url.text} {what}.", field="client_id", fix="Try again in a moment.")
