"""The live database of every context, migrated, as its administrator sees it; two tenants with a row in every table."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from psycopg.rows import dict_row

from kernel.settings import Settings
from tests.integration.tenancy.catalogue import SyncConnection
from tests.integration.tenancy.rows import clear, seed

OURS, THEIRS = "tenancy-ours", "tenancy-theirs"


@dataclass(frozen=True, slots=True)
class Stored:
    """The database with rows of two tenants; everything of `theirs` has their name in it."""

    admin: SyncConnection
    settings: Settings
    ours: str = OURS
    theirs: str = THEIRS

    def connect(self, role: str) -> SyncConnection:
        """A session as a service opens it, each statement a transaction of its own."""
        return SyncConnection.connect(self.settings.role_database_url(role), autocommit=True, row_factory=dict_row)


@pytest.fixture(scope="session")
def admin_session(migrated: Settings) -> Iterator[SyncConnection]:
    with SyncConnection.connect(migrated.admin_database_url(), autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture(scope="module")
def stored(admin_session: SyncConnection, migrated: Settings) -> Iterator[Stored]:
    admin_session.execute("SELECT hub.make_fact_month_v1('2026-11-01')")  # where rows.py dates a row of metrics
    for tenant in (OURS, THEIRS):
        clear(admin_session, tenant)
        seed(admin_session, tenant)
    yield Stored(admin_session, migrated)
    for tenant in (OURS, THEIRS):
        clear(admin_session, tenant)
