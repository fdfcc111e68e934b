"""/status, /table and /exposure: the desk at a glance, for those who work there."""

from collections.abc import Sequence

from daemon.telegram.screens.screen import (
    NOTHING,
    Button,
    Screen,
    Viewer,
    page_of,
    paging,
    per_cent,
)
from patriot_app.core.domain import figures
from patriot_app.core.queries import accounts, overview, positions
from patriot_app.core.queries.accounts import AccountSummary
from patriot_app.core.queries.overview import Overview
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.positions import SymbolExposure

STATUS, TABLE, EXPOSURE = "status", "table", "exposure"
PER_TABLE = 20
SYMBOLS_MAX = 15


async def show_status(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read the desk's totals; "/status table" is the table of accounts."""
    if args and args[0] == TABLE:
        return await show_table(viewer, ())
    return status_screen(viewer, await overview.get(viewer.actor))


async def show_table(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read a page of accounts, the largest first; `args`: page."""
    request = PageRequest(page=page_of(args), size=PER_TABLE, sort="equity", descending=True)
    return table_screen(viewer, await accounts.page(viewer.actor, request))


async def show_exposure(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read what is held, by symbol."""
    return exposure_screen(viewer, await positions.by_symbol(viewer.actor))


def status_screen(viewer: Viewer, found: Overview) -> Screen:
    """Lay out the totals, what is wrong first."""
    wrong = [
        viewer.say(f"status.{key}", count=count)
        for key, count in (
            ("halts", found.active_halts),
            ("unprotected", found.unprotected_positions),
            ("unknown", found.unknown_orders),
            ("parked", found.parked_accounts),
            ("stale", found.stale_accounts),
        )
        if count
    ]
    lines = [
        viewer.say("status.title"),
        *(wrong or [viewer.say("status.fine")]),
        "",
        viewer.say("equity", amount=viewer.money(found.equity)),
        viewer.say("day_profit", amount=viewer.profit(found.day_profit))
        + f" ({per_cent(found.day_return)})",
        viewer.say("open_profit", amount=viewer.profit(found.unrealised_pnl)),
        viewer.say("drawdown", percent=per_cent(found.drawdown_fraction)),
        viewer.say("status.accounts", ready=found.ready_accounts, all=found.accounts),
        viewer.say(
            "status.trading",
            running=found.running_deployments,
            positions=found.open_positions,
            fills=found.fills_of_day,
        ),
        viewer.say("as_of", ago=viewer.ago(found.oldest_figure_at)),
    ]
    rows = (
        (
            Button(viewer.label("nav.exposure"), EXPOSURE),
            Button(viewer.label("nav.fanouts"), "fanouts"),
            Button(viewer.label("nav.keys"), "keys"),
        ),
        (
            Button(viewer.label("nav.table"), TABLE),
            Button(viewer.label("nav.health"), "health"),
            Button(viewer.label("refresh"), STATUS),
        ),
    )
    return Screen("\n".join(lines), rows)


def table_screen(viewer: Viewer, found: Page[AccountSummary]) -> Screen:
    """Lay out accounts in columns that fit a phone."""
    if not found.items:
        return Screen(viewer.say("table.none"), ((Button(viewer.label("back"), STATUS),),))
    cells = [f"{'USDT':<12} {'':>9} {'24h':>7}"]
    for one in found.items:
        equity = NOTHING if one.equity is None else figures.grouped(one.equity, places=0)
        profit = NOTHING if one.day_profit is None else figures.signed(one.day_profit, places=0)
        if viewer.hides_amounts:
            equity = profit = "•••"
        cells.append(f"{one.label[:12]:<12} {equity:>9} {profit:>7}")
    table = viewer.say("table.cells", title=found.total, cells="\n".join(cells))
    back = (Button(viewer.label("back"), STATUS), Button(viewer.label("refresh"), TABLE))
    return Screen(
        table,
        (*paging(viewer, TABLE, page=found.page, total=found.total, size=found.size), back),
    )


def exposure_screen(viewer: Viewer, found: Sequence[SymbolExposure]) -> Screen:
    """Lay out long, short and net by symbol, the largest first."""
    back = ((Button(viewer.label("refresh"), EXPOSURE), Button(viewer.label("back"), STATUS)),)
    if not found:
        return Screen(viewer.say("exposure.none"), back)
    lines = [viewer.say("exposure.title", count=len(found))]
    for one in found[:SYMBOLS_MAX]:
        lines.append(
            viewer.say(
                "exposure.line",
                symbol=one.symbol,
                long=viewer.money(one.long, unit=""),
                short=viewer.money(one.short, unit=""),
                net=viewer.profit(one.net),
                profit=viewer.profit(one.unrealised_pnl),
                accounts=one.accounts,
            )
            + (viewer.say("exposure.unprotected", count=one.unprotected) if one.unprotected else "")
        )
    return Screen("\n\n".join(lines), back)
