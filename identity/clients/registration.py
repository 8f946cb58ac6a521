"""New clients: those that operators register, and, where it is turned on, those that register themselves (RFC 7591)."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from identity.clients import metadata
from identity.clients.allowance import Allowance
from identity.clients.builtin import MCP_CLIENT, MCP_RESOURCES
from identity.clients.client import Machine
from identity.clients.errors import ClientShapeless, ClientUnknown, RegistrationClosed, RegistrationsExhausted
from identity.clients.repository import ClientRepository, NewClient, StoredClient
from identity.clients.urls import checked_redirect
from identity.domain import AUTHORIZATION_CODE, CLIENT_CREDENTIALS, REFRESH_TOKEN, GrantType
from identity.repository import hash_of
from kernel.auth.roles import Resource
from kernel.ids import new_id
from kernel.logs import logger

MAX_DYNAMIC = 1000
"""How many clients that registered themselves there may be at a time."""


Ended = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Registration:
    """What an operator asks for."""

    name: str
    confidential: bool
    redirect_uris: Sequence[str]
    resources: Sequence[Resource]
    """At least one of the MCP servers."""
    machine: Machine | None


@dataclass(frozen=True, slots=True)
class Registered:
    """A client as it was stored."""

    client: StoredClient
    secret: str | None
    """In clear, here and never again: only its hash is kept."""


class ClientRegistration:
    """Registers clients and disables them."""

    def __init__(self, repository: ClientRepository, ended: Ended, *, dynamic: bool, limit: int = MAX_DYNAMIC) -> None:
        """`ended` is told the id of a client that was disabled, every time it is: its tokens are to die."""
        self._repository = repository
        self._ended = ended
        self._dynamic = dynamic
        self._limit = limit
        self._from_one = Allowance(burst=10, seconds=60)
        self._from_all = Allowance(burst=60, seconds=5)

    async def register_self(self, stated: Mapping[str, Any], *, source: str) -> StoredClient:
        """A public client from what it says about itself; `source` is the network address that asks.

        Raises RegistrationClosed when this is turned off, MetadataRefused, or RegistrationsExhausted.
        """
        self.require_open()
        description = metadata.describe(stated)
        if not (self._from_one.take(source) and self._from_all.take()):
            raise RegistrationsExhausted("Too many clients registered in a short time.", fix="Try again in a minute.")
        client = NewClient(
            client_id=new_id("dyn"),
            source="dynamic",
            name=description.name,
            redirect_uris=description.redirect_uris,
            grants=description.grants,
            resources=MCP_RESOURCES,
        )
        stored = await self._repository.add_dynamic(client, self._limit)
        if stored is None:
            raise RegistrationsExhausted(
                f"There are {self._limit} self-registered clients, the most there can be.",
                fix=f"Use a Client ID Metadata Document or the client {MCP_CLIENT}.",
            )
        logger(__name__).info("client registered itself", client_id=stored.client_id, name=stored.name)
        return stored

    def require_open(self) -> None:
        """Raise RegistrationClosed unless clients may register themselves."""
        if not self._dynamic:
            raise RegistrationClosed(
                "Clients do not register themselves here.",
                field="client_id",
                fix="Use the address of a Client ID Metadata Document as client_id, "
                f"or the public client {MCP_CLIENT}, or ask an operator to register one.",
            )

    async def register(self, asked: Registration, *, operator: str) -> Registered:
        """A client that an operator vouches for. Raises MetadataRefused, ClientShapeless or TenantUnknown."""
        secret = secrets.token_urlsafe(32) if asked.confidential else None
        client = NewClient(
            client_id=new_id("app"),
            source="registered",
            name=metadata.checked_name(asked.name),
            redirect_uris=tuple(dict.fromkeys(checked_redirect(uri) for uri in asked.redirect_uris)),
            grants=_grants(asked),
            resources=tuple(name for name in MCP_RESOURCES if name in asked.resources),
            secret_hash=hash_of(secret) if secret else None,
            machine=asked.machine,
        )
        stored = await self._repository.add(client)
        logger(__name__).info("client registered", client_id=stored.client_id, name=stored.name, operator=operator)
        return Registered(stored, secret)

    async def listed(self) -> Sequence[StoredClient]:
        """Every client that is not built in, disabled ones too, the newest first."""
        return await self._repository.listed()

    async def disable(self, client_id: str, *, operator: str) -> StoredClient:
        """From now on nobody finds this client, within seconds, and what it holds is void; raises ClientUnknown."""
        stored = await self._repository.disable(client_id)
        if stored is None:
            raise ClientUnknown("There is no such client.", field="client_id", fix="Built-in clients stay.")
        await self._ended(client_id)
        logger(__name__).info("client disabled", client_id=client_id, operator=operator)
        return stored


def _grants(asked: Registration) -> frozenset[GrantType]:
    if not asked.redirect_uris and asked.machine is None:
        raise ClientShapeless(
            "The client could not do anything.",
            field="redirect_uris",
            fix="Name a redirect address for people's use, or a tenant and roles for unattended use.",
        )
    if asked.machine is not None and not asked.confidential:
        raise ClientShapeless("A client that acts unattended needs a secret.", field="confidential", fix="Set it.")
    grants: set[GrantType] = {AUTHORIZATION_CODE, REFRESH_TOKEN} if asked.redirect_uris else set()
    if asked.machine:
        grants.add(CLIENT_CREDENTIALS)
    return frozenset(grants)
