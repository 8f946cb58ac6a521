"""The sandbox's use cases, one transaction each.

A write keeps its answer under its idempotency key, in the transaction of its effect: both happen, or neither does.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kernel.clock import now
from kernel.database import Database
from kernel.ids import new_id
from kernel.money import Money
from sandbox.domain import Campaign, Message, Notice, Post, Terms, check_flight, check_line_items, misreported
from sandbox.errors import CampaignNotFound, IdempotencyKeyReused, MessageNotFound, PostNotFound
from sandbox.faults import FaultKind
from sandbox.kinds import Kind
from sandbox.repository import Repository
from sandbox.schemas import (
    Answer,
    BudgetOrder,
    CampaignOrder,
    CampaignPage,
    CampaignView,
    InsightRow,
    Insights,
    MessageOrder,
    MessagePage,
    MessageView,
    NoticeOrder,
    NoticePage,
    NoticeView,
    PostOrder,
    PostPage,
    PostView,
)
from sandbox.settings import SandboxSettings
from sandbox.simulation import deliver, spend_by_line

Effect = Callable[[Repository], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Write:
    """A request to change something, once."""

    account: str
    key: str
    request_digest: str
    fault: FaultKind | None = None
    kind: Kind = "honouring"

    @property
    def lies(self) -> bool:
        return self.fault == "lie" or self.kind == "lying"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer as it goes over the wire, byte for byte the same when replayed."""

    status: int
    body: str
    replayed: bool = False


