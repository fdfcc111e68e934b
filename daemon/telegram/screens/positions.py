"""/positions: what a customer holds, whether a stop guards it, how far liquidation is."""

from daemon.telegram.screens.screen import (
    LINES_PER_PAGE,
    NOTHING,
    Button,
    Screen,
    Viewer,
    exact,
    page_of,
    paging,
    per_cent,
)
from patriot_app.core.queries import positions
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.positions import PositionSummary

NAME = "positions"


async def show(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read a page of one's own positions; `args`: page, symbol, account id, each may be missing."""
    symbol, account = (*args[1:3], "", "")[:2]
    filters = {
        "client_id": str(viewer.person_id),
        "symbol": symbol.upper(),
        "account_id": account,
    }
    request = PageRequest(
        page=page_of(args),
        size=LINES_PER_PAGE,
        sort="notional",
        descending=True,
        filters={name: value for name, value in filters.items() if value},
    )
    return screen(viewer, await positions.page(viewer.actor, request), more=(symbol, account))


def screen(viewer: Viewer, found: Page[PositionSummary], *, more: tuple[str, str]) -> Screen:
    """Lay out a page of positions."""
    symbol = more[0].upper()
    if not found.items:
        key = "positions.none_of" if symbol else "positions.none"
        return Screen(viewer.say(key, symbol=symbol), _rows(viewer, found, more))
    title = viewer.say("positions.title", count=found.total)
    return Screen(
        "\n\n".join([title, *(_card(viewer, one) for one in found.items)]),
        _rows(viewer, found, more),
    )


def _card(viewer: Viewer, one: PositionSummary) -> str:
    side = "LONG" if one.quantity > 0 else "SHORT"
    stop = NOTHING if one.live_stop is None else exact(one.live_stop)
    lines = [
        viewer.say("positions.head", side=side, symbol=one.symbol, account=one.account),
        viewer.say(
            "positions.size",
            quantity=viewer.quantity(abs(one.quantity)),
            entry=exact(one.entry_price),
            mark=exact(one.mark_price),
        ),
        viewer.say("open_profit", amount=viewer.profit(one.unrealised_pnl)),
        viewer.say("positions.stop", stop=stop, distance=per_cent(one.liquidation_distance)),
    ]
    if one.unprotected_since is not None:
        lines.append(viewer.say("positions.unprotected", ago=viewer.ago(one.unprotected_since)))
    return "\n".join(lines)


def _rows(
    viewer: Viewer, found: Page[PositionSummary], more: tuple[str, str]
) -> tuple[tuple[Button, ...], ...]:
    here = (str(found.page), *more)
    return (
        *paging(viewer, NAME, page=found.page, total=found.total, size=found.size, more=more),
        (
            Button(viewer.label("refresh"), NAME, here),
            Button(viewer.label("nav.portfolio"), "portfolio"),
        ),
    )
