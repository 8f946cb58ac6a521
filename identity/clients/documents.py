"""Clients that publish who they are: the client_id is the address of a Client ID Metadata Document.

draft-ietf-oauth-client-id-metadata-document-02, as the MCP authorization specification of 2026-07-28 asks for it.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from identity.clients import metadata
from identity.clients.allowance import Allowance
from identity.clients.builtin import THIRD_PARTY_REACHES
from identity.clients.client import Client
from identity.clients.errors import LookUpsExhausted, MetadataRefused
from identity.clients.guarded_fetch import Fetched, GuardedFetch
from identity.clients.urls import DocumentUrl
from kernel.logs import logger

MIN_SECONDS, DEFAULT_SECONDS, MAX_SECONDS = 60, 600, 3600
"""How long a document is believed: within these bounds as its Cache-Control says."""
_SIZE = 512
_LIFETIME = re.compile(r"(?P<name>s-maxage|max-age)\s*=\s*\"?(?P<seconds>[0-9]{1,10})\"?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Kept:
    client: Client
    until: float


class ClientDocuments:
    """Reads and keeps metadata documents. One for the process; close it at the end.

    A document is fetched once however many ask for it at the same time. Failures are not kept. So that nobody can use
    this server to flood another, look-ups of documents never seen before are limited for each host and in all; a
    document that was good before has a limit of its own, which strangers cannot use up.
    """

    def __init__(self, fetch: GuardedFetch, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[Client]] = {}
        self._known = Allowance(burst=6, seconds=10, clock=clock)
        self._hosts = Allowance(burst=6, seconds=10, clock=clock)
        self._all = Allowance(burst=60, seconds=1, clock=clock)

    async def client(self, client_id: str) -> Client:
        """The client whose document is at that address.

        Raises ClientUrlRefused, AddressRefused or MetadataRefused when it is not acceptable, DocumentUnavailable when
        it cannot be read, LookUpsExhausted when too many were asked for.
        """
        kept = self._kept.get(client_id)
        if kept is not None and kept.until > self._clock():
            self._kept.move_to_end(client_id)
            return kept.client
        task = self._under_way.get(client_id)
        if task is None:
            url = self._fetch.read(client_id)
            self._take(url, known=kept is not None)
            task = asyncio.create_task(self._load(url), name=f"client document {url.host}")
            self._under_way[client_id] = task
            task.add_done_callback(lambda done: self._finished(client_id, done))
        return await asyncio.shield(task)  # one who stops waiting does not end it for the others

    async def close(self) -> None:
        """End look-ups under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take(self, url: DocumentUrl, *, known: bool) -> None:
        allowed = self._known.take(url.text) if known else self._hosts.take(url.host) and self._all.take()
        if not allowed:
            raise LookUpsExhausted(
                "Too many client documents were asked for.", field="client_id", fix="Try again in a minute."
            )

    async def _load(self, url: DocumentUrl) -> Client:
        fetched = await self._fetch.get(url)
        client = _client(url, fetched)
        self._kept[url.text] = _Kept(client, self._clock() + _lifetime(fetched))
        self._kept.move_to_end(url.text)
        while len(self._kept) > _SIZE:
            self._kept.popitem(last=False)
        logger(__name__).info("client document read", client_id=url.text, name=client.name)
        return client

    def _finished(self, client_id: str, task: asyncio.Task[Client]) -> None:
        self._under_way.pop(client_id, None)
        if not task.cancelled() and (error := task.exception()):
            logger(__name__).info("client document refused", client_id=client_id, reason=str(error))


def _client(url: DocumentUrl, fetched: Fetched) -> Client:
    stated = metadata.parse(fetched.body)
    if stated.get("client_id") != url.text:
        raise MetadataRefused(
            "The document's client_id is not the address it is at.", field="client_id", fix=f"State {url.text} there."
        )
    description = metadata.describe(stated)
    return Client(
        client_id=url.text,
        name=description.name,
        source="document",
        redirect_uris=description.redirect_uris,
        grants=description.grants,
        reaches=THIRD_PARTY_REACHES,
        serves=None,
        first_party=False,
        secret_hash=None,
        public_keys=None,
    )


def _lifetime(fetched: Fetched) -> float:
    """Seconds from now that a document is believed."""
    directives = [directive.strip().lower() for directive in fetched.cache_control.split(",")]
    if any(directive.partition("=")[0] in {"no-store", "no-cache"} for directive in directives):
        return MIN_SECONDS
    stated = {found["name"]: int(found["seconds"]) for text in directives if (found := _LIFETIME.fullmatch(text))}
    age = int(fetched.age) if re.fullmatch(r"[0-9]{1,10}", fetched.age) else 0
    seconds = stated.get("s-maxage", stated.get("max-age", DEFAULT_SECONDS + age)) - age
    return max(MIN_SECONDS, min(MAX_SECONDS, seconds))
