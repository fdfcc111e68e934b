"""Bybit's private stream: orders, executions, positions and the wallet of one account.

Source: https://bybit-exchange.github.io/docs/v5/websocket/private/order
"""

from __future__ import annotations

from typing import Final

import orjson

from daemon.paper_exchange.accounts import Account, LedgerType, Position
from daemon.paper_exchange.bybit.closed import closed_profit
from daemon.paper_exchange.bybit.connection import Connection, Json
from daemon.paper_exchange.bybit.disconnect import TOPIC as DCP_TOPIC
from daemon.paper_exchange.bybit.disconnect import Disconnects
from daemon.paper_exchange.bybit.executions import execution_row, funding_execution_row
from daemon.paper_exchange.bybit.history import History
from daemon.paper_exchange.bybit.holdings import Holdings
from daemon.paper_exchange.bybit.ids import frame_uuid
from daemon.paper_exchange.bybit.positions import Positions
from daemon.paper_exchange.bybit.visibility import Visibility
from daemon.paper_exchange.bybit.wire import conditional_row
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.events import (
    AccountUpdate,
    ConditionalUpdate,
    Event,
    LeverageUpdate,
    OrderUpdate,
)
from daemon.paper_exchange.orders import TriggerStatus

LINEAR: Final = ".linear"
FAST: Final = "execution.fast"
_FAST_KEYS: Final = (
    "category",
    "symbol",
    "execId",
    "execPrice",
    "execQty",
    "orderId",
    "isMaker",
    "orderLinkId",
    "side",
    "execTime",
    "seq",
)
_BY_PRODUCT: Final = ("order", "execution", "position", FAST)
# Other products have topics of their own, on which nothing ever happens here.
_SILENT: Final = frozenset(
    {f"{name}.{other}" for name in _BY_PRODUCT for other in ("spot", "inverse", "option")}
    | {"greeks", "dcp.spot", "dcp.option", "spread.order", "spread.execution"}
)
TOPICS: Final = (
    _SILENT
    | {"wallet", DCP_TOPIC}
    | {name + suffix for name in _BY_PRODUCT for suffix in ("", LINEAR)}
)

AccountEvent = OrderUpdate | ConditionalUpdate | AccountUpdate | LeverageUpdate


class PrivateStream:
    """Subscriptions to account topics."""

    def __init__(
        self,
        engine: Engine,
        history: History,
        holdings: Holdings,
        positions: Positions,
        disconnects: Disconnects,
        visibility: Visibility,
    ) -> None:
        self._engine = engine
        self._history = history
        self._holdings = holdings
        self._positions = positions
        self._disconnects = disconnects
        self._visibility = visibility
        self._connections: dict[str, dict[Connection, None]] = {}
        self._told: dict[str, int] = {}
        """How much each account was told; it numbers the frames, alike in every run."""

    def join(self, connection: Connection) -> None:
        """Add a connection that has signed in."""
        self._connections.setdefault(connection.api_key, {})[connection] = None

    def subscribe(self, connection: Connection, topics: list[str]) -> None:
        """Add the topics that are served."""
        connection.topics.update(TOPICS.intersection(topics))
        if DCP_TOPIC in topics:
            self._disconnects.note_back(connection.api_key)

    def unsubscribe(self, connection: Connection, topics: list[str]) -> None:
        """Drop topics."""
        connection.topics.difference_update(topics)

    def forget(self, connection: Connection) -> None:
        """Drop a connection that has ended."""
        others = self._connections.get(connection.api_key, {})
        others.pop(connection, None)
        if not others:
            self._connections.pop(connection.api_key, None)
        if DCP_TOPIC in connection.topics and not any(DCP_TOPIC in c.topics for c in others):
            self._disconnects.note_lost(connection.api_key)

    def watch(self, event: Event) -> None:
        """Push what an event of the engine means to its account."""
        if not isinstance(event, AccountEvent):
            return
        account = event.account
        if not self._connections.get(account.api_key):
            return
        if isinstance(event, OrderUpdate):
            self._push_order(event)
        elif isinstance(event, ConditionalUpdate):
            self._push_conditional(event)
        elif isinstance(event, AccountUpdate):
            self._push_account(event)
        else:
            positions = self._positions.positions_in(account, event.symbol)
            self._push(event, "position", [self._position(account, each) for each in positions])

    def _push_order(self, event: OrderUpdate) -> None:
        account, order = event.account, event.order
        if event.trade is not None:
            mark_price = self._engine.market(order.symbol).mark_price
            execution = execution_row(event.trade, order, mark_price)
            self._push(event, FAST, [{key: execution[key] for key in _FAST_KEYS}])
            self._push(event, "execution", [execution])
        row = _order_frame(self._history.order_row(account, order.order_id))
        row["closedPnl"] = closed_profit(account, order)
        self._push(event, "order", [row])

    def _push_conditional(self, event: ConditionalUpdate) -> None:
        account, conditional = event.account, event.conditional
        if conditional.status is TriggerStatus.FINISHED:
            return
        order = conditional.request.order
        quantity = abs(account.quantity_of(order.symbol, order.position_side))
        spec = self._engine.market(conditional.symbol).spec
        row = conditional_row(conditional, spec, position_quantity=quantity)
        self._push(event, "order", [_order_frame(row)])

    def _push_account(self, event: AccountUpdate) -> None:
        account = event.account
        funding = [row for row in event.rows if row.type is LedgerType.FUNDING]
        if funding:
            self._push(event, "execution", [funding_execution_row(row) for row in funding])
        if event.position_keys:
            changed = [account.positions[key] for key in event.position_keys]
            self._push(event, "position", [self._position(account, each) for each in changed])
        self._push(event, "wallet", [self._holdings.wallet_row(account)])

    def _position(self, account: Account, position: Position) -> Json:
        row = {"category": "linear"} | self._positions.position_row(account, position)
        # The stream has its own name for this figure.
        row["entryPrice"] = row.pop("avgPrice")
        return row

    def _push(self, event: AccountEvent, name: str, data: list[Json]) -> None:
        """Send to the account's connections; the time is that of the event in the market."""
        account = event.account
        number = self._told[account.api_key] = self._told.get(account.api_key, 0) + 1
        frame_id = frame_uuid(account.uid, number)
        for connection in list(self._connections.get(account.api_key, ())):
            for topic in (name, name + LINEAR):
                if topic in connection.topics:
                    head = {} if name == FAST else {"id": frame_id}
                    told = {"topic": topic, "creationTime": event.time_ms, "data": data}
                    self._visibility.later(connection.send, orjson.dumps(head | told))


def _order_frame(row: Json) -> Json:
    """Add what only the stream tells of an order; strictly typed clients need it."""
    return {"category": "linear"} | row | {"closedPnl": "0", "feeCurrency": ""}