class Sandbox:
    def __init__(self, database: Database, settings: SandboxSettings, *, clock: Callable[[], datetime] = now) -> None:
        self._database = database
        self._seconds_per_day = settings.seconds_per_day
        self._clock = clock

    async def launch(self, write: Write, order: CampaignOrder) -> Outcome:
        """A new campaign that spends at once. A lie books every budget a tenth higher than it says."""
        check_flight(order.start, order.end)
        lines = tuple(line.as_domain() for line in order.line_items)
        check_line_items(lines, Money.parse(order.budget, order.currency))

        async def effect(repository: Repository) -> Answer:
            campaign = Campaign(
                id=new_id("ad"),
                name=order.name,
                objective=order.objective,
                start=order.start,
                end=order.end,
                currency=order.currency,
                external_ref=order.external_ref,
                launched_at=self._clock(),
                seconds_per_day=self._seconds_per_day,
                history=(Terms(0, paused=False, line_items=lines),),
            )
            await repository.add_campaign(misreported(campaign) if write.lies else campaign)
            await repository.add_effect(write.key, campaign.id, campaign.launched_at)
            return CampaignView.of(campaign, campaign.launched_at)

        return await self._once(write, effect, status=201)

    async def pause(self, write: Write, campaign_id: str) -> Outcome:
        """No spend from the next simulated day on; a paused campaign stays as it is."""
        return await self._change(write, campaign_id, Campaign.paused)

    async def resume(self, write: Write, campaign_id: str) -> Outcome:
        """Spend again from the next simulated day on; an active campaign stays as it is."""
        return await self._change(write, campaign_id, Campaign.resumed)

    async def rebudget(self, write: Write, campaign_id: str, order: BudgetOrder) -> Outcome:
        """Another budget for the whole flight, from the next simulated day on."""
        lines = [line.as_domain() for line in order.line_items] if order.line_items else None

        def change(campaign: Campaign, at: datetime) -> Campaign:
            budget = Money.parse(order.budget, campaign.currency).amount
            spent = spend_by_line(campaign, campaign.days_reported(at))
            return campaign.rebudgeted(at, budget, lines, spent)

        return await self._change(write, campaign_id, change)

    async def _change(
        self, write: Write, campaign_id: str, change: Callable[[Campaign, datetime], Campaign]
    ) -> Outcome:
        async def effect(repository: Repository) -> Answer:
            await repository.lock_campaign(campaign_id)
            campaign = _found(await repository.campaign(campaign_id), campaign_id)
            at = self._clock()
            changed = change(campaign, at)
            if not write.lies:
                await repository.add_terms(changed, known=len(campaign.history))
                await repository.add_effect(write.key, campaign_id, at)
            return CampaignView.of(changed, at)

        return await self._once(write, effect)

    async def campaign(self, account: str, campaign_id: str) -> CampaignView:
        async with self._database.transaction(account) as connection:
            campaign = await Repository(connection, account).campaign(campaign_id)
        return CampaignView.of(_found(campaign, campaign_id), self._clock())

    async def campaigns(
        self, account: str, *, external_ref: str | None, key: str | None, after: str, limit: int
    ) -> CampaignPage:
        """A page; with `key`, of what writes under that idempotency key launched or changed."""
        async with self._database.transaction(account) as connection:
            campaigns = await Repository(connection, account).campaigns(
                external_ref=external_ref, key=key, after=after, limit=limit
            )
        at = self._clock()
        items = [CampaignView.of(campaign, at) for campaign in campaigns]
        return CampaignPage(items=items, cursor=items[-1].id if len(items) == limit else None)

    async def insights(self, account: str, campaign_id: str, after: date | None) -> Insights:
        """The days reported after a date, all of them without one. A reported day is final."""
        async with self._database.transaction(account) as connection:
            repository = Repository(connection, account)
            await repository.lock_campaign(campaign_id, shared=True)
            campaign = _found(await repository.campaign(campaign_id), campaign_id)
            days = campaign.days_reported(self._clock())
        rows = [row for row in deliver(campaign, days) if after is None or row.date > after]
        return Insights(
            campaign_id=campaign.id,
            rows=[InsightRow.of(row) for row in rows],
            cursor=(campaign.start + timedelta(days=days - 1)).isoformat(),
            complete=days == campaign.flight_days,
        )

    async def publish(self, write: Write, order: PostOrder) -> Outcome:
        """A new post. A lie publishes nothing."""

        async def effect(repository: Repository) -> Answer:
            post = Post(
                new_id("post"), order.channel, order.title, order.body, order.asset_ref, order.media, self._clock()
            )
            if not write.lies:
                await repository.add_post(post)
                await repository.add_effect(write.key, post.id, post.published_at)
            return PostView.of(post)

        return await self._once(write, effect, status=201)

    async def delete_post(self, write: Write, post_id: str) -> Outcome:
        """Take a post down; from then on it is not found."""

        async def effect(repository: Repository) -> Answer:
            post = await repository.post(post_id)
            if post is None:
                raise _post_not_found(post_id)
            if not write.lies:
                await repository.delete_post(post_id)
                await repository.add_effect(write.key, post_id, self._clock())
            return PostView.of(post, "deleted")

        return await self._once(write, effect)

    async def post(self, account: str, post_id: str) -> PostView:
        async with self._database.transaction(account) as connection:
            post = await Repository(connection, account).post(post_id)
        if post is None:
            raise _post_not_found(post_id)
        return PostView.of(post)

    async def posts(self, account: str, *, asset_ref: str | None, key: str | None, after: str, limit: int) -> PostPage:
        async with self._database.transaction(account) as connection:
            posts = await Repository(connection, account).posts(asset_ref=asset_ref, key=key, after=after, limit=limit)
        return PostPage(items=[PostView.of(post) for post in posts], cursor=_cursor(posts, limit))

    async def send(self, write: Write, order: MessageOrder) -> Outcome:
        """A message to one recipient. A lie sends nothing."""
        order.check_recipient()

        async def effect(repository: Repository) -> Answer:
            message = Message(
                new_id("msg"), order.channel, order.to, order.subject, order.body, order.lead_ref, self._clock()
            )
            if not write.lies:
                await repository.add_message(message)
                await repository.add_effect(write.key, message.id, message.sent_at)
            return MessageView.of(message)

        return await self._once(write, effect, status=201)

    async def message(self, account: str, message_id: str) -> MessageView:
        async with self._database.transaction(account) as connection:
            message = await Repository(connection, account).message(message_id)
        if message is None:
            raise MessageNotFound(f"There is no message {message_id}.", fix="See GET /messenger/messages.")
        return MessageView.of(message)

    async def messages(
        self, account: str, *, lead_ref: str | None, key: str | None, after: str, limit: int
    ) -> MessagePage:
        async with self._database.transaction(account) as connection:
            messages = await Repository(connection, account).messages(
                lead_ref=lead_ref, key=key, after=after, limit=limit
            )
        return MessagePage(items=[MessageView.of(message) for message in messages], cursor=_cursor(messages, limit))

    async def receive(self, write: Write, order: NoticeOrder) -> Outcome:
        """A notice for somebody. A lie keeps nothing."""

        async def effect(repository: Repository) -> Answer:
            notice = Notice(id=new_id("ntf"), received_at=self._clock(), **order.model_dump())
            if not write.lies:
                await repository.add_notice(notice)
            return NoticeView.of(notice)

        return await self._once(write, effect, status=201)

    async def inbox(self, account: str, *, action_id: str | None, after: str, limit: int) -> NoticePage:
        async with self._database.transaction(account) as connection:
            notices = await Repository(connection, account).notices(action_id=action_id, after=after, limit=limit)
        return NoticePage(items=[NoticeView.of(notice) for notice in notices], cursor=_cursor(notices, limit))

    async def _once(self, write: Write, effect: Effect, *, status: int = 200) -> Outcome:
        """Run an effect under its key, or give the answer that the key had. A refused request uses no key up."""
        async with self._database.transaction(write.account) as connection:
            repository = Repository(connection, write.account)
            if write.kind == "forgetful":
                return Outcome(status, (await effect(repository)).model_dump_json())
            if await repository.claim_key(write.key, write.request_digest):
                body = (await effect(repository)).model_dump_json()
                await repository.keep_answer(write.key, status, body)
                return Outcome(status, body)
            kept = await repository.kept_answer(write.key)
        if kept.request_digest != write.request_digest:
            raise IdempotencyKeyReused(
                "This idempotency key was used for another request.",
                field="Idempotency-Key",
                fix="Use a new key for a new request, or repeat the first request unchanged.",
            )
        return Outcome(kept.status, kept.body, replayed=True)


def _found(campaign: Campaign | None, campaign_id: str) -> Campaign:
    if campaign is None:
        raise CampaignNotFound(f"There is no campaign {campaign_id}.", fix="See GET /ads/campaigns.")
    return campaign


def _post_not_found(post_id: str) -> PostNotFound:
    return PostNotFound(f"There is no post {post_id}.", fix="See GET /publisher/posts.")


def _cursor(page: list[Post] | list[Message] | list[Notice], limit: int) -> str | None:
    return page[-1].id if len(page) == limit else None
