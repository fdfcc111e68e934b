"""Folders for servers that run as another user where the tests run as root.

pytest closes the parent of its own temporary folders again whenever another run begins, and the
server would no longer reach its files.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def server_folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="patriot-ops-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def shared_server_folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="patriot-ops-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
