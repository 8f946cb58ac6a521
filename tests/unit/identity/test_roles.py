from kernel.auth import Role, Scope, roles
from kernel.auth.roles import ALL_SCOPES, ROLE_SCOPES, scopes_of


def documented() -> dict[str, set[str]]:
    """The table of the module's docstring, as role → scopes."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (roles.__doc__ or "").splitlines()
        if line.startswith("|") and "---" not in line
    ]
    header, *body = rows
    return {
        role: {scope.strip() for row in body if row[column] == "x" for scope in row[0].split(",")}
        for column, role in enumerate(header)
        if column > 0
    }


def test_documented_table_is_the_one_in_force() -> None:
    assert documented() == {role: set(scopes) for role, scopes in ROLE_SCOPES.items()}


def test_sales_agent_sells_and_proposes() -> None:
    expected: set[Scope] = {
        "content:read",
        "crm:read",
        "crm:write",
        "analytics:read",
        "hub:read",
        "approvals:read",
        "actions:propose",
    }

    assert ROLE_SCOPES["sales_agent"] == expected


def test_admin_may_everything_but_execute() -> None:
    assert ALL_SCOPES - ROLE_SCOPES["admin"] == {"actions:execute"}


def test_proposing_and_deciding_meet_only_in_the_administrator() -> None:
    both: list[Role] = [
        role for role, scopes in ROLE_SCOPES.items() if {"actions:propose", "approvals:decide"} <= scopes
    ]

    assert both == ["admin"]


def test_roles_add_up() -> None:
    assert scopes_of(["viewer", "sales_agent"]) == ROLE_SCOPES["viewer"] | ROLE_SCOPES["sales_agent"]
    assert scopes_of([]) == frozenset()
