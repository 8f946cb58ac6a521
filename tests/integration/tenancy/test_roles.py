"""Raw SQL as every service's own login role: one tenant's rows are all it can see or touch."""

from typing import Any, LiteralString

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors, sql

from tests.integration.tenancy import catalogue
from tests.integration.tenancy.catalogue import SyncConnection
from tests.integration.tenancy.conftest import Stored
from tests.integration.tenancy.rows import identifier, insert, present, row, rows_of, subject, tenant_tables

Held = tuple[str, str, frozenset[str]]
"""A role, a table or view with tenants, and what the role may do there."""


@pytest.fixture(scope="module")
def held(stored: Stored) -> list[Held]:
    with_tenants = {*tenant_tables(stored.admin), *_views_with_tenants(stored.admin)}
    found: dict[tuple[str, str], set[str]] = {}
    for role, table, privilege in catalogue.privileges(stored.admin):
        if table in with_tenants:
            found.setdefault((role, table), set()).add(privilege)
    return [(role, table, frozenset(may)) for (role, table), may in found.items()]


@pytest.fixture(scope="module")
def names(stored: Stored) -> list[str]:
    """Roles that services log in as."""
    return [role.name for role in catalogue.roles(stored.admin) if role.login]


def test_every_role_that_reads_a_table_sees_its_tenants_rows_and_no_others(stored: Stored, held: list[Held]) -> None:
    seen = 0
    for role, table, may in _may(held, "SELECT"):
        if table.endswith("export_tenants_v1"):
            continue  # names alone, and all of them: test_catalogue says why
        with stored.connect(role) as connection:
            found = _select(connection, stored.ours, table)
            seen += len(found)
            assert {item["tenant"] for item in found} == {stored.ours}, (role, table, may)
            assert stored.theirs not in str(found)
    assert seen > 40


def test_nothing_is_visible_without_a_tenant(stored: Stored, held: list[Held]) -> None:
    for role, table, _ in _may(held, "SELECT"):
        if table.endswith("export_tenants_v1"):
            continue
        with stored.connect(role) as connection:
            for tenant in (None, ""):
                assert _select(connection, tenant, table) == [], (role, table)


def test_rows_of_another_tenant_cannot_be_entered(stored: Stored, held: list[Held]) -> None:
    tried = 0
    for role, table, _ in _may(held, "INSERT"):
        theirs = row(stored.admin, table, stored.theirs, suffix="-forged")
        with (
            stored.connect(role) as connection,
            pytest.raises(errors.InsufficientPrivilege) as refused,
            present(connection, stored.ours, subject=theirs.get("subject")),
        ):
            insert(connection, table, theirs)
        assert "row-level security" in str(refused.value), (role, table)
        tried += 1
    assert tried > 30


def test_rows_of_another_tenant_cannot_be_changed_or_removed(stored: Stored, held: list[Held]) -> None:
    before, tried = rows_of(stored.admin, stored.theirs), 0
    for role, table, may in held:
        for statement in _attacks(table, may):
            with stored.connect(role) as connection, present(connection, stored.ours, subject=subject(stored.theirs)):
                assert connection.execute(statement, {"theirs": stored.theirs}).rowcount == 0, (role, statement)
                tried += 1
    assert tried > 40
    assert rows_of(stored.admin, stored.theirs) == before


def test_no_row_moves_to_another_tenant(stored: Stored, held: list[Held]) -> None:
    before, tried = rows_of(stored.admin, stored.theirs), 0
    for role, table, may in held:
        if "UPDATE" not in may:
            continue
        statement = sql.SQL("UPDATE {} SET tenant = %s").format(identifier(table))
        with (
            stored.connect(role) as connection,
            pytest.raises(errors.InsufficientPrivilege),
            present(connection, stored.ours),
        ):
            connection.execute(statement, (stored.theirs,))
        tried += 1
    assert tried > 25
    assert rows_of(stored.admin, stored.theirs) == before


def test_no_role_becomes_another(stored: Stored, names: list[str]) -> None:
    everybody = [found.name for found in catalogue.roles(stored.admin)] + ["postgres"]
    for role in names:
        with stored.connect(role) as connection:
            for other in everybody:
                if other == role:
                    continue
                for statement in ("SET ROLE {}", "SET SESSION AUTHORIZATION {}"):
                    with pytest.raises(errors.InsufficientPrivilege):
                        connection.execute(sql.SQL(statement).format(sql.Identifier(other)))
            for statement in ("RESET ROLE", "SET ROLE NONE", "RESET SESSION AUTHORIZATION"):
                connection.execute(statement.encode())
                found = connection.execute("SELECT session_user, current_user").fetchone()
                assert found == {"session_user": role, "current_user": role}


LOOSENING = (
    "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON {table} USING (true)",
    "DROP POLICY tenant_isolation ON {table}",
    "ALTER POLICY tenant_isolation ON {table} USING (true)",
    "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "TRUNCATE {table}",
    "CREATE TABLE {schema}.copied AS SELECT 1",
    "CREATE FUNCTION {schema}.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "SET session_replication_role = replica",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "COPY {table} TO PROGRAM 'cat'",
    "COPY {table} TO '/tmp/copied'",
)


def test_no_role_loosens_its_bounds(stored: Stored, held: list[Held]) -> None:
    for role, table in {role: table for role, table, _ in held if "export_" not in table}.items():
        schema = table.partition(".")[0]
        with stored.connect(role) as connection:
            for statement in LOOSENING:
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute(statement.format(table=table, schema=schema).encode())


