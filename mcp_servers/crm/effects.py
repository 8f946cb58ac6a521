"""The gated effect of PromptCrm: a message to a lead."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from kernel.auth import Scope
from kernel.clock import now
from kernel.database import Connection, Database
from kernel.gate import (
    Applied,
    Evidence,
    Execution,
    Exposure,
    GatedTool,
    Preparation,
    Provenance,
    UntrustedInput,
)
from kernel.ids import stable_id
from mcp_servers.crm import message_repository
from mcp_servers.crm.domain import Interaction, Language, Lead, MessageChannel, masked
from mcp_servers.crm.messages import Message, address, check_form, sms_segments
from mcp_servers.crm.platforms.port import Messenger, SentMessage
from mcp_servers.crm.repository import Repository
from mcp_servers.crm.schemas import Body, Subject

_NAMES: dict[MessageChannel, str] = {"email": "an e-mail", "sms": "an SMS", "whatsapp": "a WhatsApp message"}


class SendMessageArgs(BaseModel):
    """The whole message, so that what is approved is what is sent. The address is the lead's own."""

    model_config = ConfigDict(extra="forbid")

    lead_id: str
    channel: MessageChannel
    subject: Subject | None = None
    body: Body
    language: Language


class SendMessage(GatedTool[SendMessageArgs]):
    name = "send_message"
    args = SendMessageArgs
    scopes: tuple[Scope, ...] = ("crm:write",)

    def __init__(self, database: Database, messenger: Messenger) -> None:
        self._database = database
        self._messenger = messenger

    @property
    def retry_safe(self) -> bool:
        return self._messenger.honours_idempotency

    async def prepare(self, tenant: str, args: SendMessageArgs) -> Preparation:
        check_form(args.channel, args.subject, args.body)
        lead, wrote = await self._lead(tenant, args.lead_id)
        to = address(lead, args.channel)
        about = f"“{args.subject}”" if args.subject else f"{len(args.body)} characters"
        state = {
            "lead_id": lead.id,
            "client": lead.client,
            "status": lead.status,
            "to": to,
            "consent_at": lead.consent.at,
        }
        return Preparation(
            target_account=self._messenger.account(tenant),
            target_state=state,
            target={**state, "to": masked(to)},
            summary=(
                f"Send {_NAMES[args.channel]} for {lead.client} to the lead {lead.id} ({masked(to)}, {lead.country}): "
                f"{about}."
            ),
            exposure=Exposure(recipients=1, countries=[lead.country], client=lead.client, campaign_id=lead.campaign_id),
            reversible=False,
            evidence=_evidence(lead, args),
            provenance=Provenance(untrusted=[_words_of(lead)] if wrote else []),
        )

    async def effect(self, execution: Execution, args: SendMessageArgs) -> Applied:
        message = await self._order(execution, args)
        message_id = await self._messenger.send(execution.tenant, execution.action_id, message)
        return self._applied(message, message_id, await self._messenger.read(execution.tenant, message_id))

    async def look_up(self, execution: Execution, args: SendMessageArgs) -> Applied | None:  # noqa: ARG002
        async with self._database.transaction(execution.tenant) as connection:
            message = await message_repository.ordered(connection, execution.action_id)
        found = await self._messenger.find(execution.tenant, execution.action_id)
        return self._applied(message, found.id, found) if message and found else None

    def _applied(self, message: Message, message_id: str, found: SentMessage | None) -> Applied:
        return Applied(
            platform=self._messenger.name,
            platform_id=message_id,
            sandbox=self._messenger.sandbox,
            requested={
                "status": "sent",
                "channel": message.channel,
                "to": masked(message.to),
                "to_the_lead": True,
                "subject": message.subject,
                "body": message.body,
            },
            applied=_read_back(found, message),
        )

    async def record(
        self, connection: Connection, execution: Execution, args: SendMessageArgs, applied: Applied
    ) -> None:
        if not applied.applied:  # the platform holds no such message
            return
        as_asked = applied.applied == applied.requested
        interaction = Interaction(
            id=stable_id("int", execution.action_id),
            lead_id=args.lead_id,
            at=now(),
            channel=args.channel,
            direction="outbound",
            summary=args.subject or (f"Message by {args.channel}" if as_asked else "A message that was sent altered"),
            body=str(applied.applied["body"]),
            by="executor",
            action_id=execution.action_id,
        )
        await message_repository.confirm(
            connection, execution.tenant, execution.action_id, applied.platform_id, interaction
        )

    async def _lead(self, tenant: str, lead_id: str) -> tuple[Lead, bool]:
        """A lead, and whether it ever wrote or spoke to us."""
        async with self._database.session(tenant) as session:
            repository = Repository(session, tenant)
            return await repository.lead(lead_id), await repository.has_written(lead_id)

    async def _order(self, execution: Execution, args: SendMessageArgs) -> Message:
        """What this action sends: fixed at the first attempt, when the lead must still be willing to get it."""
        lead, _ = await self._lead(execution.tenant, args.lead_id)
        async with self._database.transaction(execution.tenant) as connection:
            earlier = await message_repository.ordered(connection, execution.action_id)
            if earlier:
                return earlier
            message = Message(
                args.lead_id, args.channel, address(lead, args.channel), args.subject, args.body, args.language
            )
            return await message_repository.order(connection, execution.tenant, execution.action_id, message)


def _words_of(lead: Lead) -> UntrustedInput:
    return UntrustedInput(source="what the lead wrote or said", reference=f"crm://leads/{lead.id}")


def _read_back(found: SentMessage | None, message: Message) -> dict[str, Any]:
    """What the platform holds. Addresses are personal data: masked, and whether it is the lead's."""
    if found is None:
        return {}
    return {
        "status": found.status,
        "channel": found.channel,
        "to": masked(found.to),
        "to_the_lead": found.to == message.to,
        "subject": found.subject,
        "body": found.body,
    }


def _evidence(lead: Lead, args: SendMessageArgs) -> list[Evidence]:
    given = f"{lead.consent.source}, {lead.consent.at:%Y-%m-%d}"
    found = [
        Evidence(title="Consent", detail=f"Agreed to {args.channel}: {given}.", source=f"crm://leads/{lead.id}"),
        Evidence(title="Stage", detail=f"The lead is {lead.status}."),
    ]
    if args.channel == "sms":
        found.append(Evidence(title="Length", detail=f"{sms_segments(args.body)} SMS."))
    if args.language != lead.language:
        detail = f"The message is in {args.language}, the lead's language is {lead.language}."
        found.append(Evidence(title="Language", detail=detail))
    return found
