"""One laboratory for all tests of the simulation."""

import logging
from collections.abc import Iterator

import pytest

from tests.database import Server, database
from tests.simulation.laboratory import Laboratory


@pytest.fixture(scope="session")
def laboratory(server: Server) -> Iterator[Laboratory]:
    with database(server) as name:
        made = Laboratory(server, name)
        yield made
        made.close()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Worlds are full of errors on purpose; what matters is what the checkers say."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
