from collections.abc import Mapping
from pathlib import Path
from typing import cast

import httpx2
import pytest
from fastapi import FastAPI

from identity.clients.client import Client
from identity.clients.registry import ClientRegistry
from identity.families import Families
from identity.grants import Desk
from identity.keys import TOKEN_SIGNING, SigningKeys, initialise
from identity.letting import Letting
from identity.metadata import server_metadata
from identity.repository import Repository
from identity.revocations import Revocations
from identity.revoking import Revoker
from identity.routes import identity_routes
from identity.service import TokenIssuer
from kernel.auth.revocations import Denylist
from kernel.database import Database, DatabaseUnavailable
from kernel.settings import Settings


class SilentRegistry(ClientRegistry):
    """A registry whose database does not answer."""

    def __init__(self) -> None:
        """There is nothing to connect to."""

    async def find(self, client_id: str) -> Client | None:
        raise DatabaseUnavailable(ConnectionRefusedError())


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    settings = Settings(data_dir=tmp_path)
    initialise(settings.keys_dir)
    keys = SigningKeys.load(settings.key_file(TOKEN_SIGNING))
    database = cast("Database", None)  # nothing gets as far as asking it
    issuer = TokenIssuer(settings, keys, Repository(database), SilentRegistry(), Revocations(database))
    letting = Letting(issuer, Families(database), Revoker(database, Denylist(settings)))
    app = FastAPI()
    app.include_router(identity_routes(Desk(issuer, letting), server_metadata(settings.issuer, registration=False)))
    return app


async def test_unreachable_database_is_said_and_nothing_is_issued(app: FastAPI) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1") as http:
        response = await http.post("/oauth/token", data={"grant_type": "client_credentials", "client_id": "executor"})

    body: Mapping[str, str] = response.json()
    assert (response.status_code, body["error"]) == (503, "temporarily_unavailable")
    assert response.headers["retry-after"] == "1"


async def test_keys_are_published_without_the_database(app: FastAPI) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1") as http:
        assert (await http.get("/.well-known/jwks.json")).status_code == 200
