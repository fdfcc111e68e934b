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
    good_till,
    money,
    plain,
    self_trade_mode,
    wire_price,
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
from daemon.paper_exchange.orders import ZERO, Order, Trade, TriggerStatus
from daemon.paper_exchange.state import ASSET, ExchangeState

_CHANGE: Final = {
    AccountChange.ORDER: "ORDER",
    AccountChange.FUNDING: "FUNDING_FEE",
    AccountChange.DEPOSIT: "DEPOSIT",
    AccountChange.WITHDRAW: "WITHDRAW",
    AccountChange.LIQUIDATION: "ORDER",
    AccountChange.MARGIN_TRANSFER: "MARGIN_TRANSFER",
}
_HIT: Final = frozenset({TriggerStatus.TRIGGERED, TriggerStatus.REJECTED, TriggerStatus.EXPIRED})
"""What a conditional order becomes when its price is reached; TRIGGERING is told before it."""
_NOT_A_FLOW: Final = frozenset({LedgerType.COMMISSION, LedgerType.REALISED_PNL})


def user_frames(
    state: ExchangeState,
    event: OrderUpdate | ConditionalUpdate | AccountUpdate | LeverageUpdate,
) -> list[dict[str, Any]]:
    """Write the events that an account's stream tells of a change."""
    if isinstance(event, OrderUpdate):
        frame = order_frame(state, event)
        if event.trade is None:
            return [frame]
        return [trade_lite_frame(state, event.order, event.trade), frame]
    if isinstance(event, ConditionalUpdate):
        if event.conditional.triggered_ms == event.time_ms and event.conditional.status in _HIT:
            return [triggering_frame(state, event), algo_frame(state, event)]
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
        "p": plain(wire_price(order), spec.price_precision),
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
        "ps": order.position_side,
        "cp": order.labels.get("closePosition") == "true",
        "rp": money(trade.realised_pnl) if trade else "0",
        "pP": order.labels.get("priceProtect") == "true",
        "si": 0,
        "ss": 0,
        "V": self_trade_mode(order.labels),
        "pm": order.labels.get("priceMatch", "NONE"),
        "gtd": good_till(order.labels),
        "er": "0",
        **_commission(trade),
    }
    if original == "TRAILING_STOP_MARKET":
        body["AP"] = order.labels.get("activatePrice", "0")
        body["cr"] = order.labels.get("callbackRate", "0")
    return {"e": "ORDER_TRADE_UPDATE", "T": event.time_ms, "E": event.time_ms, "o": body}


def trade_lite_frame(state: ExchangeState, order: Order, trade: Trade) -> dict[str, Any]:
    """Write TRADE_LITE: a fill in few words, told before the order's own event."""
    spec = state.instruments[order.symbol]
    return {
        "e": "TRADE_LITE",
        "E": trade.time_ms,
        "T": trade.time_ms,
        "s": order.symbol,
        "q": plain(order.quantity, spec.quantity_precision),
        "p": plain(order.price or ZERO, spec.price_precision),
        "m": trade.is_maker,
        "c": order.client_order_id,
        "S": order.side,
        "L": plain(trade.price, spec.price_precision),
        "l": plain(trade.quantity, spec.quantity_precision),
        "t": trade.trade_id,
        "i": order.order_id,
    }


def account_frame(event: AccountUpdate) -> dict[str, Any]:
    """Write ACCOUNT_UPDATE; bc leaves profit and commission out, as on the exchange."""
    account = event.account
    flow = sum((row.amount for row in event.rows if row.type not in _NOT_A_FLOW), ZERO)
    wallet, cross = money(account.wallet_balance), money(account.cross_wallet)
    return {
        "e": "ACCOUNT_UPDATE",
        "T": event.time_ms,
        "E": event.time_ms,
        "a": {
            "m": _CHANGE[event.change],
            "B": [{"a": ASSET, "wb": wallet, "cw": cross, "bc": money(flow)}],
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
                "mt": "isolated" if event.account.is_isolated(symbol) else "cross",
                "iw": money(position.isolated_wallet) if position.isolated_wallet else "0",
                "ps": position.position_side,
                "ma": ASSET,
            }
        )
    frame["a"]["P"] = rows
    return frame


def triggering_frame(state: ExchangeState, event: ConditionalUpdate) -> dict[str, Any]:
    """Write ALGO_UPDATE of the moment between the price and the order that it places."""
    frame = algo_frame(state, event)
    frame["o"].update(X="TRIGGERING", ai="", act="0", aq="0")
    frame["o"].pop("rm", None)
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
        "ps": wanted.position_side,
        "f": wanted.labels.get("timeInForce", "GTC"),
        "q": plain(wanted.quantity, spec.quantity_precision),
        "X": ALGO_STATUS[conditional.status],
        "ai": str(conditional.order_id or ""),
        "ap": plain(child.average_price if child else ZERO, average_decimals(spec)),
        "aq": plain(child.filled_quantity if child else ZERO),
        "act": wire_type(child)[0] if child else "0",
        "tp": plain(request.trigger_price, spec.price_precision),
        "p": plain(wanted.price or ZERO, spec.price_precision),
        "V": self_trade_mode(wanted.labels),
        "wt": WORKING_TYPE[request.trigger_by],
        "pm": wanted.labels.get("priceMatch", "NONE"),
        "cp": request.close_position,
        "pP": wanted.labels.get("priceProtect") == "true",
        "R": wanted.reduce_only and not request.close_position,
        "tt": conditional.triggered_ms,
        "gtd": good_till(wanted.labels),
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
