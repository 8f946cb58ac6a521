"""What PostgreSQL's own catalogue says of tables, policies, roles and functions of the live database."""

from dataclasses import dataclass
from typing import TypeVar

import psycopg
from psycopg.rows import DictRow, class_row

SyncConnection = psycopg.Connection[DictRow]
RowT = TypeVar("RowT")
OURS = "nspname !~ '^pg_' AND nspname <> 'information_schema'"
OWN_TENANT = "(tenant = current_setting('app.tenant'::text, true))"


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    """With its schema, such as `crm.leads`."""
    has_tenant: bool
    enabled: bool
    forced: bool
    partition: bool
    """Whether it is a part of another table."""


@dataclass(frozen=True, slots=True)
class Policy:
    table: str
    name: str
    permissive: bool
    roles: list[str]
    command: str
    using: str | None
    check: str | None

    @property
    def keeps_tenants_apart(self) -> bool:
        """Whether it binds every role and every command to the rows of `app.tenant`."""
        bound = (self.roles, self.command, self.using, self.check)
        return bound == (["public"], "ALL", OWN_TENANT, OWN_TENANT)


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    login: bool
    superuser: bool
    bypasses: bool
    makes_roles: bool
    makes_databases: bool
    replicates: bool
    member_of: list[str]
    members: list[str]
    owns: list[str]
    """Tables, functions, schemas and databases."""
    creates_in: list[str]
    """Schemas it may create something in."""


@dataclass(frozen=True, slots=True)
class View:
    name: str
    invoker: bool
    barrier: bool
    definition: str
    readers: list[str]


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    definer: bool
    """Whether it runs with its owner's rights instead of the caller's."""
    owner_is_superuser: bool
    arguments: list[str]
    types: list[str]
    settings: list[str]
    callers: list[str]
    """Login roles that may call it."""
    public: bool


@dataclass(frozen=True, slots=True)
class Key:
    table: str
    name: str
    columns: list[str]
    other_columns: list[str]
    """Of the table it refers to; empty for one that makes rows unique."""


def tables(connection: SyncConnection) -> list[Table]:
    return _rows(
        connection,
        Table,
        f"""
        SELECT nspname || '.' || relname AS name, relrowsecurity AS enabled, relforcerowsecurity AS forced,
               relispartition AS partition,
               EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'tenant' AND NOT attisdropped)
                   AS has_tenant
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind IN ('r', 'p') AND {OURS} ORDER BY 1
        """,
    )


def policies(connection: SyncConnection) -> list[Policy]:
    return _rows(
        connection,
        Policy,
        """
        SELECT schemaname || '.' || tablename AS table, policyname AS name, permissive = 'PERMISSIVE' AS permissive,
               roles::text[] AS roles, cmd AS command, qual AS using, with_check AS check
        FROM pg_policies ORDER BY 1, 2
        """,
    )


def roles(connection: SyncConnection) -> list[Role]:
    """Every role of PromptSales, whether it can log in or not."""
    return _rows(
        connection,
        Role,
        f"""
        SELECT rolname AS name, rolcanlogin AS login, rolsuper AS superuser, rolbypassrls AS bypasses,
               rolcreaterole AS makes_roles, rolcreatedb AS makes_databases, rolreplication AS replicates,
               ARRAY(SELECT roleid::regrole::text FROM pg_auth_members WHERE member = r.oid) AS member_of,
               ARRAY(SELECT member::regrole::text FROM pg_auth_members WHERE roleid = r.oid) AS members,
               ARRAY(SELECT relname::text FROM pg_class WHERE relowner = r.oid AND relkind IN ('r', 'p', 'v', 'm', 'S')
                     UNION ALL SELECT oid::regprocedure::text FROM pg_proc WHERE proowner = r.oid
                     UNION ALL SELECT nspname FROM pg_namespace WHERE nspowner = r.oid
                     UNION ALL SELECT datname FROM pg_database WHERE datdba = r.oid) AS owns,
               ARRAY(SELECT nspname::text FROM pg_namespace
                     WHERE {OURS} AND has_schema_privilege(r.oid, oid, 'CREATE')) AS creates_in
        FROM pg_roles r WHERE rolname LIKE 'promptsales%' ORDER BY 1
        """,
    )


