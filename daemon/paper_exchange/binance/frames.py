"""Frames of the user stream."""

from __future__ import annotations

from typing import Any, Final

from daemon.paper_exchange.accounts import Account, LedgerType
from daemon.paper_exchange.binance.holdings import break_even
from daemon.paper_exchange.binance.wire import (
    ALGO_STATUS,
    REASON_TEXT,
    WORKING_TYPE,
    average_decimals,
    child_order,
    money,
    plain,
    wire_time_in_force,
    wire_type,
)
from daemon.paper_exchange.events import (
    AccountChange,
    AccountUpdate,
    ConditionalUpdate,
    LeverageUpdate,
    OrderUpdate,
)
from daemon.paper_exchange.orders import ZERO, Order, Trade
from daemon.paper_exchange.state import ASSET, ExchangeState

_CHANGE: Final = {
    AccountChange.ORDER: "ORDER",
    AccountChange.FUNDING: "FUNDING_FEE",
    AccountChange.DEPOSIT: "DEPOSIT",
    AccountChange.WITHDRAW: "WITHDRAW",
    AccountChange.LIQUIDATION: "ORDER",
}
_NOT_A_FLOW: Final = frozenset({LedgerType.COMMISSION, LedgerType.REALISED_PNL})


def user_frames(
    state: ExchangeState,
    event: OrderUpdate | ConditionalUpdate | AccountUpdate | LeverageUpdate,
) -> list[dict[str, Any]]:
    """Write the events that an account's stream tells of a change."""
    if isinstance(event, OrderUpdate):
        return [order_frame(state, event)]
    if isinstance(event, ConditionalUpdate):
        return [algo_frame(state, event)]
    if isinstance(event, AccountUpdate):
        return [add_positions(account_frame(event), state, event)]
    return [leverage_frame(event)]


def order_frame(state: ExchangeState, event: OrderUpdate) -> dict[str, Any]:
    """Write ORDER_TRADE_UPDATE."""
    order, trade = event.order, event.trade
    spec = state.instruments[order.symbol]
    kind, original = wire_type(order)
    body: dict[str, Any] = {
        "s": order.symbol,
        "c": order.client_order_id,
        "S": order.side,
        "o": kind,
        "f": wire_time_in_force(order),
        "q": plain(order.quantity, spec.quantity_precision),
        "p": plain(order.price or ZERO, spec.price_precision),
        "ap": plain(order.average_price, average_decimals(spec)),
        "sp": order.labels.get("stopPrice", "0"),
        "x": event.what,
        "X": order.status,
        "i": order.order_id,
        "l": plain(trade.quantity if trade else ZERO, spec.quantity_precision),
        "z": plain(order.filled_quantity, spec.quantity_precision),
        "L": plain(trade.price if trade else ZERO, spec.price_precision),
        "T": event.time_ms,
        "t": trade.trade_id if trade else 0,
        **_open_notionals(state, event.account, order),
        "m": trade.is_maker if trade else False,
        "R": order.reduce_only,
        "wt": order.labels.get("workingType", "CONTRACT_PRICE"),
        "ot": original,
        "ps": "BOTH",
        "cp": order.labels.get("closePosition") == "true",
        "rp": money(trade.realised_pnl) if trade else "0",
        "pP": False,
        "si": 0,
        "ss": 0,
        "V": "EXPIRE_MAKER",
        "pm": "NONE",
        "gtd": 0,
        "er": "0",
        **_commission(trade),
    }
    return {"e": "ORDER_TRADE_UPDATE", "T": event.time_ms, "E": event.time_ms, "o": body}


def account_frame(event: AccountUpdate) -> dict[str, Any]:
    """Write ACCOUNT_UPDATE; bc leaves profit and commission out, as on the exchange."""
    account = event.account
    flow = sum((row.amount for row in event.rows if row.type not in _NOT_A_FLOW), ZERO)
    wallet = money(account.wallet_balance)
    return {
        "e": "ACCOUNT_UPDATE",
        "T": event.time_ms,
        "E": event.time_ms,
        "a": {
            "m": _CHANGE[event.change],
            "B": [{"a": ASSET, "wb": wallet, "cw": wallet, "bc": money(flow)}],
            "P": [],
        },
    }


def add_positions(
    frame: dict[str, Any], state: ExchangeState, event: AccountUpdate
) -> dict[str, Any]:
    """Put the changed positions into an ACCOUNT_UPDATE."""
    rows: list[dict[str, Any]] = []
    for key in event.position_keys:
        position = event.account.positions[key]
        symbol = position.symbol
        spec = state.instruments[symbol]
        unrealised = position.unrealised_pnl(state.markets[symbol].mark_price)
        rows.append(
            {
                "s": symbol,
                "pa": plain(position.quantity, spec.quantity_precision),
                "ep": plain(position.entry_price),
                "bep": plain(break_even(position)),
                "cr": money(position.realised_pnl),
                "up": money(unrealised),
                "mt": "cross",
                "iw": "0",
                "ps": "BOTH",
                "ma": ASSET,
            }
        )
    frame["a"]["P"] = rows
    return frame


def algo_frame(state: ExchangeState, event: ConditionalUpdate) -> dict[str, Any]:
    """Write ALGO_UPDATE."""
    conditional = event.conditional
    request = conditional.request
    wanted = request.order
    spec = state.instruments[conditional.symbol]
    child = child_order(state, conditional)
    body: dict[str, Any] = {
        "caid": conditional.client_order_id,
        "aid": conditional.conditional_id,
        "at": "CONDITIONAL",
        "o": wanted.labels["type"],
        "s": conditional.symbol,
        "S": wanted.side,
        "ps": "BOTH",
        "f": wanted.labels.get("timeInForce", "GTC"),
        "q": plain(wanted.quantity, spec.quantity_precision),
        "X": ALGO_STATUS[conditional.status],
        "ai": str(conditional.order_id or ""),
        "ap": plain(child.average_price if child else ZERO, average_decimals(spec)),
        "aq": plain(child.filled_quantity if child else ZERO),
        "act": wire_type(child)[0] if child else "0",
        "tp": plain(request.trigger_price, spec.price_precision),
        "p": plain(wanted.price or ZERO, spec.price_precision),
        "V": "EXPIRE_MAKER",
        "wt": WORKING_TYPE[request.trigger_by],
        "pm": "NONE",
        "cp": request.close_position,
        "pP": wanted.labels.get("priceProtect") == "true",
        "R": wanted.reduce_only and not request.close_position,
        "tt": conditional.triggered_ms,
        "gtd": 0,
    }
    if conditional.reason:
        body["rm"] = REASON_TEXT.get(conditional.reason, conditional.reason)
    return {"e": "ALGO_UPDATE", "T": event.time_ms, "E": event.time_ms, "o": body}


def leverage_frame(event: LeverageUpdate) -> dict[str, Any]:
    """Write ACCOUNT_CONFIG_UPDATE."""
    return {
        "e": "ACCOUNT_CONFIG_UPDATE",
        "E": event.time_ms,
        "T": event.time_ms,
        "ac": {"s": event.symbol, "l": event.leverage},
    }


def _commission(trade: Trade | None) -> dict[str, Any]:
    return {"n": money(trade.commission), "N": ASSET} if trade else {}


def _open_notionals(state: ExchangeState, account: Account, order: Order) -> dict[str, Any]:
    sums = {"BUY": ZERO, "SELL": ZERO}
    for other in account.open_orders.values():
        if other.symbol == order.symbol and other.price is not None:
            sums[other.side] += other.price * other.remaining
    return {"b": plain(sums["BUY"]), "a": plain(sums["SELL"])}
