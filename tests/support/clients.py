"""Clients for tests that need no registry."""

from collections.abc import Mapping

from identity.clients.client import Client, Machine
from identity.domain import AUTHORIZATION_CODE, CLIENTS, REFRESH_TOKEN, ClientPolicy
from kernel.auth.principal import Scope
from kernel.auth.roles import RESOURCE_SCOPES, Resource

CALLBACK = "https://app.example/callback"


def built_in(client_id: str) -> Client:
    """A service of the system, with its policy; one that is unknown may do nothing."""
    policy = CLIENTS.get(client_id, ClientPolicy())
    return Client(
        client_id=client_id,
        name=client_id,
        source="built-in",
        redirect_uris=(),
        grants=policy.grants,
        reaches=policy.reaches,
        serves=policy.serves,
        first_party=False,
        secret_hash=b"\0" * 32,
        public_keys=None,
    )


def application(
    *redirect_uris: str, reaches: Mapping[Resource, frozenset[Scope]] | None = None, machine: Machine | None = None
) -> Client:
    """A public client for people's use, sent back to `CALLBACK`; it reaches content and ads unless told otherwise."""
    widest: Mapping[Resource, frozenset[Scope]] = {name: RESOURCE_SCOPES[name] for name in ("content", "ads")}
    return Client(
        client_id="app",
        name="An application",
        source="registered",
        redirect_uris=redirect_uris or (CALLBACK,),
        grants=frozenset({AUTHORIZATION_CODE, REFRESH_TOKEN}),
        reaches=widest if reaches is None else reaches,
        serves=None,
        first_party=False,
        secret_hash=None,
        public_keys=None,
        machine=machine,
    )
