import hmac
import time
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from kernel.auth import InvalidToken, TokenVerifier
from kernel.settings import Settings

SETTINGS = Settings(port_offset=100)
AUDIENCE = SETTINGS.audience("ads")
KEY = ECKey.generate_key("P-256", {"kid": "k1"})


class PublishedKeys:
    """An issuer's key set; `refresh` shows what it published since."""

    def __init__(self, *sets: KeySet) -> None:
        self._sets = list(sets)

    async def keys(self, *, refresh: bool = False) -> KeySet:
        if refresh and len(self._sets) > 1:
            self._sets.pop(0)
        return self._sets[0]


class NothingRevoked:
    """A denylist that nobody reaches, and that says so."""

    epoch = None

    async def covers(self, **_: object) -> bool:
        return False

    async def ping(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


def verifier(*keys: KeySet) -> TokenVerifier:
    published = PublishedKeys(*(keys or (KeySet([KEY]),)))
    return TokenVerifier(SETTINGS, AUDIENCE, keys=published, denylist=NothingRevoked())


def token(key: ECKey = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": SETTINGS.issuer,
        "aud": AUDIENCE,
        "sub": "user:marketer",
        "tenant": "solid-demo",
        "scope": "ads:read ads:write",
        "roles": ["marketer"],
        "client_id": "cli",
        "jti": "t1",
        "iat": now,
        "exp": now + 60,
        "act": {"sub": "ads", "act": {"sub": "agent-ads"}},
    }
    merged = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": "k1", **(header or {})}, merged, key)


async def test_a_genuine_token_names_subject_tenant_scopes_and_the_chain_of_actors() -> None:
    principal = await verifier().verify(token())

    assert (principal.subject, principal.tenant) == ("user:marketer", "solid-demo")
    assert principal.scopes == {"ads:read", "ads:write"}
    assert principal.actors == ("ads", "agent-ads")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "http://127.0.0.1:9"},
        {"aud": "http://127.0.0.1:8201/mcp"},
        {"aud": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"nbf": int(time.time()) + 3600},
        {"sub": None},
        {"jti": None},
    ],
)
async def test_a_token_with_a_wrong_or_missing_claim_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        await verifier().verify(token(**changes))


@pytest.mark.parametrize("typ", ["JWT", "grant+jwt", ""])
async def test_a_jwt_that_is_not_an_access_token_is_refused(typ: str) -> None:
    with pytest.raises(InvalidToken):
        await verifier().verify(token(header={"typ": typ}))


async def test_a_token_signed_by_another_key_under_our_key_id_is_refused() -> None:
    forged = ECKey.generate_key("P-256", {"kid": "k1"})

    with pytest.raises(InvalidToken):
        await verifier().verify(token(forged))


async def test_a_symmetric_signature_with_the_public_key_as_secret_is_refused() -> None:
    payload = token().split(".")[1]
    header = urlsafe_b64encode(b'{"alg":"HS256","typ":"at+jwt","kid":"k1"}').rstrip(b"=").decode()
    signature = hmac.digest(KEY.as_pem(private=False), f"{header}.{payload}".encode(), "sha256")
    forged = f"{header}.{payload}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    with pytest.raises(InvalidToken):
        await verifier().verify(forged)


@pytest.mark.parametrize("text", ["", "abc", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
async def test_text_that_is_no_signed_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        await verifier().verify(text)


async def test_a_rotated_key_is_fetched_when_its_id_is_unknown() -> None:
    rotated = ECKey.generate_key("P-256", {"kid": "k2"})

    principal = await verifier(KeySet([KEY]), KeySet([KEY, rotated])).verify(token(rotated, header={"kid": "k2"}))

    assert principal.token_id == "t1"
