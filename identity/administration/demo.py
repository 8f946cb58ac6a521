"""Passwords for the demonstration's users: made once, told once, stored as hashes alone."""

import secrets
from dataclasses import dataclass

from identity.administration import repository
from identity.people.passwords import Passwords
from kernel.auth.principal import Role
from kernel.database import Database
from kernel.logs import logger

DEMO_TENANT = "solid-demo"
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without 0, o, 1, l and i, which look alike."""
GROUPS, GROUP_LENGTH = 4, 5


@dataclass(frozen=True, slots=True)
class DemoPassword:
    email: str
    role: Role
    password: str


async def demo_passwords(database: Database, passwords: Passwords) -> list[DemoPassword]:
    """Give every demonstration user who never had a password one, and tell them; nothing the next time.

    Of several callers at once, one is told. A user whose password was reset is not among them: they have a link.
    """
    made: list[DemoPassword] = []
    async with database.transaction(DEMO_TENANT) as connection:
        await repository.tenant(connection, DEMO_TENANT, lock=True)
        for account in await repository.never_had_password(connection, DEMO_TENANT):
            password, email = readable_password(), str(account.email)
            password_hash = await passwords.new(password, email=email)
            await repository.set_password(connection, DEMO_TENANT, account.subject, password_hash)
            made.append(DemoPassword(email, account.roles[0], password))
    logger(__name__).info("demonstration passwords made", tenant=DEMO_TENANT, users=len(made))
    return made


def readable_password() -> str:
    """A password of 99 random bits, such as `k7mzq-3hwtd-x9rjc-5npva`."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
