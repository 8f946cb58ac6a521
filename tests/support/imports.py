"""CSV files sent to the import routes of a context, in this process, as a marketer of any tenant."""

from collections.abc import Callable, Sequence
from typing import cast

import httpx2
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from kernel.auth import Principal, TokenVerifier
from kernel.database import Database
from tests.support.identity import caller

METRICS_HEADER = (
    "date,campaign_id,campaign_name,client,product,platform,channel,country,region,audience,currency,spend,impressions,"
    "reach,clicks,conversions"
)
Routes = Callable[[Database, TokenVerifier], Sequence[BaseRoute]]


class _Trusting:
    """A verifier that takes everybody for one marketer."""

    protected = None

    def __init__(self, tenant: str) -> None:
        self._principal = caller(tenant, scopes=("ads:write", "crm:write"))

    async def verify(self, token: str) -> Principal:
        return self._principal


async def post_csv(
    routes: Routes, database: Database, tenant: str, kind: str, content: bytes, **params: str
) -> httpx2.Response:
    """The answer to `POST /v1/imports/{kind}` with a file."""
    app = Starlette(routes=routes(database, cast("TokenVerifier", _Trusting(tenant))))
    headers = {"Authorization": "Bearer any", "Content-Type": "text/csv"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://context") as http:
        return await http.post(f"/v1/imports/{kind}", content=content, headers=headers, params=params)
