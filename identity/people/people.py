"""What people sign in with, wired."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from identity.people.attempts import Attempts
from identity.people.choices import Choices
from identity.people.password_change import PasswordChange
from identity.people.passwords import Passwords
from identity.people.repository import PeopleRepository
from identity.people.sessions import BrowserSessions
from identity.people.sign_in import REFUSAL_SECONDS, SignIn
from identity.revoking import Revoker
from kernel.database import Database
from kernel.settings import Settings

_TIMEOUT_SECONDS = 2


@dataclass(frozen=True, slots=True)
class People:
    """The use cases of people, for the pages and for whoever administers accounts."""

    repository: PeopleRepository
    passwords: Passwords
    sessions: BrowserSessions
    sign_in: SignIn
    attempts: Attempts
    choices: Choices
    password_change: PasswordChange

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings,
        database: Database,
        revoker: Revoker,
        *,
        passwords: Passwords | None = None,
        refusal_seconds: float = REFUSAL_SECONDS,
    ) -> "AsyncGenerator[People]":
        """Everything over an open database; the threads and the connection to Redis are closed at exit.

        `refusal_seconds` is how long it takes at least to be refused.
        """
        hashing = passwords or Passwords()
        cache = cast(
            "Redis",
            cast("Any", Redis).from_url(  # partially unknown to a strict type checker
                settings.cache_url(),
                socket_timeout=_TIMEOUT_SECONDS,
                socket_connect_timeout=_TIMEOUT_SECONDS,
                retry=Retry(NoBackoff(), 1),
            ),
        )
        repository = PeopleRepository(database)
        attempts, choices = Attempts(cache), Choices(cache)
        sign_in = SignIn(repository, hashing, attempts, choices, refusal_seconds=refusal_seconds)
        try:
            yield cls(
                repository=repository,
                passwords=hashing,
                sessions=BrowserSessions(settings, repository),
                sign_in=sign_in,
                attempts=attempts,
                choices=choices,
                password_change=PasswordChange(repository, hashing, sign_in, revoker),
            )
        finally:
            hashing.close()
            await cache.aclose()
