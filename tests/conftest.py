"""Resources that tests share: the database server, a database per module, the clock."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from patriot_app.core.clock import FrozenClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.settings import get_settings
from tests.database import Server, database, running_server
from tests.factories.keys import Keys, make_keys
from tests.factories.rows import DaemonRows
from tests.sharing import DESK, VISITS, GroupScheduling, group_of

settings.register_profile(
    "default", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("nightly", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest groups begin first."""
    longest = (DESK, VISITS)
    items.sort(key=lambda item: group_of(item.nodeid) not in longest)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    """Share the tests out by group."""
    return GroupScheduling(config, log)


@pytest.fixture(scope="module", autouse=True)
def own_settings() -> None:
    """A module reads its settings itself: those of another, of the same process, are forgotten."""
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as started:
        yield started


@pytest.fixture(scope="module")
def database_name(server: Server) -> Iterator[str]:
    with database(server) as name:
        yield name


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 5, 4, 12, 0, tzinfo=UTC))


@pytest.fixture
async def as_web(server: Server, database_name: str) -> AsyncIterator[str]:
    """Units of work of this test run as the web process; gives its URL."""
    url = server.url("patriot_web", database_name)
    engine = create_engine(url, process_name="tests-web", pool_size=5)
    use_engine(engine)
    yield url
    use_engine(None)
    await engine.dispose()


@pytest.fixture
async def as_daemon(server: Server, database_name: str) -> AsyncIterator[str]:
    """Units of work of this test run as the daemon; gives its URL."""
    url = server.url("patriot_daemon", database_name)
    engine = create_engine(url, process_name="tests-daemon", pool_size=5)
    use_engine(engine)
    yield url
    use_engine(None)
    await engine.dispose()


@pytest.fixture(scope="session")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def keys(key_files: Keys, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keys]:
    """The settings of this process name key files and ask for cheap password hashes."""
    for name, value in key_files.variables().items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    yield key_files
    get_settings.cache_clear()


@pytest.fixture
def rows(server: Server, database_name: str) -> DaemonRows:
    """Writes what the daemon would have written."""
    return DaemonRows(server, database_name)
