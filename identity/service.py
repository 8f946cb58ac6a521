"""The use cases: who may have which token, and the token itself."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from joserfc.jwk import KeySet, KeySetSerialization

from identity import claims
from identity.clients.client import Client
from identity.clients.registry import ClientRegistry
from identity.domain import (
    CLIENTS,
    JWT_BEARER,
    KEYED_CLIENTS,
    TOKEN_EXCHANGE,
    Asker,
    Issue,
    SubjectToken,
    TokenRequest,
    User,
    issue_in_exchange,
    issue_to_client,
    issue_to_user,
    require_grant,
)
from identity.errors import (
    AssertionInvalid,
    AssertionReplayed,
    GrantNotAllowed,
    SubjectTokenInvalid,
    TargetRefused,
    WeakSecret,
)
from identity.keys import CLI_ASSERTION, SigningKeys, public_keys, stated_issuer, verified_claims
from identity.recent import Recent
from identity.repository import Credentials, Repository, hash_of
from identity.revocations import Revocations
from kernel.auth.roles import RESOURCES, Resource
from kernel.ids import new_id
from kernel.logs import logger
from kernel.settings import Settings

_MIN_SECRET_LENGTH = 32


@dataclass(frozen=True, slots=True)
class IssuedToken:
    access_token: str
    scope: str
    expires_in: int
    """Seconds."""
    refresh_token: str | None = None
    id_token: str | None = None


class TokenIssuer:
    """Issues access tokens. Every refusal is a fact of `identity.errors`."""

    def __init__(
        self,
        settings: Settings,
        keys: SigningKeys,
        repository: Repository,
        clients: ClientRegistry,
        revocations: Revocations,
    ) -> None:
        self.issuer = settings.issuer
        self.token_endpoint = f"{settings.issuer}/oauth/token"
        self.keys = keys
        self._repository = repository
        self._registry = clients
        self._revocations = revocations
        self._audiences: Mapping[Resource, str] = {name: settings.audience(name) for name in RESOURCES}
        self._resources: Mapping[str, Resource] = {audience: name for name, audience in self._audiences.items()}
        self._tenants = Recent[None, list[str]](lambda _: repository.tenants())
        # By the token's time as well: one issued after a change of roles never meets the roles from before it.
        self._users = Recent[tuple[str, str, int], User | None](lambda key: repository.user(key[0], key[1]))

    async def client(self, client_id: str) -> Client | None:
        """A client that is known and not disabled."""
        return await self._registry.find(client_id)

    def audience(self, resource: Resource) -> str:
        """The resource URI of a resource."""
        return self._audiences[resource]

    def resource(self, uri: str) -> Resource:
        """The resource with a URI; raises TargetRefused."""
        known = self._resources.get(uri)
        if known is None:
            raise TargetRefused(
                f"The resource {uri} is not known." if uri else "The parameter resource is missing.",
                field="resource",
                fix=f"Name one of: {' '.join(sorted(self._resources))}.",
            )
        return known

    def request(self, client: Asker, resource: str | None, scopes: frozenset[str] | None) -> TokenRequest:
        """What a client asks for; raises TargetRefused for a resource that is missing or unknown."""
        return TokenRequest(client, self.resource(resource or ""), scopes)

    async def for_client(self, request: TokenRequest) -> IssuedToken:
        """A token for the client itself (client credentials)."""
        machine = request.client.machine
        if machine is not None and machine.tenant not in await self._tenants.get(None):
            raise GrantNotAllowed(f"The tenant {machine.tenant} is disabled.", field="client_id")
        return self.sign(issue_to_client(request, _now()))

    async def for_exchange(self, request: TokenRequest, presented: str) -> IssuedToken:
        """A token for the subject of a presented one, the client named as acting for them (RFC 8693)."""
        now = _now()  # before anything is looked up: a revocation in between covers what is issued here
        require_grant(request.client, TOKEN_EXCHANGE)
        served = request.client.serves
        verified = self.keys.verify(presented)
        if verified is None or served is None:
            raise SubjectTokenInvalid(
                "The subject token is not an access token signed by this server.", field="subject_token"
            )
        token = claims.subject_token(verified, issuer=self.issuer, audience=self._audiences[served], now=now)
        if await self._revocations.cover(token):
            raise SubjectTokenInvalid("The subject token is revoked.", field="subject_token", fix="Sign in again.")
        user = await self._acting(token)
        if user is None:
            raise SubjectTokenInvalid(f"The user {token.subject} is not known or disabled.", field="subject_token")
        return self.sign(issue_in_exchange(request, token, user, now))

    async def _acting(self, token: SubjectToken) -> User | None:
        if token.subject.startswith("user:"):
            return await self._users.get((token.tenant, token.subject, token.issued_at))
        application = await self._registry.known(token.subject)
        if application is None or application.machine is None or application.machine.tenant != token.tenant:
            return None
        return User(token.tenant, token.subject, application.machine.roles)

    async def asserting_client(self, assertion: str) -> Client:
        """The client that an assertion says it is from; raises unless it is one that may assert."""
        stated = stated_issuer(assertion)
        client = await self.client(stated) if stated in KEYED_CLIENTS else None
        if client is None or client.public_keys is None:
            raise AssertionInvalid("The assertion's iss is no client of this server with a key.", field="assertion")
        return client

    async def for_assertion(self, client: Client, request: TokenRequest, assertion: str) -> IssuedToken:
        """A token for a user whom a client with a key vouches for, once for each assertion (RFC 7523)."""
        now = _now()
        require_grant(client, JWT_BEARER)
        keys = KeySet.import_key_set(cast("KeySetSerialization", client.public_keys))
        verified = verified_claims(assertion, keys)
        if verified is None:
            raise AssertionInvalid(
                "The assertion is not signed with the client's key.",
                field="assertion",
                fix=f"Use {CLI_ASSERTION}.",
            )
        audiences = (self.issuer, self.token_endpoint)
        stated = claims.assertion(verified, client_id=client.client_id, audiences=audiences, now=now)
        issue = issue_to_user(request, await self._asserted_user(stated), now)
        if not await self._repository.use_assertion(client.client_id, stated.assertion_id, stated.expires_at):
            raise AssertionReplayed("The assertion was used before.", field="assertion", fix="Sign a new one.")
        return self.sign(issue)

    async def _asserted_user(self, stated: claims.Assertion) -> User:
        tenant = stated.tenant or await self._operator()
        user = await self._repository.user(tenant, stated.subject)
        if user is None:
            raise AssertionInvalid(f"The user {stated.subject} is not known in {tenant}, or disabled.", field="sub")
        return user

    async def _operator(self) -> str:
        tenant = await self._repository.operator()
        if tenant is None:
            raise AssertionInvalid("No tenant operates this system.", field="tenant", fix="Add the claim tenant.")
        return tenant

    def sign(self, issue: Issue) -> IssuedToken:
        """The signed access token of a decision."""
        token_id = new_id("tok")
        audience = self._audiences[issue.resource]
        token = self.keys.sign(
            claims.access_token_claims(issue, issuer=self.issuer, audience=audience, token_id=token_id)
        )
        scope = " ".join(sorted(issue.scopes))
        logger(__name__).info(
            "token issued",
            token_id=token_id,
            client_id=issue.client_id,
            subject=issue.subject,
            tenant=issue.tenant,
            resource=issue.resource,
            scope=scope,
            actors=issue.actors,
            session=issue.session,
        )
        return IssuedToken(token, scope, issue.expires_at - issue.issued_at)


async def register_clients(settings: Settings, repository: Repository) -> None:
    """Store every client's credentials as hash or public key, from the environment or the key directory."""
    for client_id in CLIENTS:
        if client_id in KEYED_CLIENTS:
            keys = public_keys(settings.keys_dir / CLI_ASSERTION)
            await repository.register(Credentials(client_id, None, keys))
        else:
            secret = settings.client_secret(client_id)
            if len(secret) < _MIN_SECRET_LENGTH:
                raise WeakSecret(
                    f"The secret of {client_id} has fewer than {_MIN_SECRET_LENGTH} characters.",
                    field="client_secret",
                    fix="Use 32 random bytes, e.g. from: openssl rand -base64 32",
                )
            await repository.register(Credentials(client_id, hash_of(secret), None))


def _now() -> int:
    return int(time.time())
