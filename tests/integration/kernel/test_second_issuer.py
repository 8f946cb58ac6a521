"""A server that trusts an issuer of somebody else beside its own, by settings alone."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc.jwk import ECKey, RSAKey

from cli.stack.valkey import EmbeddedValkey
from kernel.settings import Settings
from tests.integration.kernel.conftest import ERAS, Ads, serving
from tests.integration.kernel.independent_issuer import KID, IndependentIssuer

EDGE = 5
"""Seconds that clocks may differ."""


@pytest.fixture
async def trusting(settings: Settings, valkey: EmbeddedValkey, keycloak: IndependentIssuer) -> AsyncIterator[Ads]:
    async with serving(settings, [keycloak.settings()]) as ads:
        yield ads


async def statuses(ads: Ads, token: str) -> tuple[int, int]:
    """What a reading tool and a writing route answer."""
    return (await ads.call(token, "read_sheet")).status_code, (await ads.load(token)).status_code


@pytest.mark.parametrize("era", ERAS)
async def test_somebody_of_the_other_issuer_works_with_the_scopes_of_the_role(
    trusting: Ads, keycloak: IndependentIssuer, era: str
) -> None:
    token = keycloak.token(trusting.audience)

    called = await trusting.call(token, "write_sheet", era=era)

    assert called.status_code == 200
    [caller] = trusting.callers
    assert (caller.subject, caller.tenant) == ("7d3c2f5e-2f0c-4b8e-9a55-0d6a3f3c1b11", "acme")
    assert (caller.roles, caller.client_id) == (("marketer",), "campaign-desk")
    assert caller.scopes == {"ads:read", "ads:write", "actions:propose", "approvals:read"}
    assert caller.session == "c2b1a7f0-6a52-4b1c-8f6a-9f2f7a1d4e10"
    assert caller.issuer == keycloak.url


async def test_both_issuers_are_believed_and_named(trusting: Ads, keycloak: IndependentIssuer) -> None:
    own = trusting.embedded.token("ads:read", "ads:write")

    assert await statuses(trusting, own) == (200, 200)
    assert await statuses(trusting, keycloak.token(trusting.audience)) == (200, 200)
    described = await trusting.http.get("/.well-known/oauth-protected-resource")
    assert described.json()["authorization_servers"] == [trusting.settings.issuer, keycloak.url]


async def test_a_lesser_role_reads_and_is_asked_to_step_up_for_more(trusting: Ads, keycloak: IndependentIssuer) -> None:
    token = keycloak.token(trusting.audience, realm_access={"roles": ["auditor"]})

    assert await statuses(trusting, token) == (200, 403)


@pytest.mark.parametrize(
    "realm_access", [None, {}, {"roles": []}, {"roles": ["admin", "marketer"]}, {"roles": "x"}, ["roles"], "roles"]
)
async def test_a_role_that_is_not_mapped_means_nothing(
    trusting: Ads, keycloak: IndependentIssuer, realm_access: object
) -> None:
    token = keycloak.token(trusting.audience, realm_access=realm_access, roles=["admin"], tenant="solid")

    assert await statuses(trusting, token) == (403, 403)


async def test_scopes_of_ours_narrow_what_the_role_gives(trusting: Ads, keycloak: IndependentIssuer) -> None:
    narrow = keycloak.token(trusting.audience, scope="openid ads:read crm:write")

    assert await statuses(trusting, narrow) == (200, 403)


async def test_no_scope_is_taken_that_the_role_does_not_give(trusting: Ads, keycloak: IndependentIssuer) -> None:
    token = keycloak.token(
        trusting.audience, scope="ads:read ads:write actions:execute", realm_access={"roles": ["auditor"]}
    )

    await trusting.call(token, "read_sheet")

    assert [caller.scopes for caller in trusting.callers] == [{"ads:read"}]


async def test_only_a_client_that_is_named_a_service_may_execute(
    settings: Settings, valkey: EmbeddedValkey, keycloak: IndependentIssuer
) -> None:
    described = keycloak.settings(services={"promptsales-executor": "executor"})
    async with serving(settings, [described]) as ads:
        verify = ads.verifier.verify
        service = await verify(keycloak.token(ads.audience, azp="promptsales-executor", realm_access=None))
        pretender = await verify(keycloak.token(ads.audience, azp="executor", scope="actions:execute"))

        assert (service.client_id, service.tenant, service.scopes) == ("executor", "", {"actions:execute"})
        assert "actions:execute" not in pretender.scopes


async def test_a_scope_claim_is_believed_where_the_settings_say_so(
    settings: Settings, valkey: EmbeddedValkey, keycloak: IndependentIssuer
) -> None:
    described = keycloak.settings(scopes="from_claim", role_map={}, tenant="acme", claims={"client": "azp"})
    async with serving(settings, [described]) as ads:
        reading = keycloak.token(ads.audience, scope="openid ads:read identity:admin actions:execute")

        assert await statuses(ads, reading) == (200, 403)
        assert await statuses(ads, keycloak.token(ads.audience)) == (403, 403)
        assert ads.callers[0].scopes == {"ads:read"}


@pytest.mark.parametrize(
    "organization", [None, {}, {"tenant": ""}, {"tenant": "Acme"}, {"tenant": "a|b"}, {"tenant": 7}]
)
async def test_a_token_without_a_tenant_is_refused(
    trusting: Ads, keycloak: IndependentIssuer, organization: object
) -> None:
    token = keycloak.token(trusting.audience, organization=organization)

    assert await statuses(trusting, token) == (401, 401)


async def test_an_issuer_speaks_for_the_tenants_it_was_given_and_no_other(
    settings: Settings, valkey: EmbeddedValkey, keycloak: IndependentIssuer
) -> None:
    async with serving(settings, [keycloak.settings(tenants=["acme"])]) as ads:
        assert await statuses(ads, keycloak.token(ads.audience)) == (200, 200)
        foreign = keycloak.token(ads.audience, organization={"tenant": "solid-demo"})
        assert await statuses(ads, foreign) == (401, 401)


async def test_delegation_by_another_issuer_is_refused(trusting: Ads, keycloak: IndependentIssuer) -> None:
    token = keycloak.token(trusting.audience, act={"sub": "approvals"})

    assert await statuses(trusting, token) == (401, 401)


async def test_audiences_are_those_of_the_settings_for_each_resource(
    settings: Settings, valkey: EmbeddedValkey, keycloak: IndependentIssuer
) -> None:
    async with serving(settings, [keycloak.settings(audience_map={"ads": "prompt-ads"})]) as ads:
        assert await statuses(ads, keycloak.token("prompt-ads")) == (200, 200)
        assert await statuses(ads, keycloak.token(ads.audience)) == (401, 401)
        assert await statuses(ads, ads.embedded.token("ads:read", "ads:write", aud="prompt-ads")) == (401, 401)


@pytest.mark.parametrize(
    ("audience", "status"),
    [
        ("here", 200),
        (["account", "here"], 200),
        (None, 401),
        ("account", 401),
        ([], 401),
        (["account"], 401),
        ("here/", 401),
        ({"here": 1}, 401),
        (["another", ["here"]], 401),
    ],
)
async def test_the_audience_has_to_name_this_resource(
    trusting: Ads, keycloak: IndependentIssuer, audience: Any, status: int
) -> None:
    stated = json.loads(json.dumps(audience).replace("here", trusting.audience))

    token = keycloak.token(trusting.audience, aud=stated)

    assert await statuses(trusting, token) == (status, status)


@pytest.mark.parametrize(
    ("claim", "seconds", "status"),
    [
        ("exp", -EDGE + 3, 200),
        ("exp", -EDGE - 2, 401),
        ("nbf", EDGE - 2, 200),
        ("nbf", EDGE + 10, 401),
        ("iat", EDGE - 2, 200),
        ("iat", EDGE + 10, 401),
        ("iat", 10_000_000, 401),
    ],
)
async def test_clocks_may_differ_by_a_few_seconds(
    trusting: Ads, keycloak: IndependentIssuer, claim: str, seconds: int, status: int
) -> None:
    changes: dict[str, Any] = {claim: int(time.time()) + seconds}
    token = keycloak.token(trusting.audience, **changes)

    assert (await trusting.call(token, "read_sheet")).status_code == status


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 1e300},
        {"nbf": "then"},
        {"iat": [1]},
        {"sub": None},
        {"sub": ""},
        {"sub": "a\nb"},
        {"sub": 7},
    ],
)
async def test_a_claim_that_makes_no_sense_is_refused(
    trusting: Ads, keycloak: IndependentIssuer, changes: dict[str, Any]
) -> None:
    assert await statuses(trusting, keycloak.token(trusting.audience, **changes)) == (401, 401)


async def test_a_token_of_another_issuer_needs_no_id(trusting: Ads, keycloak: IndependentIssuer) -> None:
    first, second = (keycloak.token(trusting.audience, jti=None, sid=None, sub=name) for name in "ab")

    ids = {(await trusting.verifier.verify(token)).token_id for token in (first, second)}

    assert len(ids) == 2


async def test_an_issuers_key_signs_for_that_issuer_only(trusting: Ads, keycloak: IndependentIssuer) -> None:
    """Both have a key of the same id."""
    as_embedded = keycloak.token(
        trusting.audience, header={"typ": "at+jwt"}, iss=trusting.settings.issuer, scope="ads:read ads:write"
    )
    as_keycloak = trusting.embedded.token("ads:read", **keycloak.claims(trusting.audience))

    assert await statuses(trusting, as_embedded) == (401, 401)
    assert await statuses(trusting, as_keycloak) == (401, 401)


async def test_an_algorithm_or_a_type_of_one_issuer_is_none_of_the_other(
    trusting: Ads, keycloak: IndependentIssuer
) -> None:
    probabilistic = keycloak.token(trusting.audience, header={"alg": "PS256"}, key=RSAKey.import_key(_bare(keycloak)))
    typed = keycloak.token(trusting.audience, header={"typ": "at+jwt"})

    assert await statuses(trusting, probabilistic) == (401, 401)
    assert await statuses(trusting, typed) == (401, 401)


@pytest.mark.parametrize("typ", ["ID", "Refresh", "logout+jwt", "grant+jwt", "", None, 7, ["JWT"]])
async def test_a_token_of_another_type_is_refused(trusting: Ads, keycloak: IndependentIssuer, typ: object) -> None:
    token = _forged({"alg": "RS256", "kid": KID, "typ": typ}, keycloak.claims(trusting.audience), keycloak)

    assert await statuses(trusting, token) == (401, 401)


@pytest.mark.parametrize("issuer", ["", "http://127.0.0.1:1", None, 7, ["x"], {"x": 1}])
async def test_an_issuer_that_is_not_named_in_the_settings_is_unknown(
    trusting: Ads, keycloak: IndependentIssuer, issuer: object
) -> None:
    assert await statuses(trusting, keycloak.token(trusting.audience, iss=issuer)) == (401, 401)


async def test_without_settings_the_other_issuer_is_unknown(ads: Ads, keycloak: IndependentIssuer) -> None:
    assert await statuses(ads, keycloak.token(ads.audience)) == (401, 401)


async def test_without_the_embedded_issuer_only_the_other_is_believed(
    settings: Settings, valkey: EmbeddedValkey, keycloak: IndependentIssuer
) -> None:
    async with serving(settings.model_copy(update={"embedded_identity": False}), [keycloak.settings()]) as ads:
        assert await statuses(ads, keycloak.token(ads.audience)) == (200, 200)
        assert await statuses(ads, ads.embedded.token("ads:read", "ads:write")) == (401, 401)
        described = await ads.http.get("/.well-known/oauth-protected-resource")
        assert described.json()["authorization_servers"] == [keycloak.url]


async def test_the_public_key_is_no_secret_to_sign_with(trusting: Ads, keycloak: IndependentIssuer) -> None:
    claims = keycloak.claims(trusting.audience)
    for secret in (keycloak.key.as_pem(private=False), b"secret-secret-secret-secret"):
        for kid in (KID, "hmac"):
            head = _segment({"alg": "HS256", "kid": kid, "typ": "JWT"}) + "." + _segment(claims)
            signature = base64.urlsafe_b64encode(hmac.digest(secret, head.encode(), "sha256")).rstrip(b"=").decode()

            assert await statuses(trusting, f"{head}.{signature}") == (401, 401)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None, 7, ["RS256"], {"RS256": 1}])
async def test_a_token_that_nobody_signed_is_refused(
    trusting: Ads, keycloak: IndependentIssuer, algorithm: object
) -> None:
    header = {"alg": algorithm, "kid": KID, "typ": "JWT"}
    head = f"{_segment(header)}.{_segment(keycloak.claims(trusting.audience))}"

    assert await statuses(trusting, f"{head}.") == (401, 401)
    assert await statuses(trusting, _forged(header, keycloak.claims(trusting.audience), keycloak)) == (401, 401)


async def test_keys_that_a_token_brings_along_are_not_used(trusting: Ads, keycloak: IndependentIssuer) -> None:
    own = RSAKey.generate_key(2048, {"kid": KID})
    async with IndependentIssuer().served() as elsewhere:
        for brought in (
            {"jwk": own.as_dict(private=False)},
            {"jku": f"{elsewhere.url}/certs"},
            {"x5u": f"{elsewhere.url}/certs"},
            {"x5c": ["MIIB"]},
            {"jwk": own.as_dict(private=False), "kid": "unknown"},
        ):
            for key in (own, elsewhere.key):
                token = keycloak.token(trusting.audience, header=brought, key=key)

                assert await statuses(trusting, token) == (401, 401)
        assert elsewhere.documents_served == 0


@pytest.mark.parametrize("crit", [["exp"], ["b64"], [], "exp"])
async def test_a_header_that_must_be_understood_and_is_not_is_refused(
    trusting: Ads, keycloak: IndependentIssuer, crit: object
) -> None:
    header = {"alg": "RS256", "kid": KID, "typ": "JWT", "crit": crit, "b64": True}

    assert await statuses(trusting, _forged(header, keycloak.claims(trusting.audience), keycloak)) == (401, 401)


@pytest.mark.parametrize("kid", ["enc", "hmac", "k2", "", None, 7, ["k1"]])
async def test_a_key_that_is_not_for_signatures_or_not_there_verifies_nothing(
    trusting: Ads, keycloak: IndependentIssuer, kid: object
) -> None:
    stranger = RSAKey.generate_key(2048)
    token = _forged({"alg": "RS256", "kid": kid, "typ": "JWT"}, keycloak.claims(trusting.audience), keycloak, stranger)

    assert await statuses(trusting, token) == (401, 401)


async def test_a_token_longer_than_a_token_is_refused(trusting: Ads, keycloak: IndependentIssuer) -> None:
    assert await statuses(trusting, keycloak.token(trusting.audience, padding="x" * 8192)) == (401, 401)
    assert await statuses(trusting, f"{_segment({})}.{'W' * 8192}.") == (401, 401)


async def test_while_the_issuer_does_not_answer_nobody_is_called_an_impostor(
    settings: Settings, valkey: EmbeddedValkey, keycloak: IndependentIssuer
) -> None:
    silent = "http://127.0.0.1:1/realms/acme"
    async with serving(settings, [keycloak.settings(issuer=silent)]) as ads:
        assert await statuses(ads, keycloak.token(ads.audience, iss=silent)) == (503, 503)
        assert await statuses(ads, ads.embedded.token("ads:read", "ads:write")) == (200, 200)


async def test_metadata_that_names_another_issuer_is_not_believed(
    settings: Settings, valkey: EmbeddedValkey, keycloak: IndependentIssuer
) -> None:
    alias = keycloak.url.replace("127.0.0.1", "localhost")
    async with serving(settings, [keycloak.settings(issuer=alias)]) as ads:
        assert await statuses(ads, keycloak.token(ads.audience, iss=alias)) == (503, 503)


async def test_an_elliptic_key_under_the_same_id_does_not_pass_for_the_issuers(
    trusting: Ads, keycloak: IndependentIssuer
) -> None:
    key = ECKey.generate_key("P-256", {"kid": KID})

    token = keycloak.token(trusting.audience, header={"alg": "ES256"}, key=key)

    assert await statuses(trusting, token) == (401, 401)


def _bare(issuer: IndependentIssuer) -> Any:
    """The issuer's private key without what it says about its algorithm."""
    return {name: value for name, value in issuer.key.as_dict(private=True).items() if name not in {"alg", "use"}}


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _forged(header: object, claims: object, issuer: IndependentIssuer, key: RSAKey | None = None) -> str:
    """Signed by the issuer's own key, or another, whatever the header says."""
    head = f"{_segment(header)}.{_segment(claims)}"
    private = (key or issuer.key).private_key
    assert private is not None
    signature = private.sign(head.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{head}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
