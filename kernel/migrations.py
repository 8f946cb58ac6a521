"""Migrations: every context keeps its own Alembic versions and version table; this is the one environment they share.

A context's `__main__` calls `migrate(Context("ads", Path(__file__).parent))`. Versions are plain SQL with the functions
below; they run as an administrator, inside one transaction, under a lock, and services connect as their own role.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from alembic import command, op
from alembic.config import Config
from psycopg import sql
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection, make_url

from kernel.settings import Settings

_LOCK = 7_411_260  # any constant: one migration at a time in a database


@dataclass(frozen=True, slots=True)
class Context:
    """Where a context's versions lie (`<folder>/migrations/versions`) and the roles that may connect for it."""

    schema: str
    folder: Path
    extra_roles: tuple[str, ...] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (f"promptsales_{self.schema}", *self.extra_roles)


def migrate(settings: Settings, context: Context, *, target: str = "head") -> str | None:
    """Bring a context's schema to `target`; returns the revision it is at. Safe to run again and concurrently."""
    url = make_url(settings.admin_database_url()).set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            _prepare(connection, settings, context)
            command.upgrade(_config(context, connection), target)
            row = connection.execute(text(f'SELECT version_num FROM "{context.schema}".alembic_version')).first()
            return str(row[0]) if row else None
    finally:
        engine.dispose()


def _config(context: Context, connection: Connection) -> Config:
    config = Config(attributes={"connection": connection, "schema": context.schema})
    config.set_main_option("script_location", _escaped(Path(__file__).parent / "migration_environment"))
    config.set_main_option("version_locations", _escaped(context.folder / "migrations" / "versions"))
    config.set_main_option("path_separator", "newline")
    return config


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


def _prepare(connection: Connection, settings: Settings, context: Context) -> None:
    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{context.schema}"'))
    for role in context.roles:
        exists = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).first()
        if not exists:
            connection.execute(text(f'CREATE ROLE "{role}" LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE'))
        password = sql.Literal(settings.role_password()).as_string(None)
        connection.exec_driver_sql(f'ALTER ROLE "{role}" PASSWORD {password}'.replace("%", "%%"))
        connection.execute(text(f'GRANT USAGE ON SCHEMA "{context.schema}" TO "{role}"'))


def execute(statements: str) -> None:
    """Run SQL as it stands: one or several statements, `:` and `%` without escapes."""
    op.get_bind().connection.cursor().execute(statements.encode())  # pyright: ignore[reportUnknownMemberType]


def tenant_table(schema: str, table: str, *roles: str, privileges: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Force row-level security by tenant on a table and let the schema's role (or `roles`) use it."""
    name = f'"{schema}"."{table}"'
    execute(
        f"""
        ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {name} FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant_isolation ON {name}
            USING (tenant = current_setting('app.tenant', true))
            WITH CHECK (tenant = current_setting('app.tenant', true));
        """
    )
    grant(f"{privileges} ON {name}", *(roles or (f"promptsales_{schema}",)))


def grant(what: str, *roles: str) -> None:
    """`grant("SELECT ON ads.export_metrics_v1", "promptsales_pipeline")`, creating the role's name if it is new."""
    for role in roles:
        execute(
            f"""
            DO $$ BEGIN
                IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN
                    CREATE ROLE "{role}" LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
                END IF;
            END $$;
            GRANT {what} TO "{role}";
            """
        )


def track_changes(schema: str, table: str) -> None:
    """Give a table `change_id`: the transaction that wrote a row last, which the pipeline's delta reads."""
    name = f'"{schema}"."{table}"'
    execute(
        f"""
        ALTER TABLE {name} ADD COLUMN change_id xid8 NOT NULL DEFAULT pg_current_xact_id();
        CREATE INDEX ON {name} (tenant, change_id);
        CREATE OR REPLACE FUNCTION "{schema}".stamp_change() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN NEW.change_id := pg_current_xact_id(); RETURN NEW; END $$;
        CREATE TRIGGER stamp_change BEFORE UPDATE ON {name}
            FOR EACH ROW EXECUTE FUNCTION "{schema}".stamp_change();
        """
    )


def keep_deletions(schema: str) -> None:
    """Give a schema the table `deletions`, which `track_deletions` fills: what a delta by `change_id` cannot show."""
    execute(
        f"""
        CREATE TABLE "{schema}".deletions (
            tenant text NOT NULL, relation text NOT NULL, key jsonb NOT NULL,
            change_id xid8 NOT NULL DEFAULT pg_current_xact_id()
        );
        COMMENT ON TABLE "{schema}".deletions IS 'keys of exported rows that were deleted or given another key';
        CREATE INDEX ON "{schema}".deletions (tenant, relation, change_id);
        """
    )
    tenant_table(schema, "deletions", privileges="INSERT")


def track_deletions(schema: str, table: str, relation: str, key: Mapping[str, str]) -> None:
    """Note the keys of rows that go from a table. `key` maps the names that the export has to the table's columns."""
    name = f'"{schema}"."{table}"'
    function = f'"{schema}"."note_deleted_{relation}"'

    def built(row: str) -> str:
        return f"jsonb_build_object({', '.join(f'{exported!r}, {row}.{column}' for exported, column in key.items())})"

    def columns(row: str) -> str:
        return ", ".join(f"{row}.{column}" for column in ("tenant", *key.values()))

    execute(
        f"""
        CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'TRUNCATE' THEN
                INSERT INTO "{schema}".deletions (tenant, relation, key)
                    SELECT gone.tenant, '{relation}', {built("gone")} FROM {name} AS gone;
            ELSE
                INSERT INTO "{schema}".deletions (tenant, relation, key)
                    VALUES (OLD.tenant, '{relation}', {built("OLD")});
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER note_deleted AFTER DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION {function}();
        CREATE TRIGGER note_other_key AFTER UPDATE ON {name} FOR EACH ROW
            WHEN (({columns("OLD")}) IS DISTINCT FROM ({columns("NEW")})) EXECUTE FUNCTION {function}();
        CREATE TRIGGER note_truncated BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION {function}();
        """
    )


def sql_files(folder: Path) -> None:
    """Run every `*.sql` of a folder in name order: versioned functions, one a file."""
    for path in sorted(folder.glob("*.sql")):
        execute(path.read_text())
