"""What a tenant has, made through the real tools and routes; all of its free text holds a word nobody else is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.ids import new_id
from kernel.settings import Service
from tests.integration.access.estate import Estate

SHARED_KEY = "the-same-key-in-both"
"""An idempotency key, which means nothing in another tenant."""


@dataclass(frozen=True)
class World:
    tenant: str
    secret: str
    ids: Mapping[str, str]
    """Something of the tenant's by the name that an argument or a path has for it."""

    @property
    def client(self) -> str:
        return f"Client {self.secret}"


Example = Callable[[World], dict[str, Any]]


def _asset(world: World) -> dict[str, Any]:
    return {
        "client": world.client, "product": "Roast", "title": f"Title {world.secret}", "channel": "social",
        "platform": "Meta Ads", "language": "en", "headline": "Slow", "body": f"Body {world.secret}", "engine": "human",
    }  # fmt: skip


def _lead(world: World) -> dict[str, Any]:
    return {
        "client": world.client, "source": "web form", "country": "Costa Rica", "email": f"{new_id('p')}@example.com",
        "name": f"Ana {world.secret}", "language": "en", "consent": {"email": True, "source": "web form"},
    }  # fmt: skip


def _draft(world: World) -> dict[str, Any]:
    line = {"platform": "Meta Ads", "channel": "social", "country": "Mexico", "audience": "all", "budget": "500.00"}
    return {
        "name": f"Campaign {world.secret}", "client": world.client, "product": "Roast", "start": "2026-11-01",
        "end": "2026-11-30", "currency": "USD", "budget": "500.00", "audience": "all", "line_items": [line],
    }  # fmt: skip


def _plan(world: World) -> dict[str, Any]:
    return {
        "client": world.client, "product": "Roast", "countries": ["Mexico"], "audience": "all", "start": "2026-11-01",
        "end": "2026-11-30", "currency": "USD", "budget": "500.00", "goal_metric": "sales", "goal_value": 10,
    }  # fmt: skip


def _always(**arguments: Any) -> Example:
    return lambda _world: arguments


EXAMPLES: dict[tuple[Service, str], Example] = {
    ("content", "generate_copy"): lambda w: {
        "client": w.client, "product": "Roast", "audience": "all", "channel": "social", "platform": "Meta Ads",
        "language": "en",
    },
    ("content", "list_assets"): _always(),
    ("content", "get_asset"): lambda w: {"asset_id": w.ids["asset_id"]},
    ("content", "create_asset"): _asset,
    ("content", "new_version"): lambda w: {
        "asset_id": w.ids["asset_id"], "engine": "human", "body": f"Body {w.secret} {new_id('v')}",
    },
    ("content", "publish_asset"): lambda w: {"asset_id": w.ids["asset_id"], "version": 1},
    ("content", "get_approval"): lambda w: {"approval_id": w.ids["approval_id"]},
    ("ads", "list_campaigns"): _always(),
    ("ads", "get_campaign"): lambda w: {"campaign_id": w.ids["campaign_id"]},
    ("ads", "draft_campaign"): _draft,
    ("ads", "update_draft"): lambda w: {
        "campaign_id": w.ids["campaign_id"], "expected_version": 1, "objective": f"Objective {w.secret}",
    },
    ("ads", "define_audience"): lambda w: {
        "name": "Everybody", "client": w.client, "description": f"All {w.secret}", "countries": ["Mexico"],
    },
    ("ads", "generate_campaign"): _plan,
    ("ads", "estimate_reach"): _always(countries=["Mexico"], budget="10.00", currency="USD"),
    ("ads", "campaign_performance"): lambda w: {"campaign_id": w.ids["campaign_id"], "group_by": "campaign"},
    ("ads", "launch_campaign"): lambda w: {"campaign_id": w.ids["campaign_id"]},
    ("ads", "pause_campaign"): lambda w: {"campaign_id": w.ids["campaign_id"]},
    ("ads", "change_budget"): lambda w: {"campaign_id": w.ids["campaign_id"], "budget": "9.00", "currency": "USD"},
    ("ads", "get_approval"): lambda w: {"approval_id": w.ids["approval_id"]},
    ("crm", "register_lead"): _lead,
    ("crm", "list_leads"): _always(),
    ("crm", "get_lead"): lambda w: {"lead_id": w.ids["lead_id"]},
    ("crm", "log_interaction"): lambda w: {
        "lead_id": w.ids["lead_id"], "channel": "phone", "direction": "inbound", "summary": f"Asked {w.secret}",
    },
    ("crm", "update_stage"): lambda w: {"lead_id": w.ids["lead_id"], "status": "contacted"},
    ("crm", "record_sale"): lambda w: {
        "amount": "10.00", "currency": "USD", "client": w.client, "product": f"Roast {w.secret}", "country": "Mexico",
    },
    ("crm", "send_message"): lambda w: {
        "lead_id": w.ids["lead_id"], "channel": "email", "subject": "Hi", "body": f"Hello {w.secret}", "language": "en",
    },
    ("crm", "get_approval"): lambda w: {"approval_id": w.ids["approval_id"]},
    ("analytics", "ask"): _always(question="How much did we spend by client?", as_of="2026-11-20"),
    ("analytics", "query_metrics"): _always(metrics=["spend"], dimensions=["client", "campaign"]),
    ("analytics", "list_metrics"): _always(),
    ("analytics", "list_dimensions"): _always(),
    ("analytics", "data_freshness"): _always(),
    ("analytics", "explain_metric"): _always(
        metric="cpl",
        period={"start": "2026-11-01", "end": "2026-11-10"},
        compare_to={"start": "2026-10-20", "end": "2026-11-05"},
        dimension="campaign",
    ),
    ("analytics", "rank_campaigns"): _always(metric="ctr", period={"start": "2026-11-01", "end": "2026-11-30"}),
    ("analytics", "detect_anomalies"): _always(metric="spend", period={"start": "2026-11-01", "end": "2026-11-30"}),
    ("analytics", "forecast_metric"): _always(metric="spend", horizon_days=7),
}  # fmt: skip
"""Arguments with which each tool works on what its caller's tenant has."""

