"""The sandbox's publisher: simulated posts in a process of its own. Nothing leaves the system."""

from typing import Any, cast

import httpx2

from kernel.settings import Settings
from mcp_servers.content.errors import PublisherRefused, PublisherUnavailable
from mcp_servers.content.platforms.port import LivePost, Post

_RETRYABLE = frozenset({408, 425, 429})
_POSTS = "/publisher/posts"


class SandboxPublisher:
    """A `Publisher`."""

    name = "sandbox-publisher"
    sandbox = True

    def __init__(self, settings: Settings, http: httpx2.AsyncClient, *, honours_idempotency: bool = True) -> None:
        self.honours_idempotency: bool = honours_idempotency
        self._base = settings.url("sandbox")
        self._key = settings.client_secret("sandbox")
        self._http = http

    def account(self, tenant: str) -> str:
        return f"{self.name}:{tenant}"

    async def publish(self, tenant: str, key: str, post: Post) -> LivePost:
        order = {
            "channel": post.channel,
            "title": post.title,
            "body": post.body,
            "asset_ref": post.asset_ref,
            "media": {"platform": post.platform, "call_to_action": post.call_to_action},
        }
        response = await self._call("POST", _POSTS, tenant, order, {"Idempotency-Key": key})
        return _live(self._answer(response))

    async def read(self, tenant: str, post_id: str) -> LivePost | None:
        response = await self._call("GET", f"{_POSTS}/{post_id}", tenant)
        return None if response.status_code == 404 else _live(self._answer(response))

    async def find(self, tenant: str, key: str) -> LivePost | None:
        response = await self._call("GET", _POSTS, tenant, query={"idempotency_key": key})
        return next((_live(item) for item in self._answer(response)["items"]), None)

    async def _call(
        self,
        method: str,
        path: str,
        tenant: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
    ) -> httpx2.Response:
        sent = {"Authorization": f"Bearer {self._key}", "X-Account": self.account(tenant), **(headers or {})}
        try:
            response = await self._http.request(method, f"{self._base}{path}", json=body, headers=sent, params=query)
        except httpx2.HTTPError as error:
            raise PublisherUnavailable(f"The publisher does not answer ({type(error).__name__}).") from error
        if response.status_code in _RETRYABLE or response.status_code >= 500:
            raise PublisherUnavailable(f"The publisher answered {response.status_code}.")
        return response

    def _answer(self, response: httpx2.Response) -> dict[str, Any]:
        try:
            answer = cast("dict[str, Any]", response.json())
        except ValueError as error:
            raise PublisherUnavailable("The publisher's answer is not JSON.") from error
        if not response.is_success:
            raise PublisherRefused(f"The publisher refused: {answer.get('detail', response.status_code)}")
        return answer


def _live(answer: dict[str, Any]) -> LivePost:
    media = cast("dict[str, object]", answer.get("media") or {})
    fields = {name: answer.get(name) for name in ("channel", "title", "body", "asset_ref")}
    more = {name: media.get(name) for name in ("platform", "call_to_action")}
    return LivePost(str(answer["id"]), str(answer["url"]), {**fields, **more})
