"""Which processes make up the system, what each may know, and in which order they stop."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.stack.keys import read_secrets
from cli.stack.process import Program
from kernel.settings import Service, Settings

ROOT = Path(__file__).resolve().parents[2]
"""Where the packages lie."""

_SECRET = "PROMPTSALES_CLIENT_SECRET_"  # noqa: S105 - the beginning of variables' names


@dataclass(frozen=True, slots=True)
class Member:
    """One process of the system."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    service: Service | None = None
    """Whose port it listens on; None for a process without one."""
    ready_words: str = ""
    """What a process without a port logs when it is ready."""
    secrets: tuple[str, ...] = ()
    """The client secrets it gets in its environment, beyond its own."""
    every_secret: bool = False
    """Whether it gets all of them: who checks secrets has to know the ones in force."""


TIERS: tuple[tuple[Member, ...], ...] = (
    (
        Member("identity", "identity", ("serve",), "identity", every_secret=True),
        Member("sandbox", "sandbox", service="sandbox"),
    ),
    (
        Member("content", "mcp_servers.content", service="content", secrets=("sandbox",)),
        Member("ads", "mcp_servers.ads", service="ads", secrets=("sandbox",)),
        Member("crm", "mcp_servers.crm", service="crm", secrets=("sandbox",)),
        Member("analytics", "mcp_servers.analytics", service="analytics"),
        Member("approvals", "approvals", service="approvals", secrets=("sandbox",)),
        Member("hub", "hub", service="hub"),
    ),
    (
        Member("executor", "approvals.executor", ready_words="executor ready"),
        Member(
            "orchestrator",
            "orchestrator",
            service="orchestrator",
            secrets=("agent-content", "agent-ads", "agent-crm", "agent-analytics"),
        ),
    ),
)
"""Started all at once, stopped from the last tier to the first: nobody loses what it depends on."""


def member_program(member: Member, settings: Settings) -> Program:
    """How to run a member."""
    return Program(
        name=member.name,
        command=(sys.executable, "-m", member.module, *member.arguments),
        cwd=ROOT,
        log=settings.data_dir / "logs" / f"{member.name}.log",
        env=_environment(member, settings),
    )


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment of every child: ours, without secrets that are not its business, with our place and ports."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith((_SECRET, "PROMPTSALES_TLS_"))
        and name not in {"PROMPTSALES_TOKEN", "PROMPTSALES_STDIO_ROLE"}
    }
    return (
        inherited
        | tls_environment(settings)
        | {
            "PROMPTSALES_DATA_DIR": str(settings.data_dir),
            "PROMPTSALES_PORT_OFFSET": str(settings.port_offset),
            "PYTHONUNBUFFERED": "1",
        }
    )


def tls_environment(settings: Settings) -> dict[str, str]:
    """The settings of TLS as variables, with paths that hold in any directory."""
    paths = {"CERT": settings.tls_cert, "KEY": settings.tls_key, "CA": settings.tls_ca}
    return {f"PROMPTSALES_TLS_{name}": str(path.absolute()) for name, path in paths.items() if path}


def _environment(member: Member, settings: Settings) -> dict[str, str]:
    known = _client_secrets(settings)
    clients = known if member.every_secret else (member.name, *member.secrets)
    own = {_variable(client): known[client] for client in clients if client in known}
    return child_environment(settings) | own


def _client_secrets(settings: Settings) -> Mapping[str, str]:
    """The secrets of the key directory, those of our own environment before them."""
    kept = read_secrets(settings.keys_dir / "clients.json")
    return {client: os.environ.get(_variable(client), secret) for client, secret in kept.items()}


def _variable(client: str) -> str:
    return _SECRET + client.upper().replace("-", "_")
