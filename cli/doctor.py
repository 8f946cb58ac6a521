"""`promptsales doctor`: looks at what the system needs, and says how to mend what is wrong."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cli.errors import EXIT_FAILED
from cli.output import add_row, emit, show, table
from cli.session import running_settings
from cli.stack.binaries import NoReachableBinaries, reachable_installation
from cli.stack.ports import free_offset, is_free
from cli.stack.postgres import database_account
from cli.stack.runtime import Runtime, read_runtime
from cli.stack.valkey import CacheNotStarted, binary
from cli.status import states_of
from kernel.errors import PromptSalesError
from kernel.settings import SERVICES, NotConfigured, Settings
from kernel.tls import server_context

_NEEDED_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `fix` says what to do when it is not well."""

    check: str
    ok: bool
    detail: str
    fix: str | None = None


async def show_findings(*, as_json: bool) -> int:
    """Print what was found; the exit status, 1 when something is wrong."""
    settings = running_settings()
    runtime = read_runtime(settings)
    findings = list(_examine(settings, runtime))
    if runtime:
        for state in await states_of(settings):
            log = settings.data_dir / "logs" / f"{state.name}.log"
            findings.append(Finding(state.name, state.ready, state.lacks or "ready", f"Read {log}."))
    healthy = all(finding.ok for finding in findings)
    if as_json:
        emit({"ok": healthy, "findings": [asdict(finding) for finding in findings]})
    else:
        _show(findings)
    return 0 if healthy else EXIT_FAILED


def _examine(settings: Settings, runtime: Runtime | None) -> Iterator[Finding]:
    yield Finding("python", sys.version_info >= (3, 11), platform.python_version(), "Install Python 3.11 or newer.")
    yield _package()
    if settings.database_url is None:
        yield _postgres(settings)
    if settings.redis_url is None:
        yield _valkey()
    yield _data_directory(settings.data_dir)
    if settings.keys_dir.exists():
        yield _keys(settings.keys_dir)
    yield _tls(settings)
    yield _ports(settings, runtime)
    yield _engine(settings)


def _package() -> Finding:
    try:
        return Finding("package", ok=True, detail=f"promptsales {version('promptsales')}")
    except PackageNotFoundError:
        return Finding("package", ok=False, detail="promptsales is not installed", fix="Run: make run")


def _postgres(settings: Settings) -> Finding:
    try:
        account = database_account(settings.data_dir / "postgres")
        place = reachable_installation(account)
    except (PromptSalesError, KeyError) as error:
        fix = error.fix if isinstance(error, NoReachableBinaries) else None
        return Finding("postgres", ok=False, detail=str(error), fix=fix)
    user = f" as uid {account.uid}" if account else ""
    return Finding("postgres", ok=True, detail=f"{place}{user}")


def _valkey() -> Finding:
    try:
        return Finding("valkey", ok=True, detail=str(binary()))
    except CacheNotStarted as error:
        return Finding("valkey", ok=False, detail=error.message, fix=error.fix)


def _data_directory(place: Path) -> Finding:
    existing = next(path for path in (place, *place.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        fix = "Set PROMPTSALES_DATA_DIR to a directory that you can write to."
        return Finding("data directory", ok=False, detail=f"{place} is not writable", fix=fix)
    free = shutil.disk_usage(existing).free
    fix = f"Free {_NEEDED_BYTES / 1e9:.0f} GB."
    return Finding("data directory", free > _NEEDED_BYTES, f"{place}, {free / 1e9:.1f} GB free", fix)


def _keys(place: Path) -> Finding:
    if not os.access(place, os.R_OK | os.X_OK):
        fix = "Run as the user who ran promptsales up."
        return Finding("keys", ok=False, detail=f"{place} belongs to another user", fix=fix)
    exposed = [path for path in (place, *place.iterdir()) if path.stat().st_mode & 0o077]
    if exposed:
        fix = f"chmod go-rwx {' '.join(map(str, exposed))}"
        return Finding("keys", ok=False, detail=f"others can read {len(exposed)} of them", fix=fix)
    return Finding("keys", ok=True, detail=f"{place}, readable by their owner alone")


def _tls(settings: Settings) -> Finding:
    try:
        for service in SERVICES:
            server_context(settings, service)
    except NotConfigured as error:
        return Finding("tls", ok=False, detail=error.message, fix=error.fix)
    if settings.tls_cert is None:
        return Finding("tls", ok=True, detail="off: the services speak plain HTTP on the loopback interface")
    return Finding("tls", ok=True, detail=f"TLS 1.3 with {settings.tls_cert}")


def _ports(settings: Settings, runtime: Runtime | None) -> Finding:
    numbers = [settings.port(service) for service in SERVICES]
    span = f"{min(numbers)}–{max(numbers)}"
    if runtime:
        return Finding("ports", ok=True, detail=f"{span}, in use by pid {runtime.pid}")
    taken = [f"{settings.port(service)} ({service})" for service in SERVICES if not is_free(settings.port(service))]
    if taken:
        fix = f"Stop what listens there, or set PROMPTSALES_PORT_OFFSET={free_offset(settings)}"
        return Finding("ports", ok=False, detail=f"taken: {', '.join(taken)}", fix=fix)
    return Finding("ports", ok=True, detail=f"{span}, free")


def _engine(settings: Settings) -> Finding:
    needed = {"PROMPTSALES_LLM_BASE_URL": settings.llm_base_url, "PROMPTSALES_LLM_MODEL": settings.llm_model}
    missing = [name for name, value in needed.items() if not value]
    if not missing:
        return Finding("engine", ok=True, detail=f"{settings.llm_model} at {settings.llm_base_url}")
    if len(missing) == len(needed) and not settings.llm_api_key:
        return Finding("engine", ok=True, detail="playbook (no language model is configured)")
    fix = "Set it, or unset the other PROMPTSALES_LLM_ variables."
    return Finding("engine", ok=False, detail=f"not set: {', '.join(missing)}", fix=fix)


def _show(findings: list[Finding]) -> None:
    found = table("", "check", "found", "fix")
    for one in findings:
        add_row(found, "ok" if one.ok else "!!", one.check, one.detail, "" if one.ok else one.fix)
    show(found)
