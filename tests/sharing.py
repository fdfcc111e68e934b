"""How the tests are shared out among processes: what shares a resource stays together.

The journeys in the browser share a desk: they are two groups, the longest, and begin first. Any
other module is a group of its own, since a module shares its database. The built site is only read
by those who serve it.
"""

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

DESK = "desk"
VISITS = "visits"
VISITING = tuple(
    f"tests/e2e/test_{name}.py"
    for name in (
        "compliance",
        "console_frame",
        "demo_smoke",
        "first_visit",
        "four_eyes",
        "incidents",
        "keyboard",
        "newcomer",
        "paper_page",
        "phone_and_dark",
        "sign_in",
        "statements",
        "times",
    )
)
"""Journeys that ask little of the desk's accounts: they have a desk of their own."""

JOURNEYS = ("tests/e2e", "tests/ops/test_demo.py", "tests/ops/test_desk.py")


def group_of(node_id: str) -> str:
    """Return the group of a test, by its node id such as `tests/web/test_auth.py::test_x`."""
    path = node_id.partition("::")[0]
    if path in VISITING:
        return VISITS
    is_journey = any(PurePosixPath(path).is_relative_to(part) for part in JOURNEYS)
    return DESK if is_journey else path


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a group to one process, whole."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
