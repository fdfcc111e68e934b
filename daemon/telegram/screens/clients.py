"""/clients and /client: who the customers are and what they have, as far as a role may see."""

from daemon.telegram.screens.screen import Button, Screen, Viewer, page_of, paging, per_cent
from patriot_app.core.queries import users
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.users import ClientSummary

NAME = "clients"


async def show(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read a page of clients; `args`: page, words to search. Or words alone."""
    is_paged = bool(args) and args[0].isdecimal()
    words = " ".join(args[1:] if is_paged else args)
    request = PageRequest(
        page=page_of(args) if is_paged else 1, size=8, sort="equity", descending=True, search=words
    )
    return screen(viewer, await users.page(viewer.actor, request), words=words)


def screen(viewer: Viewer, found: Page[ClientSummary], *, words: str) -> Screen:
    """Lay out a page of clients."""
    back = (Button(viewer.label("back"), "status"),)
    if not found.items:
        return Screen(viewer.say("clients.none", words=words), (back,))
    lines = [viewer.say("clients.title", count=found.total)]
    for one in found.items:
        lines.append(
            viewer.say(
                "clients.line",
                name=one.name,
                status=one.status,
                accounts=one.accounts,
                equity=viewer.money(one.equity),
                profit=viewer.profit(one.day_profit),
                drawdown=per_cent(one.drawdown_fraction),
            )
        )
    more = (words,) if words else ()
    pages = paging(viewer, NAME, page=found.page, total=found.total, size=found.size, more=more)
    return Screen("\n\n".join(lines), (*pages, back))
