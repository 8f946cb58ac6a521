import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import KeySet, KeySetSerialization

from approvals.domain import Action
from approvals.grants import KEY_FILE, GrantSigner
from kernel.gate.errors import GrantRefused
from kernel.gate.grants import GrantVerifier
from kernel.settings import Settings

_NOW = datetime(2026, 11, 22, tzinfo=UTC)
CLAIMED = Action(
    tenant="solid-demo",
    id="act_1",
    server="ads",
    tool="launch_campaign",
    canonical=b"{}",
    digest="sha256:" + "0" * 64,
    exposure={},
    summary="Launch.",
    reversible=True,
    evidence=[],
    compensates=None,
    terms={},
    proposer="user:marketer",
    actors=["ads"],
    client_id="ads",
    revision=1,
    state="EXECUTING",
    required_approvals=1,
    policy_version="default-1",
    expires_at=_NOW,
    dispatch_after=_NOW,
    broke_glass=False,
    lease_until=_NOW,
    fence=7,
    attempts=1,
    receipt=None,
    reason=None,
    changed_by="executor",
    created_at=_NOW,
    decided_at=_NOW,
    finished_at=None,
)


class _Published:
    def __init__(self, signer: GrantSigner) -> None:
        self._document: Any = signer.public_keys()

    async def keys(self, *, refresh: bool = False) -> KeySet:
        document: KeySetSerialization = self._document
        return KeySet.import_key_set(document)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


async def test_server_accepts_a_grant_for_exactly_this_claim(settings: Settings) -> None:
    signer = GrantSigner.open(settings)

    grant = await GrantVerifier(settings, "ads", keys=_Published(signer)).verify(signer.sign(CLAIMED, "ads"))

    assert (grant.action_id, grant.tenant, grant.digest, grant.fence) == (
        "act_1",
        "solid-demo",
        CLAIMED.digest,
        7,
    )


async def test_grant_is_for_one_server(settings: Settings) -> None:
    signer = GrantSigner.open(settings)

    with pytest.raises(GrantRefused):
        await GrantVerifier(settings, "crm", keys=_Published(signer)).verify(signer.sign(CLAIMED, "ads"))


def test_grant_lives_a_minute_at_most_and_has_its_own_id(settings: Settings) -> None:
    signer = GrantSigner.open(settings)

    claims = [
        json.loads(jws.extract_compact(signer.sign(CLAIMED, "ads", seconds=seconds).encode()).payload)
        for seconds in (3600, 10)
    ]

    assert [one["exp"] - one["iat"] for one in claims] == [60, 10]
    assert claims[0]["jti"] != claims[1]["jti"]


def test_published_keys_hold_nothing_private(settings: Settings) -> None:
    keys = GrantSigner.open(settings).public_keys()["keys"]

    assert [key.keys() & {"d", "k", "p", "q"} for key in keys] == [set()]


def test_key_file_is_its_owners_alone(settings: Settings) -> None:
    GrantSigner.open(settings)
    path = settings.keys_dir / KEY_FILE

    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [entry.name for entry in path.parent.iterdir()] == [KEY_FILE]


def test_processes_that_start_together_share_one_key(settings: Settings) -> None:
    settings.keys_dir.mkdir(mode=0o700, parents=True)
    barrier = threading.Barrier(8)
    found: list[str] = []

    def start() -> None:
        barrier.wait()
        found.append(str(GrantSigner.open(settings).public_keys()["keys"][0]["kid"]))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1
    assert os.listdir(settings.keys_dir) == [KEY_FILE]  # noqa: PTH208 - names are what matters
