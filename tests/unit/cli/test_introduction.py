"""What `promptsales up` shows about signing in."""

import asyncio
import json
from pathlib import Path

import pytest

from cli import introduction
from kernel.settings import Settings

MADE = "".join(
    f"{json.dumps({'email': f'{role}@demo.example', 'role': role, 'password': f'{role}-secret'})}\n"
    for role in ("admin", "viewer")
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, port_offset=56_000)


def told(monkeypatch: pytest.MonkeyPatch, output: str) -> list[tuple[str, ...]]:
    """Let the identity's command print `output`; the commands that were run."""
    run: list[tuple[str, ...]] = []

    async def module_output(_settings: Settings, *arguments: str) -> str:
        run.append(arguments)
        await asyncio.sleep(0)
        return output

    monkeypatch.setattr(introduction, "module_output", module_output)
    return run


async def test_new_passwords_are_shown_even_when_the_rest_of_the_introduction_fails(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = told(monkeypatch, MADE)

    await introduction.introduce(settings, seed=True, brief=True)

    said = capsys.readouterr()
    assert run == [("identity", "demo-passwords")]
    assert said.err.startswith("Error: ")
    for words in ("admin@demo.example", "admin-secret", "viewer-secret", "shown this once", "/account"):
        assert words in said.out
    assert not [path for path in settings.data_dir.rglob("*") if path.is_file() and b"secret" in path.read_bytes()]


async def test_passwords_made_while_the_system_is_being_stopped_are_shown(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told(monkeypatch, MADE)
    begun = asyncio.Event()

    async def seed_demo(_settings: Settings) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(introduction, "seed_demo", seed_demo)
    introducing = asyncio.create_task(introduction.introduce(settings, seed=True, brief=False))
    await begun.wait()

    introducing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await introducing

    assert "viewer-secret" in capsys.readouterr().out


async def test_without_new_passwords_the_way_to_one_is_shown(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told(monkeypatch, "")

    await introduction.introduce(settings, seed=False, brief=False)

    said = capsys.readouterr().out
    assert "promptsales users reset-password" in said
    assert "shown this once" not in said
