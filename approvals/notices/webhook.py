"""Notices as signed HTTP requests.

`X-PromptSales-Signature: t=<unix>,v1=<hex>` is the HMAC-SHA256, under the channel's secret, of `<t>.` and the body
as it was sent. A receiver compares it in constant time, refuses an old `t`, and knows a repetition by its
`X-PromptSales-Id`.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime

import httpx2

from approvals.notices import texts
from approvals.notices.errors import NotDelivered
from approvals.notices.notice import Notice
from approvals.notices.settings import WebhookChannel
from kernel.clock import now

_GONE = 410


class WebhookSender:
    def __init__(
        self,
        channel: WebhookChannel,
        secret: str,
        http: httpx2.AsyncClient,
        *,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """`http` follows no redirects and has the channel's timeout."""
        self._channel = channel
        self._secret = secret
        self._http = http
        self._clock = clock

    async def send(self, notice: Notice, url: str) -> None:
        body = self._body(notice, url)
        headers = {
            "Content-Type": "application/json",
            "X-PromptSales-Id": notice.id,
            "X-PromptSales-Event": notice.event,
            "X-PromptSales-Signature": signature(self._secret, int(self._clock().timestamp()), body),
        }
        try:
            async with self._http.stream("POST", self._channel.url, content=body, headers=headers) as response:
                status = response.status_code  # what else it says is nobody's business here
        except httpx2.HTTPError as error:
            raise NotDelivered(f"the receiver did not answer: {type(error).__name__}") from error
        if not 200 <= status < 300:
            raise NotDelivered(f"the receiver answered {status}", final=status == _GONE)

    def _body(self, notice: Notice, url: str) -> bytes:
        language = self._channel.language
        document = {
            "id": notice.id,
            "event": notice.event,
            "tenant": notice.tenant,
            "seq": notice.seq,
            "at": notice.at.isoformat(),
            "action_id": notice.action_id,
            "revision": notice.revision,
            "title": texts.title(notice, language),
            "summary": notice.summary,
            "url": url,
            "for": list(notice.readers),
            "proposer": notice.proposer,
            "language": language,
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The header's value."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"
