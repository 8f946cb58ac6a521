"""Callers of the REST API, each with a real token."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from identity.keys import SigningKeys
from kernel.auth import Role, TokenClient
from kernel.ids import new_id
from kernel.settings import Settings
from tests.integration.approvals.outside import prepared

VIEW = {
    "id", "server", "tool", "args", "status", "revision", "digest", "summary", "exposure", "reversible", "evidence",
    "proposer", "actors", "provenance", "compensates", "policy_version", "tier", "approver_roles", "automatic",
    "required_approvals", "approvals", "decisions", "created_at", "expires_at", "decided_at", "dispatch_after",
    "broke_glass", "finished_at", "url", "receipt", "reason", "client", "campaign_id", "warnings",
}  # fmt: skip


@dataclass(frozen=True)
class Callers:
    settings: Settings
    http: httpx2.AsyncClient
    signing: SigningKeys
    cli: TokenClient
    ads: TokenClient

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: Settings, http: httpx2.AsyncClient, signing: SigningKeys
    ) -> "AsyncGenerator[Callers]":
        async with TokenClient(settings, "cli") as cli, TokenClient(settings, "ads") as ads:
            yield cls(settings, http, signing, cli, ads)

    async def person(self, role: Role) -> dict[str, str]:
        """Headers of a demo user at a command line."""
        return _headers(await self.cli.assertion(role, "approvals"))

    async def server(self, role: Role = "marketer") -> dict[str, str]:
        """Headers of the ads server acting for a demo user."""
        at_ads = await self.cli.assertion(role, "ads")
        return _headers(await self.ads.exchange(at_ads, "approvals", ["actions:propose"]))

    def forged(self, **claims: Any) -> dict[str, str]:
        """Headers of a token that the issuer's key signed, with any claims."""
        now = int(time.time())
        standard: dict[str, Any] = {
            "iss": self.settings.issuer,
            "sub": "user:reviewer",
            "aud": self.settings.audience("approvals"),
            "scope": "approvals:read approvals:decide",
            "tenant": "solid-demo",
            "roles": ["reviewer"],
            "client_id": "cli",
            "jti": new_id("tok"),
            "iat": now,
            "exp": now + 300,
        }
        return _headers(self.signing.sign(standard | claims))

    async def propose(self, *, role: Role = "marketer", key: str | None = None, **changed: Any) -> httpx2.Response:
        body = prepared("1200") | changed
        if key:
            body["idempotency_key"] = key
        return await self.http.post("/v1/actions", json=body, headers=await self.server(role))

    async def proposed(self, **changed: Any) -> dict[str, Any]:
        response = await self.propose(**changed)
        assert response.status_code == 201, response.text
        return response.json()

    async def post(self, path: str, headers: dict[str, str], **body: Any) -> httpx2.Response:
        return await self.http.post(f"/v1/actions/{path}", json=body, headers=headers)

    async def get(self, path: str, headers: dict[str, str], **query: Any) -> httpx2.Response:
        return await self.http.get(path, params=query, headers=headers)

    async def decide(self, verb: str, action: dict[str, Any], role: Role = "reviewer", **body: Any) -> httpx2.Response:
        fields = {"revision": action["revision"], "reason": "Looked at it."} | body
        return await self.post(f"{action['id']}/{verb}", await self.person(role), **fields)


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def problem_of(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The problem details of a refusal, which has this status and this code."""
    assert (response.status_code, response.json().get("code")) == (status, code), response.text
    assert response.headers["content-type"] == "application/problem+json"
    return response.json()
