"""/trades: a customer's fills, newest first."""

from daemon.telegram.screens.screen import Button, Screen, Viewer, exact, page_of, paging
from patriot_app.core.queries import portfolio
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.portfolio import Trade

NAME = "trades"
PER_PAGE = 10


async def show(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read a page of one's own trades; `args`: page, symbol, account id, each may be missing."""
    symbol, account = (*args[1:3], "", "")[:2]
    filters = {
        "client_id": str(viewer.person_id),
        "symbol": symbol.upper(),
        "account_id": account,
    }
    request = PageRequest(
        page=page_of(args),
        size=PER_PAGE,
        sort="traded_at",
        descending=True,
        filters={name: value for name, value in filters.items() if value},
    )
    return screen(viewer, await portfolio.trades(viewer.actor, request), more=(symbol, account))


def screen(viewer: Viewer, found: Page[Trade], *, more: tuple[str, str]) -> Screen:
    """Lay out a page of trades."""
    rows = (
        *paging(viewer, NAME, page=found.page, total=found.total, size=found.size, more=more),
        (
            Button(viewer.label("refresh"), NAME, (str(found.page), *more)),
            Button(viewer.label("nav.portfolio"), "portfolio"),
        ),
    )
    if not found.items:
        return Screen(viewer.say("trades.none"), rows)
    lines = [viewer.say("trades.title", count=found.total)]
    lines += [_line(viewer, one) for one in found.items]
    return Screen("\n\n".join(lines), rows)


def _line(viewer: Viewer, one: Trade) -> str:
    head = viewer.say(
        "trades.line",
        at=f"{one.traded_at:%d.%m. %H:%M}",
        side=one.side.upper(),
        symbol=one.symbol,
        quantity=viewer.quantity(one.quantity),
        price=exact(one.price),
    )
    if not one.realised_pnl:
        return head
    return f"{head}\n{viewer.say('trades.realised', amount=viewer.profit(one.realised_pnl))}"
