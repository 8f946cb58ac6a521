"""The published surface of an MCP server against its snapshot: a change to it is deliberate."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from kernel.mcp import ContextServer


async def assert_contract(server: ContextServer, path: Path) -> None:
    """Compare tools (with their scopes), resources and prompts with `path`; `UPDATE_CONTRACTS=1` rewrites it."""
    _compare(await _surface(server), path)


def _compare(surface: dict[str, Any], path: Path) -> None:
    published = json.dumps(surface, indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_CONTRACTS"):
        path.write_text(published)
    assert path.exists(), f"{path} does not exist. Write it with UPDATE_CONTRACTS=1."
    assert json.loads(published) == json.loads(path.read_text()), (
        f"The published surface is no longer what {path} says. If that is meant, run with UPDATE_CONTRACTS=1."
    )


async def _surface(server: ContextServer) -> dict[str, Any]:
    tools = [{**_plain(tool), "scopes": list(server.scopes_of(tool.name))} for tool in await server.all_tools()]
    return {
        "tools": sorted(tools, key=lambda tool: tool["name"]),
        "resources": _sorted(await server.list_resources()),
        "resourceTemplates": _sorted(await server.list_resource_templates()),
        "prompts": _sorted(await server.list_prompts()),
    }


def _sorted(entries: Sequence[BaseModel]) -> list[dict[str, Any]]:
    return sorted((_plain(entry) for entry in entries), key=lambda entry: entry["name"])


def _plain(entry: BaseModel) -> dict[str, Any]:
    return entry.model_dump(mode="json", by_alias=True, exclude_none=True)
