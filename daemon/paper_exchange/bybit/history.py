"""What an account did: orders, executions, the transaction log and closed positions.

Source: https://bybit-exchange.github.io/docs/v5/order/open-order and its neighbours
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from heapq import merge
from typing import Final

from daemon.paper_exchange.accounts import Account, LedgerRow, LedgerType
from daemon.paper_exchange.bybit.closed import closed_rows
from daemon.paper_exchange.bybit.errors import parameter_error
from daemon.paper_exchange.bybit.executions import (
    execution_row,
    funding_execution_row,
    log_row,
)
from daemon.paper_exchange.bybit.ids import order_number, order_uuid
from daemon.paper_exchange.bybit.order_entry import Body, require_linear
from daemon.paper_exchange.bybit.paging import DAY_MS, WEEK_MS, Key, take_page, time_range
from daemon.paper_exchange.bybit.visibility import Visibility
from daemon.paper_exchange.bybit.wire import Json, conditional_row, execution_type, order_row
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.orders import ConditionalOrder, Order, Trade, TriggerStatus

TRADE_KINDS: Final = ("Trade", "BustTrade", "AdlTrade", "Settle")
CLOSED_RECENT: Final = 500
_TRADE, _FUNDING = 1, 0
_ENDED_WITHOUT_ORDER: Final = frozenset(
    {TriggerStatus.CANCELED, TriggerStatus.EXPIRED, TriggerStatus.REJECTED}
)


class History:
    """Answers the endpoints that look back."""

    def __init__(self, engine: Engine, visibility: Visibility) -> None:
        self._engine = engine
        self._visibility = visibility

    def open_orders(self, account: Account, params: Body) -> Json:
        """Answer order/realtime: open orders, or one order by id that may be closed."""
        require_linear(params)
        self._engine.enter()
        if params.get("orderId") or params.get("orderLinkId"):
            rows = self._by_id(account, params, recent=CLOSED_RECENT)
            return {"list": rows, "nextPageCursor": "", "category": "linear"}
        if not any(params.get(name) for name in ("symbol", "settleCoin", "baseCoin")):
            raise parameter_error("params error: symbol, settleCoin or baseCoin is required")
        numbers: list[int]
        if params.get("openOnly") == "1":
            numbers = self._final_numbers(account)[:CLOSED_RECENT]
        else:
            held = self._visibility.held(account)
            shown = {number for number, each in held.items() if each.row is not None}
            numbers = sorted(
                shown | account.open_orders.keys() | account.open_conditionals.keys(), reverse=True
            )
        return self._page(account, params, numbers)

    def order_history(self, account: Account, params: Body) -> Json:
        """Answer order/history: orders that are final."""
        require_linear(params)
        self._engine.enter()
        start, end = time_range(params, now_ms=self._engine.time_ms, span_ms=WEEK_MS)
        if params.get("orderId") or params.get("orderLinkId"):
            rows = [row for row in self._by_id(account, params) if row["orderStatus"] in _FINAL]
            return {"list": rows, "nextPageCursor": "", "category": "linear"}
        numbers = [
            number
            for number in self._final_numbers(account)
            if start <= _created(account, number) <= end
        ]
        return self._page(account, params, numbers)

    def executions(self, account: Account, params: Body) -> Json:
        """Answer execution/list: trades and funding payments, newest first."""
        require_linear(params)
        self._engine.enter()
        start, end = time_range(params, now_ms=self._engine.time_ms, span_ms=WEEK_MS)
        kind = params.get("execType")
        sources: list[Iterator[tuple[Key, Trade | LedgerRow]]] = []
        if kind in (None, "", *TRADE_KINDS):
            sources.append(_trades_back(account))
        if kind in (None, "", "Funding"):
            sources.append(_funding_back(account))
        wanted = order_number(str(params.get("orderId") or ""))
        found = (
            entry
            for entry in merge(*sources, key=lambda pair: pair[0], reverse=True)
            if start <= entry[0][0] <= end
            and _matches(entry[1], params, wanted)
            and not self._is_hidden(account, entry[1])
            and self._is_kind(account, entry[1], kind)
        )
        page, cursor = take_page(
            found, key=lambda entry: entry[0], params=params, default=50, most=100
        )
        rows = [self._execution(account, item) for _, item in page]
        return {"list": rows, "nextPageCursor": cursor, "category": "linear"}

    def transaction_log(self, account: Account, params: Body) -> Json:
        """Answer account/transaction-log: a row for each cause, newest first, 50 at most."""
        self._engine.enter()
        start, end = time_range(params, now_ms=self._engine.time_ms, span_ms=DAY_MS)
        kind, category = params.get("type"), params.get("category")
        found = (
            (key, rows)
            for key, rows in _causes_back(account)
            if start <= rows[-1].time_ms <= end
            and params.get("currency") in (None, "", rows[-1].asset)
        )
        shaped = ((key, _log_row(account, rows)) for key, rows in found)
        chosen = (
            entry
            for entry in shaped
            if kind in (None, "", entry[1]["type"]) and category in (None, "", entry[1]["category"])
        )
        page, cursor = take_page(
            chosen, key=lambda entry: entry[0], params=params, default=20, most=50
        )
        return {"list": [row for _, row in page], "nextPageCursor": cursor}

    def closed_pnl(self, account: Account, params: Body) -> Json:
        """Answer position/closed-pnl: one row for each order that closed something."""
        require_linear(params)
        self._engine.enter()
        start, end = time_range(params, now_ms=self._engine.time_ms, span_ms=WEEK_MS)
        found = [
            (key, row)
            for key, row in closed_rows(account, str(params.get("symbol") or ""))
            if start <= key[0] <= end
        ]
        page, cursor = take_page(
            reversed(found), key=lambda entry: entry[0], params=params, default=50, most=100
        )
        rows = [row for _, row in page]
        return {"list": rows, "nextPageCursor": cursor, "category": "linear"}

    def order_row(self, account: Account, number: int) -> Json:
        """Shape an order by its number: the order in the market if there is one."""
        conditional = account.conditionals.get(number)
        order = account.orders.get(number)
        if order is not None:
            return order_row(order, conditional, self._engine.market(order.symbol).spec)
        assert conditional is not None
        wanted = conditional.request.order
        quantity = abs(account.quantity_of(wanted.symbol, wanted.position_side))
        spec = self._engine.market(conditional.symbol).spec
        return conditional_row(conditional, spec, position_quantity=quantity)

    def _execution(self, account: Account, item: Trade | LedgerRow) -> Json:
        if isinstance(item, LedgerRow):
            return funding_execution_row(item)
        return execution_row(item, account.orders.get(item.order_id), None)

    def _numbers(self, account: Account) -> list[int]:
        return sorted(account.orders.keys() | account.conditionals.keys(), reverse=True)

    def _final_numbers(self, account: Account) -> list[int]:
        """List the orders that are final and seen to be so, newest first."""
        held = self._visibility.held(account)
        return [n for n in self._numbers(account) if n not in held and self._is_final(account, n)]

    def _shown_row(self, account: Account, number: int) -> Json | None:
        """Shape an order as it is seen now; None for one that is not seen yet."""
        held = self._visibility.held(account).get(number)
        return self.order_row(account, number) if held is None else held.row

    def _is_hidden(self, account: Account, item: Trade | LedgerRow) -> bool:
        held = self._visibility.held(account)
        return bool(held) and isinstance(item, Trade) and item.order_id in held

    def _is_kind(self, account: Account, item: Trade | LedgerRow, kind: object) -> bool:
        if kind in (None, "") or isinstance(item, LedgerRow):
            return True
        return execution_type(account.orders.get(item.order_id)) == kind

    def _is_final(self, account: Account, number: int) -> bool:
        order = account.orders.get(number)
        if order is not None:
            return not order.is_open
        return account.conditionals[number].status in _ENDED_WITHOUT_ORDER

    def _by_id(self, account: Account, params: Body, *, recent: int | None = None) -> list[Json]:
        """Find one order; of final ones only the latest few where a number is given."""
        order_id, link_id = str(params.get("orderId") or ""), str(params.get("orderLinkId") or "")
        number = order_number(order_id) if order_id else None
        if order_id and number is None:
            return []
        order = self._engine.find_order(account, order_id=number, client_order_id=link_id)
        found: Order | ConditionalOrder | None = order or self._engine.find_conditional(
            account, conditional_id=number, client_order_id=link_id
        )
        if found is None or params.get("symbol") not in (None, "", found.symbol):
            return []
        own = found.order_id if isinstance(found, Order) else found.conditional_id
        if recent is not None and len(account.orders) + len(account.conditionals) > recent:
            final = self._final_numbers(account)
            if own in final[recent:]:
                return []
        row = self._shown_row(account, own)
        return [] if row is None else [row]

    def _page(self, account: Account, params: Body, numbers: list[int]) -> Json:
        symbol, status = params.get("symbol"), params.get("orderStatus")
        kind = params.get("orderFilter")
        rows = (
            (number, row)
            for number, row in ((n, self._shown_row(account, n)) for n in numbers)
            if row is not None
            and symbol in (None, "", row["symbol"])
            and status in (None, "", row["orderStatus"])
            and kind in (None, "", _filter_of(row))
        )
        page, cursor = take_page(
            rows, key=lambda entry: (entry[0], 0, 0), params=params, default=20, most=50
        )
        return {
            "list": [row for _, row in page],
            "nextPageCursor": cursor,
            "category": "linear",
        }


_FINAL: Final = frozenset({"Filled", "Cancelled", "Rejected", "Deactivated"})


def _filter_of(row: Json) -> str:
    """Tell which orderFilter finds a row: a triggered stop is an ordinary order from then on."""
    return "StopOrder" if row["orderStatus"] in {"Untriggered", "Deactivated"} else "Order"


def _created(account: Account, number: int) -> int:
    order = account.orders.get(number)
    return order.created_ms if order else account.conditionals[number].created_ms


def _trades_back(account: Account) -> Iterator[tuple[Key, Trade | LedgerRow]]:
    for index in range(len(account.trades) - 1, -1, -1):
        trade = account.trades[index]
        yield (trade.time_ms, _TRADE, index), trade


def _funding_back(account: Account) -> Iterator[tuple[Key, Trade | LedgerRow]]:
    for index in range(len(account.ledger) - 1, -1, -1):
        row = account.ledger[index]
        if row.type is LedgerType.FUNDING:
            yield (row.time_ms, _FUNDING, index), row


def _matches(item: Trade | LedgerRow, params: Body, order: int | None) -> bool:
    if params.get("symbol") not in (None, "", item.symbol):
        return False
    if params.get("orderId"):
        return isinstance(item, Trade) and order_uuid(item.order_id) == order_uuid(order or 0)
    if params.get("orderLinkId"):
        return isinstance(item, Trade) and item.client_order_id == params["orderLinkId"]
    return True


def _causes_back(account: Account) -> Iterator[tuple[Key, list[LedgerRow]]]:
    """Walk the ledger backwards; the rows of one trade (profit, commission) come together."""
    ledger = account.ledger
    index = len(ledger)
    while index:
        index -= 1
        last, first = ledger[index], index
        while (
            first
            and last.trade_id is not None
            and (ledger[first - 1].trade_id, ledger[first - 1].symbol)
            == (last.trade_id, last.symbol)
        ):
            first -= 1
        yield (last.row_id, 0, 0), ledger[first : index + 1]
        index = first


def _log_row(account: Account, rows: list[LedgerRow]) -> Json:
    trade = _trade_of(account, rows[-1])
    return log_row(rows, trade, account.orders.get(trade.order_id) if trade else None)


def _trade_of(account: Account, row: LedgerRow) -> Trade | None:
    if row.trade_id is None:
        return None
    index = bisect_left(account.trades, row.trade_id, key=lambda trade: trade.trade_id)
    return account.trades[index]
