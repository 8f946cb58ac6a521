"""The sandbox's SQL: one account's rows, in one transaction of the caller."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg.types.json import Jsonb

from kernel.database import Connection
from sandbox.domain import Campaign, LineItem, Message, Notice, Post, Terms

_CAMPAIGNS = """
    SELECT c.*, (SELECT jsonb_agg(to_jsonb(t) ORDER BY t.number) FROM sandbox.campaign_terms t
                 WHERE t.tenant = c.tenant AND t.campaign_id = c.id) AS history
    FROM sandbox.campaigns c WHERE c.tenant = %(account)s
"""
_LOCK = "SELECT 1 AS found FROM sandbox.campaigns WHERE tenant = %(account)s AND id = %(id)s"
_POSTS = """
    SELECT id, channel, title, body, asset_ref, media, published_at FROM sandbox.posts WHERE tenant = %(account)s
"""
_MESSAGES = """
    SELECT id, channel, recipient AS to, subject, body, lead_ref, sent_at FROM sandbox.messages
    WHERE tenant = %(account)s
"""

_UNDER_KEY = """
    (%(key)s::text IS NULL OR EXISTS (SELECT FROM sandbox.effects e WHERE e.tenant = {0}.tenant
                                      AND e.object_id = {0}.id AND e.key = %(key)s))
