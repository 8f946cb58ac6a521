"""An issuer's keys: which are used, when they are fetched again, and how long they serve when nobody answers."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from kernel.auth import keys as module
from kernel.auth.keys import IssuerUnavailable, RemoteKeys, discovered_from, is_safe_address, public_keys, published_at
from kernel.settings import Settings

EC, RSA, OKP = ECKey.generate_key("P-256"), RSAKey.generate_key(2048), OKPKey.generate_key("Ed25519")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["keys", "kty", "n", "e", "crv", "x", "y"]), inner),
)


def published(key: Any, **changes: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": "k", **changes}


class World:
    """A clock that is set by hand, and an issuer that answers, or does not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.answers: Callable[[httpx2.Request], httpx2.Response] = self.keys
        self.requests: list[str] = []
        transport = httpx2.MockTransport(self._answer)

        def client(_settings: Settings, *, timeout: float) -> httpx2.AsyncClient:
            return httpx2.AsyncClient(transport=transport, timeout=timeout)

        monkeypatch.setattr(module, "service_http", client)

    def remote(self, locate: Any = None) -> RemoteKeys:
        return RemoteKeys(Settings(), locate or published_at("https://issuer.example/jwks"), clock=lambda: self.now)

    def keys(self, _request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"keys": [published(EC)]})

    def silence(self, request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(str(request.url))
        return self.answers(request)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@pytest.mark.parametrize(
    "entry",
    [
        OctKey.generate_key(256).as_dict(),
        published(RSA, use="enc"),
        published(RSA, key_ops=["sign"]),
        published(RSA, key_ops=7),
        RSA.as_dict(private=True),
        published(RSA, n="w" * 171),
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
        {"kty": ["RSA"]},
        "RSA",
        None,
    ],
)
def test_a_key_that_should_not_verify_signatures_is_passed_over(entry: object) -> None:
    with pytest.raises(ValueError, match="no usable key"):
        public_keys({"keys": [entry]})
    assert len(public_keys({"keys": [entry, published(EC)]}).keys) == 1


@pytest.mark.parametrize("key", [EC, RSA, OKP])
def test_public_keys_of_every_kind_are_used(key: Any) -> None:
    [found] = public_keys({"keys": [published(key, use="sig")]}).keys

    assert found.kid == "k"


@given(JSON)
def test_a_document_that_is_none_is_a_value_error(document: object) -> None:
    with pytest.raises(ValueError, match=r"not a JWKS document|no usable key"):
        public_keys(document)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://issuer.example/jwks", True),
        ("http://127.0.0.1:8130/jwks", True),
        ("http://[::1]/jwks", True),
        ("http://localhost:9/jwks", True),
        ("http://issuer.example/jwks", False),
        ("http://127.0.0.1.example/jwks", False),
        ("http://localhost@issuer.example/jwks", False),
        ("file:///etc/passwd", False),
        ("https:///jwks", False),
        ("", False),
    ],
)
def test_keys_are_read_over_tls_or_on_this_machine(url: str, safe: bool) -> None:
    assert is_safe_address(url) is safe


async def test_keys_are_kept_for_five_minutes(world: World) -> None:
    remote = world.remote()

    await remote.keys()
    world.now += 299
    await remote.keys()
    assert len(world.requests) == 1
    world.now += 2
    await remote.keys()
    assert len(world.requests) == 2


async def test_for_an_unknown_key_they_are_fetched_again_at_most_every_few_seconds(world: World) -> None:
    remote = world.remote()

    await remote.keys()
    await remote.keys(refresh=True)
    assert len(world.requests) == 1
    world.now += 6
    await asyncio.gather(*(remote.keys(refresh=True) for _ in range(10)))
    assert len(world.requests) == 2


async def test_the_last_keys_serve_for_an_hour_while_the_issuer_is_silent(world: World) -> None:
    remote = world.remote()
    kept = await remote.keys()
    world.answers = world.silence

    world.now += 3599
    assert await remote.keys() is kept
    world.now += 2
    with pytest.raises(IssuerUnavailable):
        await remote.keys()


async def test_nobody_can_say_that_a_key_is_unknown_while_the_issuer_is_silent(world: World) -> None:
    remote = world.remote()
    await remote.keys()
    world.answers = world.silence
    world.now += 6

    for _ in range(2):
        with pytest.raises(IssuerUnavailable):
            await remote.keys(refresh=True)
    assert len(world.requests) == 2


async def test_a_silent_issuer_is_asked_again_and_found_when_it_is_back(world: World) -> None:
    remote = world.remote()
    world.answers = world.silence
    for _ in range(3):
        with pytest.raises(IssuerUnavailable):
            await remote.keys()
    assert len(world.requests) == 1

    world.answers = world.keys
    world.now += 2
    assert (await remote.keys()).keys


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(500, json={}),
        httpx2.Response(302, headers={"Location": "http://169.254.169.254/"}),
        httpx2.Response(200, text="<html>"),
        httpx2.Response(200, json=[]),
        httpx2.Response(200, json={"keys": []}),
    ],
)
async def test_an_answer_that_holds_no_keys_is_no_answer(world: World, answer: httpx2.Response) -> None:
    world.answers = lambda _: answer

    with pytest.raises(IssuerUnavailable):
        await world.remote().keys()
    assert len(world.requests) == 1


@pytest.mark.parametrize(
    ("issuer", "place"),
    [
        ("https://id.example/realms/a", "https://id.example/realms/a/.well-known/openid-configuration"),
        ("https://id.example/realms/a", "https://id.example/.well-known/oauth-authorization-server/realms/a"),
        ("https://id.example", "https://id.example/.well-known/oauth-authorization-server"),
    ],
)
async def test_keys_are_found_by_either_kind_of_metadata(world: World, issuer: str, place: str) -> None:
    def answers(request: httpx2.Request) -> httpx2.Response:
        if str(request.url) == place:
            return httpx2.Response(200, json={"issuer": issuer, "jwks_uri": "https://id.example/certs"})
        return world.keys(request) if request.url.path == "/certs" else httpx2.Response(404)

    world.answers = answers

    assert (await world.remote(discovered_from(issuer)).keys()).keys


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://id.example/", "jwks_uri": "https://id.example/certs"},
        {"issuer": "https://other.example", "jwks_uri": "https://id.example/certs"},
        {"issuer": "https://id.example", "jwks_uri": "http://id.example/certs"},
        {"issuer": "https://id.example", "jwks_uri": 7},
        {"issuer": "https://id.example"},
    ],
)
async def test_metadata_that_is_not_the_issuers_leads_nowhere(world: World, metadata: dict[str, Any]) -> None:
    world.answers = lambda _: httpx2.Response(200, json=metadata)

    with pytest.raises(IssuerUnavailable):
        await world.remote(discovered_from("https://id.example")).keys()
    assert len(world.requests) == 1
