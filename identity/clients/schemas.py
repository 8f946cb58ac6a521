"""Clients as REST shows and takes them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from identity.clients.client import Machine
from identity.clients.metadata import MAX_NAME, MAX_REDIRECTS
from identity.clients.registration import Registered, Registration
from identity.clients.repository import StoredClient

_McpServer = Literal["content", "ads", "crm", "analytics"]
_MachineRole = Literal["marketer", "sales_agent", "viewer"]


class UnattendedUse(BaseModel):
    """For whom the client acts by client credentials."""

    model_config = ConfigDict(extra="forbid")

    tenant: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    roles: Annotated[list[_MachineRole], Field(min_length=1, max_length=3)]


class ClientToRegister(BaseModel):
    """POST /v1/clients."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=MAX_NAME)]
    """Shown to people who are asked for consent."""
    confidential: bool = False
    """Whether it can keep a secret: a web server can, an application on a desk cannot."""
    redirect_uris: Annotated[list[str], Field(max_length=MAX_REDIRECTS)] = []
    resources: Annotated[list[_McpServer], Field(min_length=1)] = ["content", "ads", "crm", "analytics"]
    machine: UnattendedUse | None = None

    def asked(self) -> Registration:
        machine = Machine(self.machine.tenant, tuple(dict.fromkeys(self.machine.roles))) if self.machine else None
        return Registration(self.name, self.confidential, self.redirect_uris, self.resources, machine)


class ClientShown(BaseModel):
    """A client without its secret."""

    client_id: str
    name: str
    source: Literal["registered", "dynamic"]
    confidential: bool
    redirect_uris: list[str]
    grant_types: list[str]
    resources: list[str]
    machine: UnattendedUse | None
    created_at: datetime
    last_used_at: datetime | None
    """To the day, for clients that registered themselves."""
    disabled_at: datetime | None

    @classmethod
    def of(cls, stored: StoredClient) -> "ClientShown":
        return cls.model_validate(_members(stored))


class ClientMade(ClientShown):
    """A client just registered."""

    client_secret: str | None
    """Shown this once."""

    @classmethod
    def registered(cls, made: Registered) -> "ClientMade":
        return cls.model_validate(_members(made.client) | {"client_secret": made.secret})


class ClientList(BaseModel):
    """GET /v1/clients, the newest first."""

    clients: list[ClientShown]


def _members(stored: StoredClient) -> dict[str, object]:
    machine = stored.machine
    return {
        "client_id": stored.client_id,
        "name": stored.name,
        "source": stored.source,
        "confidential": stored.credentials.secret_hash is not None,
        "redirect_uris": list(stored.redirect_uris),
        "grant_types": sorted(stored.grants),
        "resources": list(stored.resources),
        "machine": {"tenant": machine.tenant, "roles": list(machine.roles)} if machine else None,
        "created_at": stored.created_at,
        "last_used_at": stored.last_used_at,
        "disabled_at": stored.disabled_at,
    }