"""
"""Of a list: whatever a write with that idempotency key made or changed."""


@dataclass(frozen=True, slots=True)
class Effect:
    key: str
    object_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    request_digest: str
    status: int
    body: str


class Repository:
    """Reads and writes of one account; `connection` carries the account as its tenant."""

    def __init__(self, connection: Connection, account: str) -> None:
        self._connection = connection
        self._account = account

    async def claim_key(self, key: str, request_digest: str) -> bool:
        """Whether this transaction is the first with the key; waits for another one that is about to be."""
        cursor = await self._connection.execute(
            """INSERT INTO sandbox.idempotency_keys (tenant, key, request_digest) VALUES (%s, %s, %s)
               ON CONFLICT DO NOTHING""",
            (self._account, key, request_digest),
        )
        return cursor.rowcount == 1

    async def keep_answer(self, key: str, status: int, body: str) -> None:
        """Store the answer beside the effect, for whoever comes back with the key."""
        await self._connection.execute(
            "UPDATE sandbox.idempotency_keys SET status = %s, body = %s WHERE tenant = %s AND key = %s",
            (status, body, self._account, key),
        )

    async def kept_answer(self, key: str) -> KeptAnswer:
        """The answer stored under a key that is known to be taken."""
        rows = await self._rows(
            """SELECT request_digest, status, body FROM sandbox.idempotency_keys
               WHERE tenant = %(account)s AND key = %(key)s""",
            key=key,
        )
        return KeptAnswer(**rows[0])

    async def add_effect(self, key: str, object_id: str, at: datetime) -> None:
        """Enter a change into the journal, beside the change."""
        await self._connection.execute(
            "INSERT INTO sandbox.effects (tenant, key, object_id, at) VALUES (%s, %s, %s, %s)",
            (self._account, key, object_id, at),
        )

    async def effects(self, key: str | None) -> list[Effect]:
        """The journal, of one key or of all."""
        rows = await self._rows(
            """SELECT key, object_id, at FROM sandbox.effects
               WHERE tenant = %(account)s AND (%(key)s::text IS NULL OR key = %(key)s) ORDER BY id""",
            key=key,
        )
        return [Effect(**row) for row in rows]

    async def add_campaign(self, campaign: Campaign) -> None:
        await self._connection.execute(
            """INSERT INTO sandbox.campaigns (tenant, id, name, objective, start_date, end_date, currency,
                                              external_ref, launched_at, seconds_per_day)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            (
                self._account,
                campaign.id,
                campaign.name,
                campaign.objective,
                campaign.start,
                campaign.end,
                campaign.currency,
                campaign.external_ref,
                campaign.launched_at,
                campaign.seconds_per_day,
            ),
        )
        await self.add_terms(campaign, known=0)

    async def add_terms(self, campaign: Campaign, *, known: int) -> None:
        """Store the terms of a campaign beyond the first `known`."""
        for number, terms in enumerate(campaign.history[known:], start=known):
            await self._connection.execute(
                """INSERT INTO sandbox.campaign_terms (tenant, campaign_id, number, from_day, paused, line_items)
                   VALUES (%s, %s, %s, %s, %s, %s)""",
                (
                    self._account,
                    campaign.id,
                    number,
                    terms.from_day,
                    terms.paused,
                    Jsonb([_line_as_json(line) for line in terms.line_items]),
                ),
            )

    async def lock_campaign(self, campaign_id: str, *, shared: bool = False) -> bool:
        """Keep a campaign's terms as they are (`shared`), or to oneself, until the transaction ends.

        Asking the clock after this makes what a reader saw of a day final: no change that comes later claims that day.
        """
        strength = "SHARE" if shared else "NO KEY UPDATE"
        return bool(await self._rows(f"{_LOCK} FOR {strength}", id=campaign_id))

    async def campaign(self, campaign_id: str) -> Campaign | None:
        rows = await self._rows(f"{_CAMPAIGNS} AND c.id = %(id)s", id=campaign_id)
        return _campaign(rows[0]) if rows else None

    async def campaigns(self, *, external_ref: str | None, key: str | None, after: str, limit: int) -> list[Campaign]:
        """A page in the order of ids, which is the order of launch."""
        rows = await self._rows(
            f"""{_CAMPAIGNS} AND c.id > %(after)s AND (%(ref)s::text IS NULL OR c.external_ref = %(ref)s)
                AND {_UNDER_KEY.format("c")} ORDER BY c.id LIMIT %(limit)s""",
            after=after,
            ref=external_ref,
            key=key,
            limit=limit,
        )
        return [_campaign(row) for row in rows]

    async def add_post(self, post: Post) -> None:
        await self._connection.execute(
            """INSERT INTO sandbox.posts (tenant, id, channel, title, body, asset_ref, media, published_at)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
            (
                self._account,
                post.id,
                post.channel,
                post.title,
                post.body,
                post.asset_ref,
                Jsonb(post.media),
                post.published_at,
            ),
        )

    async def delete_post(self, post_id: str) -> None:
        await self._connection.execute(
            "DELETE FROM sandbox.posts WHERE tenant = %s AND id = %s", (self._account, post_id)
        )

    async def post(self, post_id: str) -> Post | None:
        rows = await self._rows(f"{_POSTS} AND id = %(id)s", id=post_id)
        return Post(**rows[0]) if rows else None

    async def posts(self, *, asset_ref: str | None, key: str | None, after: str, limit: int) -> list[Post]:
        rows = await self._rows(
            f"""{_POSTS} AND id > %(after)s AND (%(ref)s::text IS NULL OR asset_ref = %(ref)s)
                AND {_UNDER_KEY.format("posts")} ORDER BY id LIMIT %(limit)s""",
            after=after,
            ref=asset_ref,
            key=key,
            limit=limit,
        )
        return [Post(**row) for row in rows]

    async def add_message(self, message: Message) -> None:
        await self._connection.execute(
            """INSERT INTO sandbox.messages (tenant, id, channel, recipient, subject, body, lead_ref, sent_at)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
            (
                self._account,
                message.id,
                message.channel,
                message.to,
                message.subject,
                message.body,
                message.lead_ref,
                message.sent_at,
            ),
        )

    async def message(self, message_id: str) -> Message | None:
        rows = await self._rows(f"{_MESSAGES} AND id = %(id)s", id=message_id)
        return Message(**rows[0]) if rows else None

    async def messages(self, *, lead_ref: str | None, key: str | None, after: str, limit: int) -> list[Message]:
        rows = await self._rows(
            f"""{_MESSAGES} AND id > %(after)s AND (%(ref)s::text IS NULL OR lead_ref = %(ref)s)
                AND {_UNDER_KEY.format("messages")} ORDER BY id LIMIT %(limit)s""",
            after=after,
            ref=lead_ref,
            key=key,
            limit=limit,
        )
        return [Message(**row) for row in rows]

    async def add_notice(self, notice: Notice) -> None:
        await self._connection.execute(
            """INSERT INTO sandbox.notices (tenant, id, event, action_id, title, text, language, url, readers,
                                            occurred_at, received_at)
               VALUES (%(account)s, %(id)s, %(event)s, %(action_id)s, %(title)s, %(text)s, %(language)s, %(url)s,
                       %(readers)s, %(occurred_at)s, %(received_at)s)""",
            {"account": self._account, **asdict(notice)},
        )

    async def notices(self, *, action_id: str | None, after: str, limit: int) -> list[Notice]:
        rows = await self._rows(
            """SELECT id, event, action_id, title, text, language, url, readers, occurred_at, received_at
               FROM sandbox.notices
               WHERE tenant = %(account)s AND id > %(after)s AND (%(action)s::text IS NULL OR action_id = %(action)s)
               ORDER BY id LIMIT %(limit)s""",
            after=after,
            action=action_id,
            limit=limit,
        )
        return [Notice(**row) for row in rows]

    async def counts(self) -> dict[str, int]:
        """How many campaigns, posts, messages and idempotency keys the account has."""
        rows = await self._rows(
            """SELECT (SELECT count(*) FROM sandbox.campaigns WHERE tenant = %(account)s) AS campaigns,
                      (SELECT count(*) FROM sandbox.posts WHERE tenant = %(account)s) AS posts,
                      (SELECT count(*) FROM sandbox.messages WHERE tenant = %(account)s) AS messages,
                      (SELECT count(*) FROM sandbox.idempotency_keys WHERE tenant = %(account)s) AS idempotency_keys"""
        )
        return rows[0]

    async def _rows(self, query: str, **values: object) -> list[dict[str, Any]]:
        cursor = await self._connection.execute(query.encode(), {"account": self._account, **values})
        return await cursor.fetchall()


def _line_as_json(line: LineItem) -> dict[str, str]:
    return {
        "platform": line.platform,
        "channel": line.channel,
        "country": line.country,
        "region": line.region,
        "audience": line.audience,
        "budget": str(line.budget),
    }


def _campaign(row: dict[str, Any]) -> Campaign:
    return Campaign(
        id=row["id"],
        name=row["name"],
        objective=row["objective"],
        start=row["start_date"],
        end=row["end_date"],
        currency=row["currency"],
        external_ref=row["external_ref"],
        launched_at=row["launched_at"],
        seconds_per_day=row["seconds_per_day"],
        history=tuple(_terms(terms) for terms in row["history"]),
    )


def _terms(row: dict[str, Any]) -> Terms:
    return Terms(row["from_day"], row["paused"], tuple(_line_item(line) for line in row["line_items"]))


def _line_item(line: dict[str, Any]) -> LineItem:
    return LineItem(
        platform=line["platform"],
        channel=line["channel"],
        country=line["country"],
        region=line["region"],
        audience=line["audience"],
        budget=Decimal(line["budget"]),
    )
