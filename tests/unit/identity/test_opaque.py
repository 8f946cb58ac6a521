import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import opaque
from identity.opaque import Kind

KINDS: tuple[Kind, ...] = (opaque.CODE, opaque.REFRESH_TOKEN, opaque.BROWSER_SESSION, opaque.INVITATION)
TENANTS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)


@given(kind=st.sampled_from(KINDS), tenant=TENANTS)
def test_what_is_made_is_read_as_its_kind_alone(kind: Kind, tenant: str) -> None:
    secret = opaque.make(kind, tenant)

    read = {other: opaque.read(other, secret) for other in KINDS}

    assert {other for other, found in read.items() if found} == {kind}
    assert read[kind] == opaque.OpaqueSecret(tenant, hashlib.sha256(secret.encode()).digest())


@given(tenant=TENANTS)
def test_no_two_are_the_same(tenant: str) -> None:
    assert opaque.make("psr", tenant) != opaque.make("psr", tenant)


@given(text=st.text())
def test_any_other_text_is_none(text: str) -> None:
    assert opaque.read("psr", text) is None


@pytest.mark.parametrize(
    "text",
    [
        "psr_acme." + "A" * 42,
        "psr_acme." + "A" * 44,
        "psr_acme." + "A" * 42 + "=",
        "psr_acme." + "A" * 43 + "\n",
        "psr_." + "A" * 43,
        "psr_-acme." + "A" * 43,
        "psr_ACME." + "A" * 43,
        "psr_" + "a" * 64 + "." + "A" * 43,
        "psr_acme" + "A" * 43,
        "xpsr_acme." + "A" * 43,
    ],
)
def test_nearly_right_is_none(text: str) -> None:
    assert opaque.read("psr", text) is None


def test_changing_the_tenant_changes_the_hash() -> None:
    secret = opaque.make("psr", "acme")
    moved = opaque.read("psr", secret.replace("acme", "other"))
    kept = opaque.read("psr", secret)

    assert moved is not None
    assert kept is not None
    assert (moved.tenant, moved.secret_hash == kept.secret_hash) == ("other", False)
