"""How the tests are shared out among processes: what shares a resource stays together.

The journeys in the browser share one desk, so they are one group, the longest, and begin first; any
other module is a group of its own, since a module shares its database.
"""

from pathlib import PurePosixPath

import pytest

JOURNEYS = "tests/e2e"


def group_of(node_id: str) -> str:
    """Return the group of a test, by its node id such as `tests/web/test_auth.py::test_x`."""
    path = node_id.partition("::")[0]
    return JOURNEYS if PurePosixPath(path).is_relative_to(JOURNEYS) else path


def share_out(items: list[pytest.Item]) -> None:
    """Mark every test with its group and put the longest group first."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group_of(item.nodeid)))
    items.sort(key=lambda item: group_of(item.nodeid) != JOURNEYS)
