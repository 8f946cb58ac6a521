"""One family under every order of issuing, refreshing, replaying, expiring and revoking, against a model of it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, LiteralString, TypeVar

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.integration.identity.conftest import Issuer
from tests.support.browser import Application, Browser

T = TypeVar("T")


class FamilyMachine(RuleBasedStateMachine):
    """The model: which tokens were spent, which one is current, and whether the family lives."""

    issuer: ClassVar[Issuer]
    browser: ClassVar[Browser]
    admin: ClassVar[psycopg.AsyncConnection]
    loop: ClassVar[asyncio.AbstractEventLoop]

    def __init__(self) -> None:
        super().__init__()
        self.application: Application = self.issuer.application()
        self.code = self.run(self.browser.consent(self.application.query("content"))).code
        self.family = self.run(self._latest_family())
        self.code_expired = False
        self.redeemed = False
        self.current: str | None = None
        self.current_expired = False
        self.spent: list[str] = []
        self.access: list[str] = []
        self.alive = True

    async def _latest_family(self) -> str:
        rows = await self.admin.execute("SELECT family_id FROM identity.families ORDER BY created_at DESC LIMIT 1")
        row = await rows.fetchone()
        assert row is not None
        return row[0]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The machine runs in a thread of its own; the app runs in the loop of the test."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def refreshed(self, token: str) -> bool:
        response = self.run(self.application.refresh(token))
        if response.status_code == 200:
            self._took(response.json())
            return True
        assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
        return False

    def _took(self, body: dict[str, Any]) -> None:
        if self.current is not None:
            self.spent.append(self.current)
        self.current, self.current_expired = body["refresh_token"], False
        self.access.append(body["access_token"])

    @rule()
    def redeem(self) -> None:
        response = self.run(self.application.redeem(self.code))
        fresh = self.alive and not self.redeemed and not self.code_expired
        assert (response.status_code == 200) is fresh
        if fresh:
            self._took(response.json())
        if self.redeemed:
            self.alive = False
        self.redeemed = self.redeemed or fresh

    @precondition(lambda self: self.current is not None)
    @rule()
    def refresh(self) -> None:
        assert self.current is not None
        assert self.refreshed(self.current) is (self.alive and not self.current_expired)

    @precondition(lambda self: bool(self.spent))
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        assert not self.refreshed(data.draw(st.sampled_from(self.spent)))
        self.alive = False

    @precondition(lambda self: self.current is not None or bool(self.spent))
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        known = [*self.spent, *([self.current] if self.current else [])]
        response = self.run(self.application.post("/oauth/revoke", {"token": data.draw(st.sampled_from(known))}))
        assert response.status_code == 200
        self.alive = False

    @precondition(lambda self: self.current is not None)
    @rule()
    def let_the_refresh_token_expire(self) -> None:
        self._expire("refresh_tokens")
        self.current_expired = True

    @precondition(lambda self: not self.redeemed)
    @rule()
    def let_the_code_expire(self) -> None:
        self._expire("codes")
        self.code_expired = True

    def _expire(self, table: LiteralString) -> None:
        statement = f"UPDATE identity.{table} SET expires_at = now() - interval '1 second' WHERE family_id = %s"
        self.run(self.admin.execute(statement, (self.family,)))

    @invariant()
    def at_most_one_refresh_token_is_live(self) -> None:
        async def live() -> int:
            rows = await self.admin.execute(
                """
                SELECT count(*) FROM identity.refresh_tokens JOIN identity.families USING (tenant, family_id)
                WHERE family_id = %s AND used_at IS NULL AND revoked_at IS NULL AND refresh_tokens.expires_at > now()
                """,
                (self.family,),
            )
            row = await rows.fetchone()
            assert row is not None
            return row[0]

        expected = int(self.alive and self.current is not None and not self.current_expired)
        assert self.run(live()) == expected

    @invariant()
    def access_tokens_live_as_long_as_the_family(self) -> None:
        if not self.access:
            return
        response = self.run(self.application.http.post("/oauth/introspect", data=self._introspection))
        assert response.json()["active"] is self.alive

    @property
    def _introspection(self) -> dict[str, str]:
        secret = self.issuer.settings.client_secret("content")
        return {"token": self.access[-1], "client_id": "content", "client_secret": secret}


async def test_dead_stays_dead_and_one_refresh_token_lives_at_most(
    issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection
) -> None:
    FamilyMachine.issuer, FamilyMachine.browser, FamilyMachine.admin = issuer, marketer, admin
    FamilyMachine.loop = asyncio.get_running_loop()
    quietly = settings(
        max_examples=25,
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        database=None,
    )
    machine: Callable[..., RuleBasedStateMachine] = FamilyMachine
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=quietly)
