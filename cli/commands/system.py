"""`up`, `status`, `doctor`, `migrate`, `certificate`, `token`, `mcp`, `eval`."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import AsJson, AsRole, Audience, McpServer, RoleName, Suite


def register(app: typer.Typer) -> None:
    for name, command in (
        ("up", up),
        ("status", status),
        ("doctor", doctor),
        ("migrate", migrate),
        ("certificate", certificate),
        ("token", token),
        ("mcp", mcp),
        ("eval", evaluate),
    ):
        app.command(name)(command)


def up(
    seed: Annotated[bool, typer.Option(help="Fill an empty demo tenant with data.")] = True,
    brief: Annotated[bool, typer.Option(help="Plan a strategy from an example brief at the first start.")] = True,
) -> None:
    """Start everything on this machine and serve until Ctrl-C.

    PROMPTSALES_DATABASE_URL and PROMPTSALES_REDIS_URL replace the embedded PostgreSQL and Valkey;
    PROMPTSALES_PORT_OFFSET shifts every port.
    """
    from cli.starting import start

    sys.exit(asyncio.run(start(seed=seed, brief=brief)))


def status(as_json: AsJson = False) -> None:
    """Show where the services are and whether they are ready. Exit status 1 unless all are."""
    from cli.status import show_status

    sys.exit(asyncio.run(show_status(as_json=as_json)))


def doctor(as_json: AsJson = False) -> None:
    """Check what the system needs, and say how to mend what is wrong."""
    from cli.doctor import show_findings

    sys.exit(asyncio.run(show_findings(as_json=as_json)))


def migrate() -> None:
    """Bring the database's schemas up to date. Starts the embedded PostgreSQL for it when it does not run."""
    from cli.starting import migrate as run

    asyncio.run(run())


def certificate(
    directory: Annotated[
        Path | None, typer.Option(help="Where to write it. Default: tls in the data directory.", show_default=False)
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name or address it covers beside localhost. Repeat it for more."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=397, help="How long it is valid.")] = 397,
    force: Annotated[bool, typer.Option("--force", help="Replace a certificate that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make an authority and a server certificate for development, and print the settings that use it.

    PROMPTSALES_TLS_CERT and PROMPTSALES_TLS_KEY make every process serve TLS 1.3 only; calls between them also trust
    PROMPTSALES_TLS_CA. The authority is kept when the certificate is replaced.
    """
    from cli.certificate import make_certificate

    make_certificate(directory, hosts=host or (), days=days, force=force, as_json=as_json)


def token(
    role: Annotated[RoleName, typer.Option(help="The role to get it for.")],
    server: Annotated[Audience, typer.Option(help="The service it is for.")],
) -> None:
    """Print an access token of the embedded identity, valid for an hour, and nothing else."""
    from cli.session import access_token, running_settings

    typer.echo(asyncio.run(access_token(running_settings(), role, server)))


def mcp(
    server: Annotated[McpServer, typer.Argument(help="Which server.")],
    role: AsRole = "marketer",
) -> None:
    """Become an MCP server on standard input and output, for clients such as Claude Desktop."""
    from cli.stdio import become_server

    become_server(server, role)


def evaluate(
    suite: Annotated[Suite, typer.Argument(help="What to score.")],
    more: Annotated[int, typer.Option("--paraphrases", min=0, help="Ask so many more questions, made up.")] = 0,
    seed: Annotated[int, typer.Option(help="What the data and the made-up questions are made from.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Score a suite on a system of its own, thrown away afterwards. Exit status 1 below its targets.

    analytics: questions in English and Spanish over generated files, imported, brought and asked, each answer compared
    with what the files say.
    """
    import subprocess

    options = ["--seed", str(seed), "--paraphrases", str(more), *(["--json"] if as_json else [])]
    sys.exit(subprocess.call([sys.executable, "-m", f"evals.{suite}", *options]))  # noqa: S603 (names of our own)
