"""What axe finds on a page that keeps somebody from using it."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.waiting import until

_GRAVE = ("serious", "critical")
_EXAMPLES_MAX = 4
_AXE = Axe()
_IS_STILL = """() => document.getAnimations().every((one) =>
  one.playState !== "running" || one.effect?.getComputedTiming().iterations === Infinity)"""


async def barriers(page: Page) -> list[str]:
    """Return the serious and critical findings, each with its rule, reason and some places."""
    # Half faded in, a text has not yet its contrast.
    await until(lambda: page.evaluate(_IS_STILL))
    found = await _AXE.run(page)
    grave = [one for one in found.response["violations"] if one["impact"] in _GRAVE]
    return [_told(one) for one in grave]


def _told(violation: dict[str, object]) -> str:
    nodes = violation["nodes"]
    assert isinstance(nodes, list)
    examples = [
        f"{' '.join(map(str, node['target']))}: {node['html'][:160]} ({_why(node)})"
        for node in nodes[:_EXAMPLES_MAX]
    ]
    return f"{violation['id']} at {len(nodes)} places: " + " | ".join(examples)


def _why(node: dict[str, list[dict[str, str]]]) -> str:
    checks = [*node["any"], *node["all"], *node["none"]]
    return "; ".join(check["message"] for check in checks)
