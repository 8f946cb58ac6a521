"""The composition root: everything is wired here, once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from authlib.common.security import is_secure_transport
from fastapi import FastAPI

from identity.errors import InsecureIssuer
from identity.keys import TOKEN_SIGNING, SigningKeys
from identity.repository import Repository
from identity.routes import identity_routes
from identity.service import TokenIssuer, register_clients
from kernel.auth.rest import install_error_handlers
from kernel.database import Database
from kernel.settings import Settings
from kernel.web import health_routes

ROLE = "promptsales_identity"


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncGenerator[FastAPI]:
    """The ASGI app over an open database, its clients registered.

    Raises NotConfigured or KeysUnreadable without keys, InsecureIssuer for a plain http address that is not loopback.
    """
    if not is_secure_transport(settings.issuer):
        raise InsecureIssuer(
            f"{settings.issuer} would carry secrets and tokens in clear.",
            field="PROMPTSALES_IDENTITY_URL",
            fix="Use an https address.",
        )
    keys = SigningKeys.load(settings.key_file(TOKEN_SIGNING))
    async with Database.open(settings.role_database_url(ROLE)) as database:
        repository = Repository(database)
        await register_clients(settings, repository)
        app = FastAPI(title="PromptSales identity", docs_url=None, redoc_url=None, openapi_url=None)
        app.include_router(identity_routes(TokenIssuer(settings, keys, repository), keys))
        app.router.routes.extend(health_routes("identity", {"database": database.ping}))
        install_error_handlers(app)
        yield app
