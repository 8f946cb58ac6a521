"""What a client says about itself."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.clients.errors import MetadataRefused
from identity.clients.metadata import describe, parse

# As VS Code publishes it: a grant that is not offered here, and members that are not used.
EDITOR: dict[str, Any] = {
    "client_id": "https://vscode.dev/oauth/client-metadata.json",
    "client_name": "Visual Studio Code",
    "client_uri": "https://vscode.dev/product",
    "logo_uri": "https://code.visualstudio.com/logo.png",
    "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
    "application_type": "native",
    "redirect_uris": ["http://127.0.0.1:33418/", "https://vscode.dev/redirect"],
}


def test_a_description_keeps_name_redirects_and_the_grants_offered_here() -> None:
    described = describe(EDITOR)

    assert described.name == "Visual Studio Code"
    assert described.redirect_uris == ("http://127.0.0.1:33418/", "https://vscode.dev/redirect")
    assert described.grants == {"authorization_code", "refresh_token"}


def test_a_client_that_says_little_is_a_public_one_for_codes() -> None:
    described = describe({"client_name": "Small", "redirect_uris": ["http://127.0.0.1/cb"]})

    assert described.grants == {"authorization_code"}


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("client_name", None),
        ("client_name", 7),
        ("client_name", ""),
        ("client_name", "   "),
        ("client_name", " Visual Studio Code"),
        ("client_name", "x" * 101),
        ("client_name", "PromptSales\u202eedoC"),
        ("client_name", "Prompt\u200bSales"),
        ("client_name", "Prompt\nSales"),
        ("client_name", "Prompt\x00Sales"),
        ("client_name", "Prompt\u2028Sales"),
        ("client_name", "\ue000"),
        ("redirect_uris", None),
        ("redirect_uris", []),
        ("redirect_uris", "http://127.0.0.1/cb"),
        ("redirect_uris", [7]),
        ("redirect_uris", [f"https://app.example.com/{number}" for number in range(11)]),
        ("redirect_uris", ["http://127.0.0.1/cb", "javascript:alert(1)"]),
        ("token_endpoint_auth_method", "client_secret_basic"),
        ("token_endpoint_auth_method", "client_secret_post"),
        ("token_endpoint_auth_method", "private_key_jwt"),
        ("token_endpoint_auth_method", ["none"]),
        ("grant_types", ["client_credentials"]),
        ("grant_types", ["refresh_token"]),
        ("grant_types", "authorization_code"),
        ("response_types", ["token"]),
        ("response_types", []),
        ("client_secret", "hunter2"),
        ("client_secret", None),
        ("client_secret_expires_at", 0),
    ],
)
def test_a_description_that_does_not_do_names_the_member(member: str, value: object) -> None:
    with pytest.raises(MetadataRefused) as refused:
        describe(EDITOR | {member: value})

    assert refused.value.field == member


def test_a_missing_member_is_named() -> None:
    with pytest.raises(MetadataRefused) as refused:
        describe({"client_name": "No way back"})

    assert refused.value.field == "redirect_uris"


def test_a_confidential_client_is_told_what_to_do() -> None:
    with pytest.raises(MetadataRefused, match="public client with PKCE"):
        describe(EDITOR | {"token_endpoint_auth_method": "private_key_jwt"})


def test_a_private_key_in_the_open_is_refused() -> None:
    public = {"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}

    assert describe(EDITOR | {"jwks": {"keys": [public]}})
    with pytest.raises(MetadataRefused) as refused:
        describe(EDITOR | {"jwks": {"keys": [public, public | {"d": "secret"}]}})
    assert refused.value.field == "jwks"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff{}", b"[" * 60_000])
def test_what_is_not_a_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(MetadataRefused):
        parse(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["keys", "d"]), inner),
)


@given(st.dictionaries(st.sampled_from(["jwks", *EDITOR]), JSON))
def test_any_json_is_described_or_refused(changes: dict[str, object]) -> None:
    fields: list[str | None] = []
    try:
        fields.append(describe(parse(json.dumps(EDITOR | changes).encode())).name)
    except MetadataRefused as refused:
        fields.append(refused.field)

    assert fields[0]
