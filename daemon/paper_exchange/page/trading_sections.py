"""Accounts, positions, orders and fills."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import chain, islice
from typing import Final
from urllib.parse import quote

from daemon.paper_exchange.accounts import Account, Position
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.host import PaperHost
from daemon.paper_exchange.orders import ConditionalOrder, Order, Trade
from daemon.paper_exchange.page.activity import Fill
from daemon.paper_exchange.page.markup import (
    ROWS,
    Html,
    Piece,
    button,
    clock_time,
    money,
    number,
    pill,
    table,
    text,
)

_FORCED: Final = {
    "autoclose-": "liquidated",
    "adl_autoclose": "deleveraged",
    "settlement_autoclose-": "settled",
}


def draw_accounts(host: PaperHost) -> str:
    """Show accounts with their money."""
    rows: list[list[Piece]] = []
    total = 0
    for name, engine in host.engines.items():
        total += len(engine.accounts)
        for account in islice(engine.accounts.values(), max(0, ROWS - len(rows))):
            rows.append(_account(name, engine, account))
    heads = ["Account", "Equity", "Unrealised", "Available", "Positions", "Orders", "Trades"]
    empty = "No account yet. Open one below, or POST /_paper/accounts."
    funds = " · ".join(
        f"{name.title()} {engine.state.house.insurance_fund:,.2f} USDT"
        for name, engine in host.engines.items()
    )
    note = f'<p class="note">Insurance funds: {text(funds)}.</p>'
    return note + table("Accounts", heads, rows, empty=empty) + _more(total)


def _account(name: str, engine: Engine, account: Account) -> list[Piece]:
    margin = engine.margin(account)
    held = sum(1 for position in account.positions.values() if position.quantity)
    orders = len(account.open_orders) + len(account.open_conditionals)
    key = account.label or account.api_key
    notes = text(pill(name, name))
    if not account.permissions.trade:
        notes += text(pill("may not trade", "warn"))
    if account.permissions.withdraw:
        notes += text(pill("may withdraw", "bad"))
    link = f"/_paper/truth/{name}/{quote(account.api_key, safe='')}"
    return [
        Html(f'<a href="{link}" title="{text(account.api_key)}">{text(key)}</a> {notes}'),
        money(margin.margin_balance),
        money(margin.unrealised_pnl, signed=True),
        money(margin.available),
        held,
        orders,
        len(account.trades),
    ]


def draw_positions(host: PaperHost) -> str:
    """Show open positions."""
    rows: list[list[Piece]] = []
    total = 0
    for name, engine in host.engines.items():
        for symbol, market in engine.state.markets.items():
            holders = engine.state.holders.get(symbol, {})
            total += len(holders)
            for account in islice(holders.values(), max(0, ROWS - len(rows))):
                rows += [
                    _position_row(name, account, held, market.mark_price)
                    for held in account.positions_in(symbol)
                ]
    heads = ["Account", "Contract", "Quantity", "Entry", "Unrealised", "By hand"]
    return table("Positions", heads, rows, empty="No position is open.") + _more(total)


def _position_row(name: str, account: Account, held: Position, mark_price: Decimal) -> list[Piece]:
    side = pill("long", "good") if held.quantity > 0 else pill("short", "bad")
    return [
        _owner(name, account),
        held.symbol,
        Html(f"{text(side)} {text(number(abs(held.quantity)))}"),
        number(held.entry_price.quantize(Decimal("1E-8"))),
        money(held.unrealised_pnl(mark_price), signed=True),
        _close(name, account, held.symbol, held.position_side),
    ]


def _more(total: int) -> str:
    """Say how many there are when not all are shown."""
    return f'<p class="note">{ROWS} of {total:,} are shown.</p>' if total > ROWS else ""


def draw_orders(host: PaperHost) -> str:
    """Show open orders and those that wait for a price."""
    rows: list[list[Piece]] = []
    total = 0
    for name, engine in host.engines.items():
        books: list[Mapping[int, Order | ConditionalOrder]] = [
            *engine.state.resting.values(),
            *engine.state.waiting.values(),
        ]
        total += sum(len(book) for book in books)
        orders = chain.from_iterable(book.values() for book in books)
        for order in islice(orders, max(0, ROWS - len(rows))):
            rows.append(_order_row(name, engine.accounts[order.api_key], order))
    heads = ["Account", "Contract", "Order", "Price", "Client order id", "By hand"]
    return table("Open orders", heads, rows, empty="No order is open.") + _more(total)


def draw_fills(fills: Iterable[Fill]) -> str:
    """Show the last fills."""
    rows: list[list[Piece]] = [
        [
            clock_time(fill.trade.time_ms),
            _owner(fill.account.exchange, fill.account),
            fill.trade.symbol,
            _fill_words(fill.trade),
            number(fill.trade.price),
            money(fill.trade.realised_pnl - fill.trade.commission, signed=True),
        ]
        for fill in fills
    ]
    heads = ["Market time", "Account", "Contract", "Fill", "Price", "Result less commission"]
    return table("Fills", heads, rows, empty="No fill since the start.")


def _fill_words(trade: Trade) -> Html:
    """Say what was traded, and when the exchange itself did it."""
    words = f"{text(trade.side.lower())} {text(number(trade.quantity))}"
    for beginning, word in _FORCED.items():
        if trade.client_order_id.startswith(beginning):
            words += f" {text(pill(word, 'bad'))}"
    return Html(words)


def _owner(name: str, account: Account) -> Html:
    return Html(f"{text(account.label or account.api_key)} {text(pill(name, name))}")


def _close(name: str, account: Account, symbol: str, side: str) -> Html:
    body = {"symbol": symbol, "position_side": side}
    path = f"/_paper/accounts/{name}/{quote(account.api_key, safe='')}/close_position"
    return Html(button("Close", path, json.dumps(body), hint="as the customer would elsewhere"))


def _order_row(name: str, account: Account, order: Order | ConditionalOrder) -> list[Piece]:
    if isinstance(order, Order):
        what = f"{order.side} {order.remaining.normalize():f} {order.kind}"
        price: Piece = number(order.price) if order.price is not None else "–"
        order_id = order.order_id
    else:
        request = order.request.order
        size = "all" if order.request.close_position else f"{request.quantity.normalize():f}"
        what = f"{request.side} {size} when {order.request.direction}"
        price, order_id = number(order.request.trigger_price), order.conditional_id
    body = {
        "kind": "cancel_order",
        "exchange": name,
        "api_key": account.api_key,
        "order_id": order_id,
    }
    cancel = button("Cancel", "/_paper/faults", json.dumps(body), hint="as the customer would")
    return [
        _owner(name, account),
        order.symbol,
        what.lower(),
        price,
        order.client_order_id or "–",
        Html(cancel),
    ]
