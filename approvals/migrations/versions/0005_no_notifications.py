"""Nothing is notified: a NOTIFY makes all commits of a database server wait for each other. Who waits looks instead.

Processes of the release before go on with the looks they take anyway.
"""

from pathlib import Path

from kernel.migrations import execute, grant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_FUNCTIONS = Path(__file__).parents[2] / "sql" / "functions"
_API = "promptsales_approvals"
_WRITER, _DISPATCHER = "promptsales_approvals_writer", "promptsales_approvals_dispatcher"
_ARCHIVIST = "promptsales_approvals_archivist"

_TRIGGERS = """
DROP TRIGGER record ON approvals.actions;
CREATE TRIGGER record AFTER INSERT OR UPDATE ON approvals.actions
    FOR EACH ROW EXECUTE FUNCTION approvals.record_action_v3();
DROP FUNCTION approvals.record_action_v2();
SET LOCAL ROLE promptsales_approvals_archivist;
DROP TRIGGER chain ON approvals.audit;
CREATE TRIGGER chain BEFORE INSERT ON approvals.audit FOR EACH ROW EXECUTE FUNCTION approvals.chain_audit_v3();
DROP FUNCTION approvals.chain_audit_v2();
RESET ROLE;
"""


def upgrade() -> None:
    execute(f"GRANT CREATE ON SCHEMA approvals TO {_ARCHIVIST}")
    for name, callers in (
        ("record_action_v3", (_WRITER, _DISPATCHER)),
        ("chain_audit_v3", (_ARCHIVIST,)),
        ("audit_positions_v1", (_API,)),
    ):
        execute((_FUNCTIONS / f"{name}.sql").read_text())
        execute(f"REVOKE ALL ON FUNCTION approvals.{name} FROM PUBLIC")
        grant(f"EXECUTE ON FUNCTION approvals.{name}", *callers)
    for name in ("chain_audit_v3", "audit_positions_v1"):
        execute(f"ALTER FUNCTION approvals.{name} OWNER TO {_ARCHIVIST}")
    execute(_TRIGGERS)
    execute(f"REVOKE CREATE ON SCHEMA approvals FROM {_ARCHIVIST}")
