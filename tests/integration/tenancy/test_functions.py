"""Functions that a service may call: whatever it passes, nothing of another tenant comes back or changes."""

import re
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.integration.approvals.support import payload
from tests.integration.tenancy import catalogue
from tests.integration.tenancy.catalogue import Function
from tests.integration.tenancy.conftest import OURS, THEIRS, Stored
from tests.integration.tenancy.rows import identifier, present, rows_of
from tests.integration.tenancy.test_catalogue import SERVING_EVERY_TENANT

ARGUMENTS: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from([f"{THEIRS} id", f"{OURS} id", THEIRS, OURS, "approve", "reject", "SUCCEEDED", None]),
    "text[]": st.just([THEIRS]),
    "integer": st.sampled_from([1, 2, 600]),
    "bigint": st.sampled_from([0, 1]),
    "double precision": st.just(1.0),
    "boolean": st.just(True),
    "jsonb": st.just(Jsonb({})),
    "bytea": st.sampled_from([payload(THEIRS).canonical(), payload(OURS).canonical()]),
}
ABOUT_THEM = re.compile(rf"{THEIRS} (?!(id|is|was|has|of|does|belongs|cannot|lacks)\b)")
"""What rows of theirs have in them: their name before a column's. No argument here, nor an error about one, has it."""


@pytest.fixture(scope="module")
def callable_functions(stored: Stored) -> list[tuple[str, Function]]:
    """Each with each role that may call it; those that serve every tenant are named with their reasons."""
    found = [
        (role, function)
        for function in catalogue.functions(stored.admin)
        if function.name not in SERVING_EVERY_TENANT
        for role in function.callers
    ]
    definers = {function.name for _, function in found if function.definer}
    assert {f"approvals.{verb}_action_v2" for verb in ("propose", "decide", "edit", "cancel")} <= definers
    return found


@given(index=st.integers(0, 999), data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_function_reaches_another_tenant(
    stored: Stored, callable_functions: list[tuple[str, Function]], index: int, data: st.DataObject
) -> None:
    role, function = callable_functions[index % len(callable_functions)]
    arguments = [data.draw(ARGUMENTS.get(kind, st.none())) for kind in function.types]
    before = rows_of(stored.admin, THEIRS)
    call = sql.SQL("SELECT f::text AS answer FROM {}({}) AS f").format(
        identifier(function.name),
        sql.SQL(", ").join(sql.SQL("%s::{}").format(sql.SQL(kind)) for kind in function.types),  # pyright: ignore[reportArgumentType] - a type's name from the catalogue
    )
    answer = ""
    try:
        with stored.connect(role) as connection, present(connection, OURS):
            answer = str(connection.execute(call, arguments).fetchall())
    except psycopg.Error as error:
        answer = str(error)

    assert not ABOUT_THEM.search(answer), (function.name, arguments)
    assert rows_of(stored.admin, THEIRS) == before, (function.name, arguments)


def test_an_action_of_another_tenant_is_unknown_to_every_function_of_the_queue(stored: Stored) -> None:
    """The same calls on one's own action do reach it: the refusals above mean something."""
    call = "SELECT (approvals.cancel_action_v2(%s, 1, %s, '{admin}', 'no')).state"

    with stored.connect("promptsales_approvals") as connection:
        with pytest.raises(psycopg.DatabaseError) as refused, present(connection, OURS):
            connection.execute(call, (f"{THEIRS} id", THEIRS))
        with present(connection, THEIRS, undo=True):
            own = connection.execute(call, (f"{THEIRS} id", THEIRS)).fetchone()

    assert refused.value.sqlstate == "PS001"
    assert own == {"state": "CANCELLED"}
