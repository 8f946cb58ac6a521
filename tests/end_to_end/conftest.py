"""One system for all end-to-end tests of a worker."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.system import System


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    running = System(tmp_path_factory.mktemp("system"))
    running.start("--no-brief")
    yield running
    assert running.stop() == 0
