"""What the layers in pyproject.toml are checked over."""

import tomllib
from typing import Any

from cli.stack.plan import ROOT


def settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_package_is_under_the_layers() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert found == set(settings()["tool"]["importlinter"]["root_packages"])


def test_every_package_is_installed() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    included = settings()["tool"]["setuptools"]["packages"]["find"]["include"]
    assert found <= {name.removesuffix("*") for name in included}
