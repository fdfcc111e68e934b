"""Every page can be built: what it shows of a row, the row has."""

from importlib import import_module

import pytest

from patriot_app.web.shell import REGISTERED


@pytest.fixture(scope="module", autouse=True)
def app() -> None:
    import_module("patriot_app.patriot_app")


def test_every_page_builds() -> None:
    assert len(REGISTERED) > 20
    for page in REGISTERED:
        assert page.build() is not None, page.route
