"""Use cases of PromptCrm. One transaction each; nothing here reaches a platform."""

import base64
import binascii
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Literal

from kernel.auth import Principal
from kernel.clock import now
from kernel.database import Database
from kernel.ids import new_id
from mcp_servers.crm.domain import Interaction, Lead, Sale, Stage, StageChange, check_transition, is_opt_out
from mcp_servers.crm.errors import InvalidCursor, LeadNotFound, SaleDiffers
from mcp_servers.crm.reports import InteractionReport, LeadReport, SaleReport, meaning
from mcp_servers.crm.repository import History, LeadFilter, Repository

Registered = Literal["created", "merged", "repeated"]
Recorded = Literal["recorded", "repeated"]


class CrmService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def register_lead(self, tenant: str, report: LeadReport, key: str | None) -> tuple[Lead, Registered]:
        """Store a lead, or add it to the one that this client has with the same e-mail address.

        Raises InvalidEmail, InvalidPhone, ConsentWithoutSource, IdempotencyKeyReused.
        """
        lead, request = report.as_lead(now()), meaning(report)
        async with self._work(tenant) as repository:
            if key and (lead_id := await repository.answered(key, request)):
                return await repository.lead(lead_id), "repeated"
            await repository.lock("lead", lead.client.lower(), lead.email)
            known = await repository.lead_by_email(lead.client, lead.email)
            kept = known.absorbed(lead) if known else lead
            await (repository.save_lead(kept) if known else repository.add_lead(kept))
            if key:
                await repository.remember(key, request, kept.id)
        return kept, "merged" if known else "created"

    async def list_leads(
        self, tenant: str, filters: LeadFilter, cursor: str | None, limit: int
    ) -> tuple[list[Lead], str | None]:
        """A page of leads, newest first, and the cursor of the next one. Raises InvalidCursor."""
        after = _position(cursor) if cursor else None
        async with self._work(tenant) as repository:
            found = await repository.leads(filters, after, limit + 1)
        page = found[:limit]
        return page, _cursor(page[-1]) if len(found) > limit else None

    async def get_lead(self, tenant: str, lead_id: str) -> tuple[Lead, History]:
        """A lead with what happened with it. Raises LeadNotFound."""
        async with self._work(tenant) as repository:
            return await repository.lead(lead_id), await repository.history(lead_id)

    async def log_interaction(
        self, caller: Principal, report: InteractionReport, key: str | None
    ) -> tuple[Interaction, Lead]:
        """Enter a contact into a lead's history; a request to stop unsubscribes the lead.

        Raises LeadNotFound, IdempotencyKeyReused.
        """
        interaction, request = report.as_interaction(now(), caller.subject), meaning(report)
        stop = report.opt_out or (report.direction == "inbound" and is_opt_out(report.body or report.summary))
        async with self._work(caller.tenant) as repository:
            if key and (interaction_id := await repository.answered(key, request)):
                return await repository.interaction(interaction_id), await repository.lead(report.lead_id)
            lead = await repository.lead(report.lead_id, lock=True)
            if stop and not lead.unsubscribed_at:
                lead = replace(lead, unsubscribed_at=interaction.at)
                await repository.save_lead(lead)
            await repository.add_interaction(interaction)
            if key:
                await repository.remember(key, request, interaction.id)
        return interaction, lead

    async def update_stage(
        self, caller: Principal, lead_id: str, stage: Stage, reason: str
    ) -> tuple[Lead, StageChange | None]:
        """Move a lead; None when it is there already. Raises LeadNotFound and what `check_transition` raises."""
        async with self._work(caller.tenant) as repository:
            lead = await repository.lead(lead_id, lock=True)
            if lead.status == stage:
                return lead, None
            check_transition(lead.status, stage, reason)
            return await _move(repository, lead, stage, reason, caller)

    async def record_sale(
        self, caller: Principal, report: SaleReport, key: str | None
    ) -> tuple[Sale, Lead | None, Recorded]:
        """Store a closed sale and win its lead. The same sale id, or the same key, stores it once.

        Raises LeadNotFound, OtherClient, SaleIncomplete, SaleInFuture, SaleDiffers, IdempotencyKeyReused.
        """
        request = meaning(report)
        async with self._work(caller.tenant) as repository:
            answered = await repository.answered(key, request) if key else None
            sale_id = answered or report.sale_id or new_id("sal")
            await repository.lock("sale", sale_id)
            known = await repository.sale(sale_id)
            if known and not report.fits(known):
                raise SaleDiffers(f"{sale_id} is another sale.", field="sale_id", fix="Send this sale's own id.")
            lead_id = known.lead_id if known else report.lead_id
            lead = await repository.find_lead(lead_id, lock=True) if lead_id else None
            if lead_id and not lead and not known:
                raise LeadNotFound(lead_id)
            sale = known or report.as_sale(sale_id, now(), lead)
            if not known:
                await repository.add_sale(sale)
            if lead and lead.status != "won":
                lead, _ = await _move(repository, lead, "won", f"Sale {sale_id}.", caller)
            if key and not answered:
                await repository.remember(key, request, sale_id)
        return sale, lead, "repeated" if known else "recorded"

    @asynccontextmanager
    async def _work(self, tenant: str) -> AsyncGenerator[Repository]:
        async with self._database.session(tenant) as session:
            yield Repository(session, tenant)


async def _move(
    repository: Repository, lead: Lead, stage: Stage, reason: str, caller: Principal
) -> tuple[Lead, StageChange]:
    change = StageChange(new_id("stg"), lead.id, now(), lead.status, stage, reason, caller.subject)
    moved = replace(lead, status=stage)
    await repository.save_lead(moved)
    await repository.add_stage_change(change)
    return moved, change


def _cursor(last: Lead) -> str:
    return base64.urlsafe_b64encode(json.dumps([last.created_at.isoformat(), last.id]).encode()).decode()


def _position(cursor: str) -> tuple[datetime, str]:
    try:
        created_at, lead_id = json.loads(base64.urlsafe_b64decode(cursor))
        return datetime.fromisoformat(created_at), str(lead_id)
    except (binascii.Error, ValueError, TypeError) as error:
        raise InvalidCursor from error
