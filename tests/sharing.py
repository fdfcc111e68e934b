"""How the tests are shared out among processes: what shares a resource stays together.

Whatever serves the built site is one group, the longest, and begins first: the journeys in the
browser share one desk, and the site's folder is the checkout's own. Any other module is a group of
its own, since a module shares its database.
"""

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

SITE = "site"
SERVING_THE_SITE = tuple(f"tests/{part}" for part in ("e2e", "web", "api", "ops"))


def group_of(node_id: str) -> str:
    """Return the group of a test, by its node id such as `tests/web/test_auth.py::test_x`."""
    path = node_id.partition("::")[0]
    is_serving = any(PurePosixPath(path).is_relative_to(part) for part in SERVING_THE_SITE)
    return SITE if is_serving else path


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a group to one process, whole."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
