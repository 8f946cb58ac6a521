"""The approval queue and its grants, in process: what a server proposed, and what it takes to release it."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from kernel.auth import Principal
from kernel.canonical import canonical_bytes, digest_of
from kernel.gate.errors import ApprovalNotFound, ProposalRefused
from kernel.gate.grants import GRANT_TYPE, GrantVerifier
from kernel.gate.models import Exposure
from kernel.gate.queue import ActionCard
from kernel.ids import new_id
from kernel.settings import Service, Settings

PROPOSED = (
    "server",
    "tool",
    "tool_schema_hash",
    "args",
    "target_account",
    "target_state_digest",
    "target",
    "exposure",
    "summary",
    "reversible",
    "evidence",
)
"""Members of the canonical document that come from the server as they are."""


class RecordingQueue:
    """Keeps proposals as the approvals API would; decides nothing by itself."""

    def __init__(self) -> None:
        self.proposals: list[dict[str, Any]] = []
        self.withdrawn: list[str] = []
        self._cards: dict[str, ActionCard] = {}
        self._tenants: dict[str, str] = {}

    async def propose(self, principal: Principal, action: dict[str, Any]) -> ActionCard:
        self.proposals.append({**action, "tenant": principal.tenant, "proposer": principal.subject})
        approval_id = new_id("act")
        card = ActionCard(
            id=approval_id,
            status="pending",
            url=f"http://127.0.0.1/actions/{approval_id}",
            expires_at=datetime.now(UTC) + timedelta(hours=72),
            summary=action["summary"],
            exposure=Exposure.model_validate(action["exposure"]),
            server=action["server"],
            tool=action["tool"],
            args=action["args"],
            reversible=action["reversible"],
            evidence=action["evidence"],
            revision=1,
            digest="sha256:" + "0" * 64,
            proposer=principal.subject,
            approvals=0,
            required_approvals=1,
            created_at=datetime.now(UTC),
        )
        self._cards[card.id], self._tenants[card.id] = card, principal.tenant
        return card

    async def get(self, principal: Principal, approval_id: str) -> ActionCard:
        if self._tenants.get(approval_id) != principal.tenant:
            raise ApprovalNotFound("There is no such approval.")
        return self._cards[approval_id]

    async def pending(self, principal: Principal) -> list[ActionCard]:
        return [
            card
            for card in reversed(self._cards.values())
            if card.status == "pending" and self._tenants[card.id] == principal.tenant
        ]

    async def cancel(self, principal: Principal, approval_id: str, *, revision: int, reason: str) -> ActionCard:
        card = await self.get(principal, approval_id)
        if (card.proposer, card.revision) != (principal.subject, revision) or card.status != "pending":
            raise ProposalRefused("It is not theirs, or not as it was.")
        self.withdrawn.append(approval_id)
        return self.settle(approval_id, status="cancelled", reason=reason, decided_at=datetime.now(UTC))

    def settle(self, approval_id: str, **changes: Any) -> ActionCard:
        """What others did to an action."""
        self._cards[approval_id] = self._cards[approval_id].model_copy(update=changes)
        return self._cards[approval_id]


class Grants:
    """Signs grants with its own key, which `verifier` trusts."""

    def __init__(self, settings: Settings, server: Service) -> None:
        self.signing_key = ECKey.generate_key("P-256", {"kid": "grant-1"})
        self.settings = settings
        self._server: Service = server

    async def keys(self, *, refresh: bool = False) -> KeySet:
        return KeySet([self.signing_key])

    def verifier(self) -> GrantVerifier:
        return GrantVerifier(self.settings, self._server, keys=self)

    def canonical(self, proposal: dict[str, Any], **changes: Any) -> bytes:
        """The bytes that reviewers approve, as the queue composes them; `changes` overrides members."""
        own: dict[str, Any] = {
            "v": 2,
            "tenant": proposal["tenant"],
            "provenance": {"requested_by": proposal["proposer"], "via": [], **proposal["provenance"]},
            "compensates": None,
            "policy_version": "test-1",
        }
        return canonical_bytes({**{name: proposal[name] for name in PROPOSED}, **own, **changes})

    def sign(self, action_id: str, canonical: bytes, *, tenant: str = "acme", fence: int = 1, **changes: Any) -> str:
        """A grant for these bytes; `changes` overrides claims, to forge."""
        now = int(time.time())
        claims = {
            "iss": self.settings.url("approvals"),
            "aud": self.settings.audience(self._server),
            "sub": action_id,
            "tenant": tenant,
            "dig": digest_of(canonical),
            "fence": fence,
            "jti": new_id("jti"),
            "iat": now,
            "exp": now + 60,
        }
        return jwt.encode(
            {"alg": "ES256", "typ": GRANT_TYPE, "kid": "grant-1"}, {**claims, **changes}, self.signing_key
        )
