"""Whom a served app takes its client for."""

import httpx2
import pytest

from kernel.settings import Settings
from tests.conftest import free_offset
from tests.support.served import started


@pytest.mark.parametrize(
    ("trusted", "seen"), [("[]", "127.0.0.1"), ('["127.0.0.0/8"]', "198.51.100.7")], ids=["nobody", "a proxy"]
)
async def test_a_forwarded_address_counts_only_from_a_trusted_proxy(trusted: str, seen: str) -> None:
    offset = free_offset()
    server = await started({"PROMPTSALES_TRUSTED_PROXIES": trusted, "FORWARDED_ALLOW_IPS": "*"}, offset)
    await server.hears("Uvicorn running on http://")
    async with httpx2.AsyncClient(base_url=Settings(port_offset=offset).url("hub"), trust_env=False) as http:
        answer = await http.get("/caller", headers={"X-Forwarded-For": "198.51.100.7"})
    server.stop()

    assert answer.text == seen
    assert await server.ends() == 0
