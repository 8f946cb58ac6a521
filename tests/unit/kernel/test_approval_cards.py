"""approval:// cards: what they show, to whom, and how ids are completed."""

import json

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, ResourceTemplateReference, TextResourceContents

from tests.support.gated import GatedServer, proposed
from tests.support.identity import MARKETER, caller

TEMPLATE = ResourceTemplateReference(uri="approval://{approval_id}")
BLIND = caller(scopes=tuple(scope for scope in MARKETER if scope != "approvals:read"))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_card_is_read_as_a_document_and_as_text(mode: str) -> None:
    gated = GatedServer()
    approval_id = await proposed(gated)
    async with gated.client(mode=mode) as client:
        document, text = (await client.read_resource(f"approval://{approval_id}")).contents

    assert isinstance(document, TextResourceContents)
    assert isinstance(text, TextResourceContents)
    assert (document.mime_type, text.mime_type) == ("application/json", "text/plain")
    card = json.loads(document.text)
    assert (card["approval_id"], card["status"], card["reversible"]) == (approval_id, "pending_approval", False)
    assert (card["args"], card["exposure"]["amount"]) == ({"wall": "north"}, "12.50")
    for line in ("Paint north.", "Status: pending_approval", "Cost at most: 12.50 USD", "Reversible: no", "Reach: 9"):
        assert line in text.text.splitlines()
    assert "None" not in text.text


async def test_a_card_of_another_tenant_does_not_exist() -> None:
    gated = GatedServer()
    approval_id = await proposed(gated)
    async with gated.client(caller("rival")) as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(f"approval://{approval_id}")

    assert refused.value.code == INVALID_PARAMS


async def test_a_card_takes_the_scope_to_read_approvals() -> None:
    gated = GatedServer()
    approval_id = await proposed(gated)
    async with gated.client(BLIND) as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(f"approval://{approval_id}")
        completed = await client.complete(TEMPLATE, {"name": "approval_id", "value": "act_"})

    assert "approvals:read" in refused.value.message
    assert completed.completion.values == []


async def test_ids_are_completed_with_what_is_pending_newest_first() -> None:
    gated = GatedServer()
    first, decided, last = [await proposed(gated) for _ in range(3)]
    gated.queue.settle(decided, status="rejected")
    async with gated.client() as client:
        all_of_them = await client.complete(TEMPLATE, {"name": "approval_id", "value": "act_"})
        none = await client.complete(TEMPLATE, {"name": "approval_id", "value": "lead_"})

    assert all_of_them.completion.values == [last, first]
    assert none.completion.values == []
