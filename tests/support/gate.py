"""The approval queue and its grants, in process: what a server proposed, and what it takes to release it."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from kernel.auth import Principal
from kernel.canonical import canonical_bytes, digest_of
from kernel.gate.errors import ApprovalNotFound
from kernel.gate.grants import GRANT_TYPE, GrantVerifier
from kernel.gate.models import ActionView, Exposure
from kernel.ids import new_id
from kernel.settings import Service, Settings


class RecordingQueue:
    """Keeps proposals as the approvals API would; decides nothing."""

    def __init__(self) -> None:
        self.proposals: list[dict[str, Any]] = []
        self._views: dict[str, ActionView] = {}

    async def propose(self, principal: Principal, action: dict[str, Any]) -> ActionView:
        self.proposals.append({**action, "tenant": principal.tenant, "proposer": principal.subject})
        view = ActionView(
            id=new_id("act"),
            status="pending",
            url="http://127.0.0.1/actions",
            expires_at=datetime.now(UTC) + timedelta(hours=72),
            summary=action["summary"],
            exposure=Exposure.model_validate(action["exposure"]),
        )
        self._views[view.id] = view
        return view

    async def get(self, principal: Principal, approval_id: str) -> ActionView:
        if approval_id not in self._views:
            raise ApprovalNotFound("There is no such approval.")
        return self._views[approval_id]


class Grants:
    """Signs grants with its own key, which `verifier` trusts."""

    def __init__(self, settings: Settings, server: Service) -> None:
        self._key = ECKey.generate_key("P-256", {"kid": "grant-1"})
        self._settings = settings
        self._server: Service = server

    async def keys(self, *, refresh: bool = False) -> KeySet:
        return KeySet([self._key])

    def verifier(self) -> GrantVerifier:
        return GrantVerifier(self._settings, self._server, keys=self)

    def canonical(self, proposal: dict[str, Any]) -> bytes:
        """The bytes that reviewers approve."""
        approved = ("tenant", "server", "tool", "tool_schema_hash", "args", "target_account", "target_state_digest")
        return canonical_bytes({"v": 1, "policy_version": "test-1", **{name: proposal[name] for name in approved}})

    def sign(self, action_id: str, canonical: bytes, *, tenant: str = "acme", fence: int = 1, **changes: Any) -> str:
        """A grant for these bytes; `changes` overrides claims, to forge."""
        now = int(time.time())
        claims = {
            "iss": self._settings.url("approvals"),
            "aud": self._settings.audience(self._server),
            "sub": action_id,
            "tenant": tenant,
            "dig": digest_of(canonical),
            "fence": fence,
            "jti": new_id("jti"),
            "iat": now,
            "exp": now + 60,
        }
        return jwt.encode({"alg": "ES256", "typ": GRANT_TYPE, "kid": "grant-1"}, {**claims, **changes}, self._key)