def test_switching_row_security_off_shows_nothing_but_an_error(stored: Stored, held: list[Held]) -> None:
    for role, table, _ in _may(held, "SELECT"):
        if "export_" in table:
            continue  # read with the owner's rights; the view names the tenant
        with stored.connect(role) as connection:
            connection.execute("SET row_security = off")
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(sql.SQL("SELECT FROM {}").format(identifier(table)))


def test_statistics_show_no_values_of_another_tenant(stored: Stored, held: list[Held]) -> None:
    for role, table, _ in _may(held, "SELECT"):
        if "export_" in table or table.endswith("_v1"):
            continue
        stored.admin.execute(sql.SQL("ANALYZE {}").format(identifier(table)))
        with stored.connect(role) as connection:
            shown = connection.execute("SELECT * FROM pg_stats WHERE schemaname || '.' || tablename = %s", (table,))
            assert stored.theirs not in str(shown.fetchall()), (role, table)


LEAK = """
CREATE FUNCTION pg_temp.leak(value text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
    $$ BEGIN RAISE NOTICE 'saw %', value; RETURN true; END $$
"""


def test_a_function_of_the_readers_own_is_called_on_no_row_of_another_tenant(stored: Stored, held: list[Held]) -> None:
    """PostgreSQL may call a cheap function before the condition that hides a row; a barrier forbids it."""
    for role, table, _ in _may(held, "SELECT"):
        if table.endswith("export_tenants_v1"):
            continue
        told: list[str] = []
        with stored.connect(role) as connection:
            connection.add_notice_handler(lambda notice, told=told: told.append(notice.message_primary or ""))
            connection.execute(LEAK)
            for scan in ("indexscan", "bitmapscan"):  # an index would find the tenant's rows before anything else
                connection.execute(f"SET enable_{scan} = off".encode())
            seen = sql.SQL("SELECT count(*) FROM {} WHERE pg_temp.leak(tenant)").format(identifier(table))
            with present(connection, stored.ours):
                connection.execute(seen)
        assert told, (role, table)
        assert not [line for line in told if stored.theirs in line], (role, table)


# A session as a service's pool has it: transactions of either tenant, and statements of every shape, in any order.
STATEMENTS = {
    "SELECT": (
        "SELECT * FROM {table}",
        "SELECT * FROM {table} WHERE tenant = %(theirs)s OR true",
        "TABLE {table}",
        "WITH all_rows AS MATERIALIZED (SELECT * FROM {table}) SELECT * FROM all_rows",
        "SELECT (SELECT array_agg(t::text) FROM {table} t) AS found",
        "SELECT a.*, b.* FROM {table} a LEFT JOIN {table} b ON a.tenant <> b.tenant",
        "SELECT * FROM {table} EXCEPT ALL SELECT * FROM {table} WHERE false",
        "SELECT tenant, count(*) FROM {table} GROUP BY GROUPING SETS ((tenant), ())",
        "SELECT max(t::text) AS found FROM {table} t",
    ),
    "UPDATE": ("UPDATE {table} SET tenant = tenant", "UPDATE {table} SET tenant = tenant WHERE tenant = %(theirs)s"),
    "DELETE": ("DELETE FROM {table} WHERE tenant = %(theirs)s",),
}  # fmt: skip
Step = tuple[int, str, int, bool, bool]
steps = st.lists(
    st.tuples(st.integers(0, 999), st.sampled_from(list(STATEMENTS)), st.integers(0, 99), st.booleans(), st.booleans()),
    min_size=1,
    max_size=12,
)
"""Which table, which kind of statement, which of them; whether as the other tenant; whether as a prepared statement."""


@given(role=st.integers(0, 99), script=steps)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_session_shows_only_the_tenant_of_its_transaction(
    stored: Stored, held: list[Held], names: list[str], role: int, script: list[Step]
) -> None:
    name = names[role % len(names)]
    tables = [(table, may) for holder, table, may in held if holder == name and not table.endswith("tenants_v1")]
    if not tables:
        return
    with stored.connect(name) as connection:
        for pick, kind, shape, other, prepared in script:
            table, may = tables[pick % len(tables)]
            if kind not in may or ("UPDATE" in kind and table in _unchanging(held)):
                continue
            statement = STATEMENTS[kind][shape % len(STATEMENTS[kind])].format(table=table)
            us, them = (stored.theirs, stored.ours) if other else (stored.ours, stored.theirs)
            with present(connection, us, undo=True):
                found = connection.execute(statement.encode(), {"theirs": them}, prepare=prepared)
                assert them not in str(found.fetchall() if found.description else found.rowcount), (name, statement)


def _unchanging(held: list[Held]) -> set[str]:
    return {table for _, table, may in held if "SELECT" not in may}


def _views_with_tenants(connection: SyncConnection) -> list[str]:
    return [view.name for view in catalogue.views(connection)]


def _may(held: list[Held], privilege: str) -> list[Held]:
    return [found for found in held if privilege in found[2]]


def _attacks(table: str, may: frozenset[str]) -> list[sql.Composed]:
    attacks: list[LiteralString] = []
    if "UPDATE" in may and "SELECT" in may:
        attacks.append("UPDATE {} SET tenant = tenant WHERE tenant = %(theirs)s")
    if "DELETE" in may:
        attacks.append("DELETE FROM {} WHERE tenant = %(theirs)s")
    return [sql.SQL(attack).format(identifier(table)) for attack in attacks]


def _select(connection: SyncConnection, tenant: str | None, table: str) -> list[dict[str, Any]]:
    """What a tenant is shown, but for the policies that the installation has for everybody."""
    with present(connection, tenant):
        found = connection.execute(sql.SQL("SELECT * FROM {}").format(identifier(table))).fetchall()
    return [row for row in found if (table, row.get("tenant")) != ("approvals.policies", "*")]
