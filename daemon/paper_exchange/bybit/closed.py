"""Profit of closed positions as Bybit shows it: after the commissions of opening and closing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit.ids import order_uuid
from daemon.paper_exchange.bybit.paging import Key
from daemon.paper_exchange.bybit.wire import KINDS, SIDES, Json, text
from daemon.paper_exchange.orders import ZERO, Order, Trade

_DIGITS: Final = Decimal("1E-8")


@dataclass(slots=True)
class _Open:
    """What is open in a contract while its trades are walked through."""

    quantity: Decimal = ZERO
    commission: Decimal = ZERO
    """Paid to open what is open now."""


@dataclass(slots=True)
class _Closing:
    """What one order has closed so far."""

    closed: Decimal = ZERO
    profit: Decimal = ZERO
    commission: Decimal = ZERO
    exit_value: Decimal = ZERO
    fills: int = 0
    time_ms: int = 0
    index: int = 0


def closed_rows(account: Account, symbol: str) -> list[tuple[Key, Json]]:
    """List the closings of a contract (or of all with an empty symbol), oldest first."""
    positions: dict[tuple[str, str], _Open] = {}
    closings: dict[int, _Closing] = {}
    for index, trade in enumerate(account.trades):
        if symbol in ("", trade.symbol):
            key = (trade.symbol, trade.position_side)
            _walk(positions.setdefault(key, _Open()), closings, trade, index)
    rows = [
        ((closing.time_ms, 0, closing.index), _row(account, number, closing))
        for number, closing in closings.items()
    ]
    return sorted(rows, key=lambda row: row[0])


def closed_profit(account: Account, order: Order) -> str:
    """Return what an order has won by closing, as its row in the list of closings says it."""
    if not any(t.closed_quantity for t in _trades_of(account, order)):
        return "0"
    number = order_uuid(order.order_id)
    rows = (row for _, row in closed_rows(account, order.symbol))
    return next((str(row["closedPnl"]) for row in rows if row["orderId"] == number), "0")


def _trades_of(account: Account, order: Order) -> Iterator[Trade]:
    """Find an order's trades from the latest on; none is older than the order."""
    for trade in reversed(account.trades):
        if trade.time_ms < order.created_ms:
            return
        if trade.order_id == order.order_id:
            yield trade


def _walk(position: _Open, closings: dict[int, _Closing], trade: Trade, index: int) -> None:
    closed = trade.closed_quantity
    opened = trade.quantity - closed
    closing_commission = trade.commission * closed / trade.quantity
    if closed:
        share = position.commission * closed / position.quantity
        position.quantity -= closed
        position.commission -= share
        closing = closings.setdefault(trade.order_id, _Closing())
        closing.closed += closed
        closing.profit += trade.realised_pnl
        closing.commission += share + closing_commission
        closing.exit_value += trade.price * closed
        closing.fills += 1
        closing.time_ms, closing.index = trade.time_ms, index
    if opened:
        position.quantity += opened
        position.commission += trade.commission - closing_commission


def _row(account: Account, number: int, closing: _Closing) -> Json:
    order = account.orders[number]
    # A sale closes a long position: what it cost is what it brought less the profit.
    entry_value = closing.exit_value + order.side.sign * closing.profit
    price = order.price if order.price is not None else order.average_price
    return {
        "symbol": order.symbol,
        "orderType": KINDS[order.kind],
        "leverage": str(account.leverage_of(order.symbol)),
        "updatedTime": str(closing.time_ms),
        "createdTime": str(order.created_ms),
        "side": SIDES[order.side],
        "orderId": order_uuid(number),
        "closedPnl": text(_cut(closing.profit - closing.commission)),
        "avgEntryPrice": text(_cut(entry_value / closing.closed)),
        "avgExitPrice": text(_cut(closing.exit_value / closing.closed)),
        "cumEntryValue": text(_cut(entry_value)),
        "cumExitValue": text(_cut(closing.exit_value)),
        "qty": text(order.quantity),
        "closedSize": text(closing.closed),
        "orderPrice": text(_cut(price)),
        "execType": "Trade",
        "fillCount": str(closing.fills),
    }


def _cut(number: Decimal) -> Decimal:
    return number.quantize(_DIGITS, rounding=ROUND_DOWN)
