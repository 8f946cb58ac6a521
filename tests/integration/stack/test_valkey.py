"""The embedded Valkey."""

from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError

from cli.stack.keys import ensure_passwords
from cli.stack.valkey import EmbeddedValkey
from kernel.settings import Settings
from tests.conftest import free_offset


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path / "with space", port_offset=free_offset(), database_url=None, redis_url=None)
    ensure_passwords(made)
    return made


def client_of(settings: Settings, password: str | None) -> Redis:
    return Redis(host="127.0.0.1", port=settings.port("valkey"), password=password, retry=Retry(NoBackoff(), 0))


async def test_what_is_written_survives_a_restart(own: Settings) -> None:
    server = EmbeddedValkey(own)
    await server.start()
    async with client_of(own, own.secret("valkey.json", "default")) as client:
        await client.set("kept", "42")
    await server.stop()

    await server.start()
    async with client_of(own, own.secret("valkey.json", "default")) as client:
        assert await client.get("kept") == b"42"
    await server.stop()


async def test_password_is_required_and_not_on_the_command_line(own: Settings) -> None:
    server = EmbeddedValkey(own)
    program = await server.prepare()
    assert own.secret("valkey.json", "default") not in " ".join(program.command)
    await server.start()
    try:
        async with client_of(own, None) as client:
            with pytest.raises(AuthenticationError):
                await client.get("anything")
    finally:
        await server.stop()