_DELEGATION = {
    "delegate": "user:somebody",
    "starts_at": "2026-11-01T00:00:00Z",
    "ends_at": "2036-11-01T00:00:00Z",
    "reason": "Away.",
}
_METRICS = (
    "date,campaign_id,campaign_name,client,product,platform,channel,country,region,audience,currency,spend,"
    "impressions,reach,clicks,conversions\n"
    "2026-11-02,imported-1,Imported {0},Client {0},Roast {0},Meta Ads,social,Mexico,{0},all,USD,12.50,1000,800,50,5\n"
)


async def settle(estate: Estate, tenant: str, secret: str) -> World:
    """A tenant with something of everything."""
    world = World(tenant, secret, {})

    async def call(server: Service, tool: str, **arguments: Any) -> dict[str, Any]:
        token = estate.token("admin", server, tenant=tenant)
        _, message = await estate.call(server, tool, EXAMPLES[server, tool](world) | arguments, token)
        assert not message["result"].get("isError"), message
        return message["result"]["structuredContent"]

    asset = await call("content", "create_asset", idempotency_key=SHARED_KEY)
    campaign = await call("ads", "draft_campaign", idempotency_key=SHARED_KEY)
    lead = await call(
        "crm", "register_lead", idempotency_key=SHARED_KEY, email="ana@example.com", campaign_id=campaign["campaign_id"]
    )
    sale = await call("crm", "record_sale", sale_id=f"S-{tenant}")
    world = World(tenant, secret, {"asset_id": asset["id"]})
    proposed = await call("content", "publish_asset", idempotency_key=SHARED_KEY)
    await _import_metrics(estate, world)
    await estate.rest("hub", "POST", "/v1/pipeline/runs", estate.token("admin", "hub", tenant=tenant))
    delegated = await estate.rest(
        "approvals", "POST", "/v1/delegations", estate.token("admin", "approvals", tenant=tenant), body=_DELEGATION
    )
    token = estate.token("admin", "orchestrator", tenant=tenant)
    thread = await estate.rest("orchestrator", "POST", "/v1/threads", token)
    return World(
        tenant,
        secret,
        {
            "asset_id": asset["id"],
            "delegation_id": delegated.json()["id"],
            "campaign_id": campaign["campaign_id"],
            "lead_id": lead["lead"]["lead_id"],
            "sale_id": str(sale["sale_id"]),
            "approval_id": proposed["approval_id"],
            "action_id": proposed["approval_id"],
            "thread_id": thread.json()["thread_id"],
            "name": world.client,
        },
    )


async def _import_metrics(estate: Estate, world: World) -> None:
    token = estate.token("admin", "ads", tenant=world.tenant)
    answer = await estate.http.post(
        f"{estate.settings.url('ads')}/v1/imports/ads-metrics",
        content=_METRICS.format(world.secret),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "text/csv"},
    )
    assert answer.status_code == 200, answer.text
