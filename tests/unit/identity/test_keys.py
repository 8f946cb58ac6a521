import base64
import json
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from identity.domain import CLIENTS, KEYED_CLIENTS
from identity.errors import KeysUnreadable
from identity.keys import API_KEYS, CLI_ASSERTION, CLIENT_SECRETS, TOKEN_SIGNING, SigningKeys, initialise, stated_issuer

CLAIMS = {"sub": "user:viewer"}


@pytest.fixture
def keys_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "keys"
    initialise(folder)
    return folder


@pytest.fixture
def keys(keys_dir: Path) -> SigningKeys:
    return SigningKeys.load(keys_dir / TOKEN_SIGNING)


def unsigned(header: dict[str, str]) -> str:
    parts = (json.dumps(part).encode() for part in (header, CLAIMS))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def test_directory_and_files_are_their_owners_alone(keys_dir: Path) -> None:
    assert keys_dir.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in keys_dir.iterdir()} == {0o600}


def test_loose_permissions_are_tightened(keys_dir: Path) -> None:
    keys_dir.chmod(0o755)
    (keys_dir / CLIENT_SECRETS).chmod(0o644)

    initialise(keys_dir)

    assert keys_dir.stat().st_mode & 0o777 == 0o700
    assert (keys_dir / CLIENT_SECRETS).stat().st_mode & 0o777 == 0o600


def test_every_confidential_client_has_a_secret_of_its_own(keys_dir: Path) -> None:
    secrets: dict[str, str] = json.loads((keys_dir / CLIENT_SECRETS).read_text())

    assert set(secrets) == {*CLIENTS, *API_KEYS} - KEYED_CLIENTS
    assert len(set(secrets.values())) == len(secrets)
    assert min(map(len, secrets.values())) >= 43


def test_initialising_again_changes_nothing(keys_dir: Path) -> None:
    before = {path.name: path.read_bytes() for path in keys_dir.iterdir()}

    assert initialise(keys_dir) == []
    assert {path.name: path.read_bytes() for path in keys_dir.iterdir()} == before


def test_client_added_later_gets_a_secret_and_the_others_keep_theirs(keys_dir: Path) -> None:
    path = keys_dir / CLIENT_SECRETS
    secrets: dict[str, str] = json.loads(path.read_text())
    path.write_text(json.dumps({name: secret for name, secret in secrets.items() if name != "hub"}))

    assert initialise(keys_dir) == [f"{CLIENT_SECRETS}:hub"]

    renewed: dict[str, str] = json.loads(path.read_text())
    assert renewed.pop("hub") != secrets.pop("hub")
    assert renewed == secrets


@pytest.mark.parametrize("content", ["", "[]", "{"])
def test_broken_secrets_file_is_reported_not_replaced(keys_dir: Path, content: str) -> None:
    (keys_dir / CLIENT_SECRETS).write_text(content)

    with pytest.raises(KeysUnreadable, match=CLIENT_SECRETS):
        initialise(keys_dir)
    assert (keys_dir / CLIENT_SECRETS).read_text() == content


def test_token_carries_its_kid_and_type(keys: SigningKeys) -> None:
    token = keys.sign(CLAIMS)

    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": keys.public()["keys"][0]["kid"]}
    assert keys.verify(token) == CLAIMS


def test_published_keys_hold_no_private_part(keys: SigningKeys) -> None:
    (published,) = keys.public()["keys"]

    assert published.keys() == {"kty", "crv", "x", "y", "use", "alg", "kid"}


def test_after_rotation_the_old_key_is_still_published_and_verifies(keys_dir: Path, keys: SigningKeys) -> None:
    old_token = keys.sign(CLAIMS)
    path = keys_dir / TOKEN_SIGNING
    stored = json.loads(path.read_text())
    new = ECKey.generate_key("P-256", parameters={"use": "sig", "alg": "ES256"}, auto_kid=True)
    path.write_text(json.dumps({"signing": new.kid, "keys": [*stored["keys"], new.as_dict(private=True)]}))

    assert len(keys.public()["keys"]) == 2
    assert keys.verify(old_token) == CLAIMS
    assert SigningKeys.load(path).verify(keys.sign(CLAIMS)) == CLAIMS


@pytest.mark.parametrize("content", ["", "{}", '{"signing": "a", "keys": []}', '{"signing": 1, "keys": [{}]}', "[]"])
def test_unusable_signing_file_is_named(keys_dir: Path, content: str) -> None:
    (keys_dir / TOKEN_SIGNING).write_text(content)

    with pytest.raises(KeysUnreadable, match=TOKEN_SIGNING):
        SigningKeys.load(keys_dir / TOKEN_SIGNING)


def test_foreign_keys_and_algorithms_do_not_verify(keys_dir: Path, keys: SigningKeys) -> None:
    kid = keys.public()["keys"][0]["kid"]
    foreign = ECKey.generate_key("P-256", parameters={"kid": kid})
    public = SigningKeys.load(keys_dir / TOKEN_SIGNING).public()["keys"][0]
    forged = [
        jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": kid}, CLAIMS, foreign),
        jwt.encode({"alg": "HS256", "typ": "at+jwt", "kid": kid}, CLAIMS, OctKey.import_key(json.dumps(public) * 2)),
        unsigned({"alg": "none", "typ": "at+jwt", "kid": kid}),
        unsigned({"alg": "ES256", "typ": "at+jwt", "kid": kid}),
        keys.sign(CLAIMS)[:-4] + "AAAA",
        "not.a.token",
        "",
        "[" * 5000,
    ]

    assert [keys.verify(token) for token in forged] == [None] * len(forged)


def test_other_kinds_of_token_by_the_same_key_are_no_access_tokens(keys_dir: Path, keys: SigningKeys) -> None:
    stored = json.loads((keys_dir / TOKEN_SIGNING).read_text())
    own = ECKey.import_key(stored["keys"][0])

    assert keys.verify(jwt.encode({"alg": "ES256", "typ": "JWT", "kid": own.kid}, CLAIMS, own)) is None


@pytest.mark.parametrize("claims", [{"iss": 7}, {}, {"iss": None}])
def test_unreadable_issuer_is_none(keys_dir: Path, claims: dict[str, object]) -> None:
    key = ECKey.import_key(json.loads((keys_dir / CLI_ASSERTION).read_text()))

    assert stated_issuer(jwt.encode({"alg": "ES256"}, claims, key)) is None
    assert stated_issuer("nonsense") is None
