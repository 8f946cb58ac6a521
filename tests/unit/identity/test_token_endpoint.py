from collections.abc import Mapping
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from identity.keys import TOKEN_SIGNING, SigningKeys, initialise
from identity.repository import Credentials, Repository
from identity.routes import identity_routes
from identity.service import TokenIssuer
from kernel.database import DatabaseUnavailable
from kernel.settings import Settings


class SilentDatabase(Repository):
    """A repository whose database does not answer."""

    def __init__(self) -> None:
        """There is nothing to connect to."""

    async def clients(self) -> dict[str, Credentials]:
        raise DatabaseUnavailable(ConnectionRefusedError())


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    settings = Settings(data_dir=tmp_path)
    initialise(settings.keys_dir)
    keys = SigningKeys.load(settings.key_file(TOKEN_SIGNING))
    app = FastAPI()
    app.include_router(identity_routes(TokenIssuer(settings, keys, SilentDatabase()), keys))
    return app


async def test_unreachable_database_is_said_and_nothing_is_issued(app: FastAPI) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1") as http:
        response = await http.post("/oauth/token", data={"grant_type": "client_credentials"})

    body: Mapping[str, str] = response.json()
    assert (response.status_code, body["error"]) == (503, "temporarily_unavailable")
    assert response.headers["retry-after"] == "1"


async def test_keys_are_published_without_the_database(app: FastAPI) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1") as http:
        assert (await http.get("/.well-known/jwks.json")).status_code == 200
