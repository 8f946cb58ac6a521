"""Notices in the sandbox's inbox: where they go while no channel is configured."""

import httpx2

from approvals.notices import texts
from approvals.notices.errors import NotDelivered
from approvals.notices.notice import Language, Notice
from kernel.settings import NotConfigured, Settings


class InboxSender:
    def __init__(self, settings: Settings, language: Language, http: httpx2.AsyncClient) -> None:
        self._settings = settings
        self._language: Language = language
        self._http = http

    async def send(self, notice: Notice, url: str) -> None:
        body = {
            "event": notice.event,
            "action_id": notice.action_id,
            "title": texts.title(notice, self._language),
            "text": texts.text(notice, url, self._language),
            "language": self._language,
            "url": url,
            "readers": list(notice.readers),
            "occurred_at": notice.at.isoformat(),
        }
        try:
            headers = {
                "Authorization": f"Bearer {self._settings.client_secret('sandbox')}",
                "X-Account": notice.tenant,
                "Idempotency-Key": notice.id,
            }
            response = await self._http.post(
                f"{self._settings.url('sandbox')}/inbox/messages", json=body, headers=headers
            )
        except (httpx2.HTTPError, NotConfigured) as error:
            raise NotDelivered(f"the sandbox does not answer: {type(error).__name__}") from error
        if response.status_code != 201:
            raise NotDelivered(f"the sandbox answered {response.status_code}")
