from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.authorization.request import (
    PROMPTS,
    AuthorizationRequest,
    Pairs,
    ReturnAddress,
    authorization_request,
    return_address,
    without_sign_in,
)
from identity.clients.client import Client
from identity.errors import AuthorizationUnsafe, Refusal, TargetRefused
from identity.forms import parse_pairs
from kernel.auth.roles import Resource
from tests.support.clients import CALLBACK, application

CONTENT = "https://content.example/mcp"
GOOD: list[tuple[str, str]] = [
    ("response_type", "code"),
    ("client_id", "app"),
    ("redirect_uri", CALLBACK),
    ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    ("code_challenge_method", "S256"),
    ("resource", CONTENT),
]
NAMES = [name for name, _ in GOOD] + [
    "state", "nonce", "scope", "prompt", "max_age", "request", "request_uri", "response_mode", "id_token_hint", "x",
]  # fmt: skip
PAIRS = st.lists(
    st.sampled_from(GOOD)
    | st.tuples(st.sampled_from(NAMES), st.text(max_size=20) | st.sampled_from([*PROMPTS, "openid", "S256", "0"])),
    max_size=14,
)


async def find(client_id: str) -> Client | None:
    return application() if client_id == "app" else None


def resource(uri: str) -> Resource:
    if uri != CONTENT:
        raise TargetRefused("It is not known.", field="resource")
    return "content"


def read(pairs: Pairs) -> AuthorizationRequest:
    return authorization_request(pairs, ReturnAddress(application(), CALLBACK, None), resource)


@given(pairs=PAIRS)
async def test_whatever_comes_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        address = await return_address(pairs, find)
    except AuthorizationUnsafe:
        address = None
    try:
        asked = read(pairs)
    except Refusal:
        asked = None

    if address is not None:
        assert [value for name, value in pairs if name == "client_id"] == ["app"]
        assert [value for name, value in pairs if name == "redirect_uri"] == [CALLBACK]
    if asked is not None:
        names = [name for name, _ in pairs if name != "resource"]
        assert len(names) == len(set(names))
        assert not {"request", "request_uri"} & {name for name, value in pairs if value}
        assert dict(pairs)["code_challenge_method"] == "S256"
        assert len(asked.binding.code_challenge) == 43
        assert asked.resources in {("content",), ("identity",)}


@given(pairs=PAIRS)
def test_after_signing_in_no_reason_is_left_to_do_it_again(pairs: list[tuple[str, str]]) -> None:
    again = parse_qsl(without_sign_in(pairs), keep_blank_values=True)

    assert not {"login", "select_account"} & {
        word for name, value in again if name == "prompt" for word in value.split()
    }
    assert "max_age" not in dict(again)
    others = {"prompt", "max_age"}
    assert [pair for pair in again if pair[0] not in others] == [pair for pair in pairs if pair[0] not in others]


@given(encoded=st.binary(max_size=200))
def test_any_bytes_are_pairs_or_refused(encoded: bytes) -> None:
    try:
        pairs = parse_pairs(encoded)
    except Refusal:
        return

    assert all(isinstance(name, str) and isinstance(value, str) for name, value in pairs)


def test_resource_named_twice_counts_once() -> None:
    assert read([*GOOD, ("resource", CONTENT)]).resources == ("content",)


def test_without_resource_openid_means_the_issuer() -> None:
    pairs = [pair for pair in GOOD if pair[0] != "resource"]

    assert read([*pairs, ("scope", "openid email")]).resources == ("identity",)
    with pytest.raises(TargetRefused):
        read([*pairs, ("scope", "content:read")])


@pytest.mark.parametrize(
    ("stated", "signed_in_at", "again"),
    [
        ([], 0, False),
        ([("prompt", "consent")], 100, False),
        ([("prompt", "login consent")], 100, True),
        ([("max_age", "50")], 50, False),
        ([("max_age", "50")], 49, True),
        ([("max_age", "0")], 100, True),
    ],
)
def test_signing_in_again_is_asked_for(stated: list[tuple[str, str]], signed_in_at: int, again: bool) -> None:
    assert read([*GOOD, *stated]).wants_sign_in(signed_in_at, now=100) is again
