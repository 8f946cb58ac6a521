"""What the live catalogue must say for tenants to be apart. Every exception is named here, with its reason."""

import re

import pytest

from tests.integration.tenancy import catalogue
from tests.integration.tenancy.catalogue import Function, Key, Policy, Role, SyncConnection, Table, View

OF_NO_TENANT = {
    "approvals.audit_partitions": "the days of the audit's partitions",
    "identity.clients": "OAuth clients are known to the whole installation",
    "identity.used_assertions": "random ids of assertions that clients, not tenants, have used",
    "identity.revocations": "random ids and hashes, which resource servers ask for before they know a tenant",
    "sandbox.faults": "faults of the simulated outside world",
    "sandbox.platform_kinds": "what kind of platform the simulated outside world is",
    "orchestrator.checkpoint_migrations": "the version of LangGraph's own tables",
}
"""Tables without a tenant column, beside each schema's `alembic_version`."""
FOR_EVERY_TENANT = {
    "promptsales_approvals_archivist": "owns the audit: chains entries, and drops partitions, of every tenant",
    "promptsales_approvals_courier": "owns the functions that deliver notices, and tells every tenant's",
    "promptsales_approvals_dispatcher": "owns the executor's functions, which claim and finish actions of every tenant",
    "promptsales_identity_directory": "owns the look-ups of accounts by e-mail address, and of tenants by name",
}
"""Roles that a policy lets past the tenant. Nobody can log in as one, or become one."""
SERVING_EVERY_TENANT = {
    "approvals.drift_action_v1": "the executor puts back the action it claimed, named by tenant, id and fence",
    "approvals.remind_next_v1": "time reminds of actions of every tenant; answers whether one",
    "approvals.forget_requests_v1": "idempotency keys older than a day are forgotten; answers nothing",
    "approvals.install_policy_v1": "the installation's own policy, which holds where a tenant has none",
    "ads.live_campaigns_v1": "the insights fetcher works through every tenant's live campaigns: ids alone",
    "approvals.claim_action_v2": "the executor takes the oldest approved action of any tenant",
    "approvals.finish_action_v2": "the executor closes the action it claimed, named by tenant, id and fence",
    "approvals.defer_action_v1": "the executor gives the action it claimed back, named by tenant, id and fence",
    "approvals.keep_audit_v1": "time makes and drops partitions of every tenant's audit; answers how many",
    "approvals.route_notices_v1": "the operator's channels get notices of every tenant; answers how many",
    "approvals.claim_notices_v1": "the courier takes notices of every tenant; no tenant chooses a channel",
    "approvals.finish_notice_v1": "the courier closes the delivery it took, named by tenant, entry and channel",
    "approvals.sweep_notices_v1": "time deletes notices of every tenant; answers how many",
    "approvals.expire_next_v1": "time closes actions of every tenant; answers whether one",
    "identity.accounts_v1": "who signs in says an e-mail address first: which tenants know it",
    "identity.list_tenants_v1": "the operator's list of tenants, and the one tenant of an installation that has one",
}
"""SECURITY DEFINER functions that look past the present tenant."""
TENANT_NAMES = {
    f"{schema}.export_tenants_v1": "the pipeline starts from the tenants that have something; names alone"
    for schema in ("ads", "content", "crm", "orchestrator")
}
READERS_OF_OTHER_SCHEMAS = {
    "promptsales_analytics": "hub",  # analytics answers from the hub's facts
    "promptsales_executor": "approvals",  # the queue's second process
}
MAKES_TABLES = {"promptsales_approvals_archivist": ["approvals_audit"], "promptsales_hub_archivist": ["hub_facts"]}
"""Roles that may create something, and where. Nobody can log in as one."""
PIPELINE = "promptsales_pipeline"  # reads the export views of the sub-companies, writes nothing
ACROSS_TENANTS_UNIQUE = {"one_operator": "one tenant at most operates the installation"}


@pytest.fixture(scope="module")
def tables(admin_session: SyncConnection) -> list[Table]:
    return catalogue.tables(admin_session)


@pytest.fixture(scope="module")
def policies(admin_session: SyncConnection) -> list[Policy]:
    return catalogue.policies(admin_session)


@pytest.fixture(scope="module")
def roles(admin_session: SyncConnection) -> list[Role]:
    return catalogue.roles(admin_session)


@pytest.fixture(scope="module")
def views(admin_session: SyncConnection) -> list[View]:
    return catalogue.views(admin_session)


@pytest.fixture(scope="module")
def functions(admin_session: SyncConnection) -> list[Function]:
    return [function for function in catalogue.functions(admin_session) if function.definer]


def test_every_table_with_tenants_forces_row_level_security(tables: list[Table]) -> None:
    with_tenants = [table for table in tables if table.has_tenant]

    assert len(with_tenants) > 40
    assert [table.name for table in with_tenants if not (table.enabled and table.forced)] == []


def test_every_table_without_tenants_is_named_with_its_reason(tables: list[Table]) -> None:
    without = {table.name for table in tables if not table.has_tenant and not table.name.endswith(".alembic_version")}

    assert without - {table.name for table in tables if table.forced} == set(OF_NO_TENANT)


