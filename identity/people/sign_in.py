"""Signing in by e-mail and password.

Whoever fails learns nothing but that: an unknown e-mail, a wrong password and a locked account get one answer, after
one time. While an account is locked its password is not even tried, or the lock would not slow a guesser down.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from identity.people.account import Account
from identity.people.attempts import Attempts
from identity.people.choices import Choices
from identity.people.errors import CredentialsRejected, OrganizationNeeded
from identity.people.passwords import Passwords
from identity.people.repository import PeopleRepository
from kernel.logs import logger

REFUSAL_SECONDS = 0.75
"""No refusal is sooner: it hides what looking up and counting cost for an account that exists."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody typed, and from which network address."""

    email: str
    password: str
    client: str
    organization: str = ""
    """A tenant; empty for any."""

    @property
    def address(self) -> str:
        """The e-mail as accounts are stored."""
        return self.email.strip().lower()


class SignIn:
    def __init__(
        self,
        repository: PeopleRepository,
        passwords: Passwords,
        attempts: Attempts,
        choices: Choices,
        *,
        refusal_seconds: float = REFUSAL_SECONDS,
    ) -> None:
        self._repository = repository
        self._passwords = passwords
        self._attempts = attempts
        self._choices = choices
        self._refusal_seconds = refusal_seconds

    async def enter(self, typed: Credentials) -> Account:
        """The account that the credentials open.

        Raises CredentialsRejected; OrganizationNeeded when they open several; TooManyAttempts; Unavailable kinds.
        """
        began = time.monotonic()
        await self._attempts.count(typed.client, typed.address)
        opened = await self._opened(typed)
        if not opened:
            logger(__name__).info("sign-in refused")
            await asyncio.sleep(self._refusal_seconds - (time.monotonic() - began))
            raise CredentialsRejected
        await self._attempts.forgive(typed.client, typed.address)
        if len(opened) > 1:
            names = {account.tenant: await self._repository.organization(account.tenant) for account in opened}
            raise OrganizationNeeded(names, await self._choices.offer(opened))
        return opened[0]

    async def confirm(self, account: Account, password: str, email: str, client: str) -> None:
        """Raise CredentialsRejected unless it is the password of an account that is signed in already."""
        await self._attempts.count(client, email)
        if not await self._opens(account, password):
            raise CredentialsRejected
        await self._attempts.forgive(client, email)

    async def _opened(self, typed: Credentials) -> Sequence[Account]:
        accounts = await self._repository.accounts(typed.address)
        named = [account for account in accounts if typed.organization in {"", account.tenant}]
        if not named:
            await self._passwords.match(typed.password, None)
        tried = [(account, await self._opens(account, typed.password)) for account in named]
        opened = [account for account, right in tried if right]
        if opened:  # a password that is right in one organization is no guess at the others
            for account in (account for account, right in tried if not right):
                await self._repository.return_attempt(account)
        return opened

    async def _opens(self, account: Account, password: str) -> bool:
        stored = await self._repository.claim_attempt(account)
        if not await self._passwords.match(password, stored) or stored is None:
            return False
        await self._repository.forgive(account, new_hash=await self._passwords.renewed(password, stored))
        return True
