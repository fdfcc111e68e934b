"""How the tests are shared out among processes: what shares a resource stays together.

The journeys in the browser share one desk, and whoever starts a desk looks for its ports near the
usual ones: they are one group, the longest, and begin first. Any other module is a group of its
own, since a module shares its database. The built site is only read by those who serve it.
"""

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

DESK = "desk"
STARTING_A_DESK = ("tests/e2e", "tests/ops/test_demo.py", "tests/ops/test_desk.py")


def group_of(node_id: str) -> str:
    """Return the group of a test, by its node id such as `tests/web/test_auth.py::test_x`."""
    path = node_id.partition("::")[0]
    starts_one = any(PurePosixPath(path).is_relative_to(part) for part in STARTING_A_DESK)
    return DESK if starts_one else path


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a group to one process, whole."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
