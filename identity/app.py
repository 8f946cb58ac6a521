"""The composition root: everything is wired here, once."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, closing

from authlib.common.security import is_secure_transport
from fastapi import FastAPI

from identity.administration.guards import operator
from identity.administration.routes import Administration, administration_routes
from identity.authorization.endpoint import AuthorizationEndpoint
from identity.authorization.routes import authorization_routes
from identity.clients.documents import ClientDocuments
from identity.clients.guarded_fetch import GuardedFetch, SystemResolver
from identity.clients.registration import ClientRegistration
from identity.clients.registry import ClientRegistry
from identity.clients.repository import ClientRepository
from identity.clients.routes import client_routes
from identity.errors import InsecureIssuer
from identity.families import Families
from identity.grants import Desk
from identity.keys import TOKEN_SIGNING, SigningKeys
from identity.letting import Letting
from identity.metadata import server_metadata
from identity.pages.pages import Pages
from identity.pages.routes import page_routes
from identity.people.people import People
from identity.repository import Repository
from identity.revocations import Revocations
from identity.revoking import Revoker
from identity.routes import identity_routes
from identity.service import TokenIssuer, register_clients
from identity.standing import Standing
from identity.token_routes import token_routes
from identity.upkeep import kept_up
from kernel.auth import TokenVerifier
from kernel.auth.resource import metadata_routes
from kernel.auth.rest import install_error_handlers
from kernel.auth.revocations import Denylist
from kernel.database import Database
from kernel.settings import Settings
from kernel.web import health_routes

ROLE = "promptsales_identity"


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncGenerator[FastAPI]:
    """The ASGI app over an open database, its clients registered, its upkeep going on.

    Raises NotConfigured or KeysUnreadable without keys, InsecureIssuer for a plain http address that is not loopback.
    """
    if not is_secure_transport(settings.issuer):
        raise InsecureIssuer(
            f"{settings.issuer} would carry secrets and tokens in clear.",
            field="PROMPTSALES_IDENTITY_URL",
            fix="Use an https address.",
        )
    keys = SigningKeys.load(settings.key_file(TOKEN_SIGNING))
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.open(settings.role_database_url(ROLE)))
        await register_clients(settings, Repository(database))
        denylist = Denylist(settings)
        verifier = await stack.enter_async_context(
            TokenVerifier(settings, settings.issuer, keys=keys, denylist=denylist)
        )
        revoker = Revoker(database, denylist)
        resolver = stack.enter_context(closing(SystemResolver()))
        documents = ClientDocuments(GuardedFetch(settings, resolve=resolver))
        stack.push_async_callback(documents.close)
        people = await stack.enter_async_context(People.open(settings, database, revoker))
        app = FastAPI(title="PromptSales identity", docs_url=None, redoc_url=None, openapi_url=None)
        _wire(app, settings, database, keys, verifier, revoker, documents, people)
        app.router.routes.extend(metadata_routes(verifier.protected))
        app.router.routes.extend(health_routes("identity", {"database": database.ping, "denylist": denylist.ping}))
        install_error_handlers(app)
        await stack.enter_async_context(kept_up(revoker))
        yield app


def _wire(
    app: FastAPI,
    settings: Settings,
    database: Database,
    keys: SigningKeys,
    verifier: TokenVerifier,
    revoker: Revoker,
    documents: ClientDocuments,
    people: People,
) -> None:
    repository, families, revocations = Repository(database), Families(database), Revocations(database)
    stored_clients = ClientRepository(database)
    registry = ClientRegistry(settings, stored_clients, documents)
    registration = ClientRegistration(stored_clients, revoker.client, dynamic=settings.dynamic_registration)
    issuer = TokenIssuer(settings, keys, repository, registry, revocations)
    letting = Letting(issuer, families, revoker)
    pages = Pages(settings, people.sessions)
    administration = Administration.over(database, settings.issuer, people.passwords, people.attempts, revoker)
    metadata = server_metadata(settings.issuer, registration=settings.dynamic_registration)
    app.include_router(identity_routes(Desk(issuer, letting), metadata))
    app.include_router(token_routes(issuer, Standing(issuer, families, revocations, revoker, repository)))
    app.include_router(authorization_routes(AuthorizationEndpoint(issuer, letting, repository, people.sessions, pages)))
    app.include_router(page_routes(settings, people, pages, registry, revoker, keys, administration.invitations))
    app.include_router(client_routes(registration, operator(verifier, administration.tenants)))
    app.include_router(administration_routes(administration, verifier))