def views(connection: SyncConnection) -> list[View]:
    return _rows(
        connection,
        View,
        f"""
        SELECT nspname || '.' || relname AS name, pg_get_viewdef(c.oid) AS definition,
               coalesce(reloptions && '{{security_invoker=true,security_invoker=on}}', false) AS invoker,
               coalesce(reloptions && '{{security_barrier=true,security_barrier=on}}', false) AS barrier,
               ARRAY(SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'promptsales%'
                     AND has_table_privilege(rolname, c.oid, 'SELECT')) AS readers
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind IN ('v', 'm') AND {OURS} ORDER BY 1
        """,
    )


def functions(connection: SyncConnection) -> list[Function]:
    """Every function of ours that can be called, so no trigger's."""
    return _rows(
        connection,
        Function,
        f"""
        SELECT nspname || '.' || proname AS name,
               coalesce(proargnames[:pronargs], '{{}}') AS arguments,
               ARRAY(SELECT format_type(t, NULL) FROM unnest(proargtypes) WITH ORDINALITY AS a (t, n) ORDER BY n)
                   AS types,
               coalesce(proconfig, '{{}}') AS settings, owner.rolsuper AS owner_is_superuser, prosecdef AS definer,
               has_function_privilege('public', p.oid, 'EXECUTE') AS public,
               ARRAY(SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'promptsales%' AND rolcanlogin
                     AND has_function_privilege(rolname, p.oid, 'EXECUTE') ORDER BY 1) AS callers
        FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace JOIN pg_roles owner ON owner.oid = proowner
        WHERE (prosecdef OR {OURS}) AND prorettype <> 'trigger'::regtype ORDER BY 1
        """,
    )


def uniqueness(connection: SyncConnection) -> list[Key]:
    """Unique indexes, primary keys among them."""
    return _rows(
        connection,
        Key,
        f"""
        SELECT nspname || '.' || c.relname AS table, i.relname AS name, '{{}}'::text[] AS other_columns,
               ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = i.oid ORDER BY attnum) AS columns
        FROM pg_index x JOIN pg_class c ON c.oid = indrelid JOIN pg_class i ON i.oid = indexrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE indisunique AND c.relkind IN ('r', 'p') AND {OURS} ORDER BY 1, 2
        """,
    )


def foreign_keys(connection: SyncConnection) -> list[Key]:
    return _rows(
        connection,
        Key,
        """
        SELECT conrelid::regclass::text AS table, conname AS name,
               ARRAY(SELECT attname::text FROM unnest(conkey) k JOIN pg_attribute
                     ON attrelid = conrelid AND attnum = k) AS columns,
               ARRAY(SELECT attname::text FROM unnest(confkey) k JOIN pg_attribute
                     ON attrelid = confrelid AND attnum = k) AS other_columns
        FROM pg_constraint WHERE contype = 'f' ORDER BY 1, 2
        """,
    )


def privileges(connection: SyncConnection) -> list[tuple[str, str, str]]:
    """(role, table or view, privilege) for login roles, privileges of single columns included."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT DISTINCT rolname AS role, nspname || '.' || relname AS name, privilege
            FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace CROSS JOIN pg_roles
            CROSS JOIN unnest('{{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}}'::text[]) privilege
            WHERE relkind IN ('r', 'p', 'v', 'm') AND {OURS} AND rolcanlogin AND rolname LIKE 'promptsales%'
              AND CASE WHEN privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
                       THEN has_any_column_privilege(rolname, c.oid, privilege)
                       ELSE has_table_privilege(rolname, c.oid, privilege) END
            ORDER BY 1, 2, 3
            """.encode()
        )
        return [(row["role"], row["name"], row["privilege"]) for row in cursor.fetchall()]


def _rows(connection: SyncConnection, kind: type[RowT], query: str) -> list[RowT]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query.encode()).fetchall()