def test_every_table_with_tenants_binds_every_role_to_the_present_tenant(
    tables: list[Table], policies: list[Policy]
) -> None:
    bound = {policy.table for policy in policies if policy.permissive and policy.keeps_tenants_apart}

    assert {table.name for table in tables if table.has_tenant} <= bound


def _is_of_the_installation(policy: Policy) -> bool:
    """Reading the policies that an installation has for every tenant: they are nobody's own."""
    return (policy.table, policy.command, policy.using) == ("approvals.policies", "SELECT", "(tenant = '*'::text)")


def test_a_wider_policy_is_for_roles_nobody_can_become(policies: list[Policy], roles: list[Role]) -> None:
    wider = [
        policy
        for policy in policies
        if policy.permissive and not policy.keeps_tenants_apart and not _is_of_the_installation(policy)
    ]
    wide = {role for policy in wider for role in policy.roles}

    assert wide - {"public"} == set(FOR_EVERY_TENANT)
    for policy in wider:
        if policy.roles == ["public"]:  # a table that says its tenant in another column
            assert "current_setting('app.tenant'::text, true)" in (policy.using or ""), policy
            assert policy.check == policy.using, policy
    for role in roles:
        if role.name in wide:
            assert not role.login
            assert role.members == []


def test_no_service_role_can_pass_row_level_security(roles: list[Role]) -> None:
    assert len([role for role in roles if role.login]) > 9
    for role in roles:
        assert not any((role.superuser, role.bypasses, role.makes_roles, role.makes_databases, role.replicates)), role
        assert role.member_of == [], role
        assert role.creates_in == ([] if role.login else MAKES_TABLES.get(role.name, [])), role
        if role.login:
            assert role.owns == [], role


def test_no_service_role_can_truncate_or_attach_triggers(admin_session: SyncConnection) -> None:
    found = [held for held in catalogue.privileges(admin_session) if held[2] in ("TRUNCATE", "REFERENCES", "TRIGGER")]

    assert found == []


def test_a_service_role_reaches_its_own_schema_only(admin_session: SyncConnection) -> None:
    for role, table, privilege in catalogue.privileges(admin_session):
        schema = table.partition(".")[0]
        if role == PIPELINE:
            assert (privilege, table.partition(".")[2][:7]) == ("SELECT", "export_"), table
        elif schema != role.removeprefix("promptsales_"):
            assert (READERS_OF_OTHER_SCHEMAS.get(role), privilege) == (schema, "SELECT"), (role, table)


def test_a_view_shows_what_its_reader_may_see(views: list[View]) -> None:
    """Or, read with its owner's rights, it names the present tenant itself, and nothing is looked at before that."""
    for view in views:
        if view.invoker or view.name in TENANT_NAMES:
            continue
        assert re.search(r"\btenant = current_setting\('app.tenant'::text, true\)", view.definition), view.name
        assert view.barrier, f"{view.name}: without security_barrier, a function sees rows before the tenant is checked"
        assert view.readers == [PIPELINE], view.name


def test_names_of_tenants_are_for_the_pipeline_alone(views: list[View]) -> None:
    names = {view.name: view for view in views if view.name in TENANT_NAMES}

    assert set(names) == set(TENANT_NAMES)
    for view in names.values():
        assert view.readers == [PIPELINE]
        assert re.fullmatch(r"\s*SELECT (DISTINCT )?tenant\s+FROM \w+\.\w+;", view.definition), view.definition


def test_what_is_unique_is_so_within_a_tenant(admin_session: SyncConnection, tables: list[Table]) -> None:
    """A key across tenants would tell one tenant what another has."""
    with_tenants = {table.name for table in tables if table.has_tenant}
    across = [
        key.name
        for key in catalogue.uniqueness(admin_session)
        if key.table in with_tenants and "tenant" not in key.columns
    ]

    assert across == list(ACROSS_TENANTS_UNIQUE)


def test_a_reference_stays_within_a_tenant(admin_session: SyncConnection, tables: list[Table]) -> None:
    """Foreign keys are checked past row-level security: only the tenant in them keeps them apart."""
    with_tenants = {table.name for table in tables if table.has_tenant}
    keys = [key for key in catalogue.foreign_keys(admin_session) if key.table in with_tenants]

    def position(key: Key) -> tuple[int, int]:
        return key.columns.index("tenant"), key.other_columns.index("tenant")

    assert keys
    for key in keys:
        assert "tenant" in key.columns, key
        assert "tenant" in key.other_columns, key
        assert len(set(position(key))) == 1, key


def test_functions_with_their_owners_rights_are_safe_to_call(functions: list[Function]) -> None:
    assert functions
    for function in functions:
        assert not function.public, function.name
        assert any(setting.startswith("search_path=") for setting in function.settings), function.name
        assert len(function.callers) == 1, function
        if function.owner_is_superuser:
            assert function.name in SERVING_EVERY_TENANT, function.name


def test_every_function_that_serves_every_tenant_still_exists(functions: list[Function]) -> None:
    assert set(SERVING_EVERY_TENANT) <= {function.name for function in functions}
