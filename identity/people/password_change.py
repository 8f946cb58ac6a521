"""Changing one's own password: what was opened with the old one is closed."""

from identity.people.account import Account, SignedIn
from identity.people.passwords import Passwords
from identity.people.repository import PeopleRepository
from identity.people.sign_in import SignIn
from identity.revoking import Revoker
from kernel.logs import logger


class PasswordChange:
    def __init__(self, repository: PeopleRepository, passwords: Passwords, sign_in: SignIn, revoker: Revoker) -> None:
        self._repository = repository
        self._passwords = passwords
        self._sign_in = sign_in
        self._revoker = revoker

    async def change(self, person: SignedIn, *, current: str, new: str, client: str) -> None:
        """Store the new password; every browser session and every application of the person ends, this one too.

        Raises CredentialsRejected when `current` is wrong, PasswordUnsuitable, TooManyAttempts, Unavailable kinds.
        """
        account = Account(person.tenant, person.subject)
        await self._sign_in.confirm(account, current, person.email, client)
        new_hash = await self._passwords.new(new, email=person.email)
        await self._repository.change_password(account, new_hash)
        await self._revoker.subject(person.tenant, person.subject, "password changed")
        logger(__name__).info("password changed", tenant=person.tenant, subject=person.subject)
