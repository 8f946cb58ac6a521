"""Grants that the queue did not give, for this server, this action and these bytes: none has an effect."""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from kernel.canonical import digest_of
from kernel.errors import PromptSalesError
from kernel.gate.errors import GrantRefused
from kernel.gate.grants import GRANT_TYPE
from kernel.ids import new_id
from tests.integration.ads.conftest import Ads
from tests.integration.ads.test_launch import proposed

AT_ONCE = 6


def part(document: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def by_another_key(token: str) -> str:
    """Signed by a key that calls itself by the queue's key id."""
    key = ECKey.generate_key("P-256", {"kid": "grant-1"})
    return jwt.encode({"alg": "ES256", "typ": GRANT_TYPE, "kid": "grant-1"}, claims_of(token), key)


def unsigned(token: str) -> str:
    return f"{part({'alg': 'none', 'typ': GRANT_TYPE})}.{token.split('.')[1]}."


def signature_taken_away(token: str) -> str:
    return token.rpartition(".")[0] + "."


def by_a_shared_secret(token: str) -> str:
    """Signed with the algorithm that takes any bytes as its key, such as a public key's."""
    key = OctKey.import_key("the public key, which everybody knows, as a secret of 256 bits and more")
    return jwt.encode({"alg": "HS256", "typ": GRANT_TYPE, "kid": "grant-1"}, claims_of(token), key)


def with_other_claims(token: str) -> str:
    """The signature of one grant under the claims of another."""
    header, _, signature = token.split(".")
    return f"{header}.{part({**claims_of(token), 'dig': 'sha256:' + '0' * 64})}.{signature}"


def with_a_key_of_its_own(token: str) -> str:
    """A token that brings the key to verify it with."""
    key = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": GRANT_TYPE, "jwk": key.as_dict(private=False)}
    return jwt.encode(header, claims_of(token), key)


def nothing(_token: str) -> str:
    return ""


def noise(_token: str) -> str:
    return "a.b.c"


FORGERIES: list[Callable[[str], str]] = [
    by_another_key,
    unsigned,
    signature_taken_away,
    by_a_shared_secret,
    with_other_claims,
    with_a_key_of_its_own,
    nothing,
    noise,
]


@pytest.mark.parametrize("forge", FORGERIES, ids=[forge.__name__ for forge in FORGERIES])
async def test_a_grant_that_the_queue_did_not_sign_is_refused(ads: Ads, forge: Callable[[str], str]) -> None:
    _, canonical = await proposed(ads)
    honest = ads.grants.sign(new_id("act"), canonical)

    with pytest.raises(GrantRefused):
        await ads.gate.execute(forge(honest), canonical)

    assert ads.platform.campaigns == {}


@pytest.mark.parametrize("lacking", ["iss", "aud", "sub", "tenant", "dig", "fence", "jti", "iat", "exp"])
async def test_a_grant_that_lacks_a_claim_is_refused(ads: Ads, lacking: str) -> None:
    _, canonical = await proposed(ads)
    whole = claims_of(ads.grants.sign(new_id("act"), canonical))
    whole.pop(lacking)
    key = ads.grants.signing_key

    with pytest.raises(GrantRefused):
        await ads.gate.execute(jwt.encode({"alg": "ES256", "typ": GRANT_TYPE, "kid": "grant-1"}, whole, key), canonical)

    assert ads.platform.campaigns == {}


@pytest.mark.parametrize("kind", ["at+jwt", "JWT", None])
async def test_another_kind_of_token_of_the_same_key_is_no_grant(ads: Ads, kind: str | None) -> None:
    _, canonical = await proposed(ads)
    claims = claims_of(ads.grants.sign(new_id("act"), canonical))
    header = {"alg": "ES256", "kid": "grant-1", **({"typ": kind} if kind else {})}

    with pytest.raises(GrantRefused):
        await ads.gate.execute(jwt.encode(header, claims, ads.grants.signing_key), canonical)

    assert ads.platform.campaigns == {}


@pytest.mark.parametrize("server", ["content", "crm", "analytics", "approvals"])
async def test_a_grant_for_another_audience_is_refused(ads: Ads, server: Any) -> None:
    _, canonical = await proposed(ads)
    audience = ads.grants.settings.audience(server)

    for named in (audience, [audience], [ads.grants.settings.audience("ads"), audience]):
        with pytest.raises(GrantRefused):
            await ads.gate.execute(ads.grants.sign(new_id("act"), canonical, aud=named), canonical)

    assert ads.platform.campaigns == {}


async def test_a_grant_of_another_tenant_does_not_carry_this_tenants_action(ads: Ads) -> None:
    _, canonical = await proposed(ads)

    with pytest.raises(PromptSalesError):
        await ads.gate.execute(ads.grants.sign(new_id("act"), canonical, tenant="rival"), canonical)

    assert ads.platform.campaigns == {}


async def test_a_grant_carries_only_the_bytes_of_its_digest(ads: Ads) -> None:
    """Neither another approved action's bytes, nor the same document written otherwise."""
    _, canonical = await proposed(ads)
    _, other = await proposed(ads)
    grant = ads.grants.sign(new_id("act"), canonical)

    for altered in (other, json.dumps(json.loads(canonical), indent=1).encode(), canonical + b" ", b"", b"{}"):
        with pytest.raises(PromptSalesError):
            await ads.gate.execute(grant, altered)

    assert ads.platform.campaigns == {}


async def test_a_granted_digest_of_bytes_that_are_not_canonical_is_refused(ads: Ads) -> None:
    """An argument that stands twice: reviewers would be shown one, and a careless reader could take the other."""
    _, canonical = await proposed(ads)
    doubled = canonical.replace(b'"args":{', b'"args":{"budget":"9000.00",', 1)
    assert digest_of(doubled) != digest_of(canonical)

    receipt = None
    try:
        receipt = await ads.gate.execute(ads.grants.sign(new_id("act"), doubled), doubled)
    except PromptSalesError:
        assert ads.platform.campaigns == {}
    else:
        assert receipt.applied["budget"] == "1000.00"  # what json.loads, and so the reviewer, reads


async def test_one_grant_used_many_times_at_once_has_one_effect(ads: Ads) -> None:
    _, canonical = await proposed(ads)
    grant = ads.grants.sign(new_id("act"), canonical)

    results = await asyncio.gather(
        *(ads.gate.execute(grant, canonical) for _ in range(AT_ONCE)), return_exceptions=True
    )

    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(refused) == AT_ONCE - 1
    assert all(isinstance(refusal, PromptSalesError) for refusal in refused)
    assert len(ads.platform.campaigns) == 1


async def test_many_grants_for_one_action_at_once_have_one_effect(ads: Ads) -> None:
    _, canonical = await proposed(ads)
    action = new_id("act")
    grants = [ads.grants.sign(action, canonical, fence=fence) for fence in range(1, AT_ONCE + 1)]

    results = await asyncio.gather(*(ads.gate.execute(grant, canonical) for grant in grants), return_exceptions=True)

    assert all(isinstance(result, PromptSalesError) for result in results if isinstance(result, BaseException))
    assert any(not isinstance(result, BaseException) for result in results)
    assert len(ads.platform.campaigns) == 1


async def test_an_action_that_has_begun_takes_no_other_bytes_under_a_higher_fence(ads: Ads) -> None:
    _, canonical = await proposed(ads)
    _, other = await proposed(ads)
    action = new_id("act")
    await ads.gate.execute(ads.grants.sign(action, canonical, fence=1), canonical)

    with pytest.raises(PromptSalesError):
        await ads.gate.execute(ads.grants.sign(action, other, fence=2), other)

    assert len(ads.platform.campaigns) == 1
