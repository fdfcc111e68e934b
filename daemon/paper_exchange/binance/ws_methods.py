"""The methods of the WebSocket API: each is an endpoint under another name."""

from __future__ import annotations

from typing import Any, Final

from daemon.paper_exchange.binance import (
    accounts,
    algo,
    listen_keys,
    market_data,
    order_history,
    orders,
)
from daemon.paper_exchange.binance.call import Call, Endpoint, Handler, Weight
from daemon.paper_exchange.binance.parameters import Parameters
from daemon.paper_exchange.binance.signing import Security

NONE, KEY, READ, TRADE = Security.NONE, Security.KEY, Security.READ, Security.TRADE

_Row = tuple[str, Handler, Security, Weight, int]


def _by_symbol(one: int, every: int) -> Weight:
    def weigh(parameters: Parameters) -> int:
        return one if parameters.text("symbol") else every

    return weigh


def get_book_ticker(call: Call) -> Any:
    """Return the best bid and ask with the book's number."""
    found = market_data.get_book_ticker(call)
    rows = found if isinstance(found, list) else [found]
    for row in rows:
        row["lastUpdateId"] = call.dialect.books.number(call.market_of(row["symbol"]))
    return found


_ROWS: Final[tuple[_Row, ...]] = (
    ("depth", market_data.get_depth, NONE, market_data.depth_weight, 0),
    ("ticker.price", market_data.get_price, NONE, _by_symbol(1, 2), 0),
    ("ticker.book", get_book_ticker, NONE, _by_symbol(2, 5), 0),
    ("order.place", orders.post_order, TRADE, 0, 1),
    ("order.modify", orders.put_order, TRADE, 1, 1),
    ("order.cancel", orders.delete_order, TRADE, 1, 0),
    ("order.status", order_history.get_order, READ, 1, 0),
    ("algoOrder.place", algo.post_algo, TRADE, 0, 1),
    ("algoOrder.cancel", algo.delete_algo, TRADE, 1, 0),
    ("account.status", accounts.get_account_v2, READ, 5, 0),
    ("v2/account.status", accounts.get_account_v3, READ, 5, 0),
    ("account.balance", accounts.get_balance, READ, 5, 0),
    ("v2/account.balance", accounts.get_balance, READ, 5, 0),
    ("account.position", accounts.get_position_risk_v2, READ, 5, 0),
    ("v2/account.position", accounts.get_position_risk_v3, READ, 5, 0),
    ("userDataStream.start", listen_keys.post_listen_key, KEY, 5, 0),
    ("userDataStream.ping", listen_keys.put_listen_key, KEY, 1, 0),
    ("userDataStream.stop", listen_keys.delete_listen_key, KEY, 1, 0),
)
METHODS: Final = {
    method: Endpoint("WS", method, handler, security, weight, count)
    for method, handler, security, weight, count in _ROWS
}
