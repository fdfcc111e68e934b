"""/portfolio: a customer's money now, by exchange and by account."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from daemon.telegram.screens.screen import Button, Screen, Viewer, per_cent
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.queries import accounts, portfolio
from patriot_app.core.queries.accounts import AccountSummary
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.portfolio import Portfolio

NAME = "portfolio"
ACCOUNTS_MAX = 50
STALE_AFTER = timedelta(seconds=30)
"""Figures of a live account are at most so old, else the screen says so."""


async def show(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read the customer's own money; `args` is nothing, an exchange, or "account" and an id."""
    request = PageRequest(size=ACCOUNTS_MAX, filters={"client_id": str(viewer.person_id)})
    own = (await accounts.page(viewer.actor, request)).items
    if args and args[0] in set(Exchange):
        return exchange_screen(viewer, args[0], [one for one in own if one.exchange == args[0]])
    if len(args) == 2 and args[0] == "account":
        for one in own:
            if str(one.id) == args[1]:
                return account_screen(viewer, one)
    return summary_screen(viewer, await portfolio.portfolio(viewer.actor, viewer.person_id), own)


def summary_screen(viewer: Viewer, found: Portfolio, own: Sequence[AccountSummary]) -> Screen:
    """Lay out the whole."""
    if not own:
        return Screen(
            viewer.say("portfolio.empty"), ((Button(viewer.label("nav.connect"), "connect"),),)
        )
    lines = [
        f"{viewer.say('portfolio.title')}{_badge(viewer, own)}",
        viewer.say("equity", amount=viewer.money(found.equity)),
        viewer.say("day_profit", amount=viewer.profit(found.day_profit)),
        viewer.say("open_profit", amount=viewer.profit(found.unrealised_pnl)),
        viewer.say("month_profit", amount=viewer.profit(found.month_profit)),
        viewer.say("all_profit", amount=viewer.profit(found.booked_profit)),
        viewer.say("available", amount=viewer.money(found.available_balance)),
        viewer.say("drawdown", percent=per_cent(found.drawdown_fraction)),
        viewer.say("accounts", count=found.accounts),
        viewer.say("as_of", ago=viewer.ago(found.observed_at)),
    ]
    if found.observed_at is not None and viewer.now - found.observed_at > STALE_AFTER:
        lines.append(viewer.say("stale"))
    exchanges = sorted({one.exchange for one in own})
    rows = (
        tuple(Button(name.capitalize(), NAME, (name,)) for name in exchanges),
        (
            Button(viewer.label("nav.positions"), "positions"),
            Button(viewer.label("nav.performance"), "performance"),
        ),
        (Button(viewer.label("refresh"), NAME),),
    )
    return Screen("\n".join(lines), rows)


def exchange_screen(viewer: Viewer, exchange: str, own: Sequence[AccountSummary]) -> Screen:
    """Lay out the accounts at one exchange."""
    lines = [
        viewer.say("portfolio.exchange", exchange=exchange.capitalize()),
        viewer.say("equity", amount=viewer.money(_sum(one.equity for one in own))),
        viewer.say("day_profit", amount=viewer.profit(_sum(one.day_profit for one in own))),
        "",
    ]
    for one in own:
        lines.append(
            viewer.say("account.line", label=one.label, amount=viewer.money(one.equity))
            + _badge(viewer, [one])
        )
    picked = tuple((Button(one.label[:40], NAME, ("account", str(one.id))),) for one in own[:10])
    return Screen("\n".join(lines), (*picked, (Button(viewer.label("back"), NAME),)))


def account_screen(viewer: Viewer, one: AccountSummary) -> Screen:
    """Lay out one account."""
    lines = [
        viewer.say("account.title", label=one.label, exchange=one.exchange.capitalize())
        + _badge(viewer, [one]),
        viewer.say("equity", amount=viewer.money(one.equity)),
        viewer.say("day_profit", amount=viewer.profit(one.day_profit)),
        viewer.say("open_profit", amount=viewer.profit(one.unrealised_pnl)),
        viewer.say("available", amount=viewer.money(one.available_balance)),
        viewer.say("drawdown", percent=per_cent(one.drawdown_fraction)),
        viewer.say("account.positions", count=one.open_positions),
        viewer.say("account.key", masked=one.masked_key or "—", status=one.key_status),
        viewer.say("account.status", status=one.status, reason=one.status_reason),
        viewer.say("as_of", ago=viewer.ago(one.observed_at)),
    ]
    account = str(one.id)
    rows = (
        (
            Button(viewer.label("nav.positions"), "positions", ("1", "", account)),
            Button(viewer.label("nav.trades"), "trades", ("1", "", account)),
        ),
        (
            Button(viewer.label("refresh"), NAME, ("account", account)),
            Button(viewer.label("back"), NAME, (one.exchange,)),
        ),
    )
    return Screen("\n".join(lines), rows)


def _badge(viewer: Viewer, own: Sequence[AccountSummary]) -> str:
    """Say where the money is no real money."""
    modes = {one.mode for one in own} - {"live"}
    return "".join(f" · <b>{viewer.say('mode.' + mode)}</b>" for mode in sorted(modes))


def _sum(values: object) -> Decimal:
    assert hasattr(values, "__iter__")
    return sum((value for value in values if value is not None), Decimal(0))
