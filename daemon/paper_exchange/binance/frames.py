"""Frames of the user stream and of the market streams."""

from __future__ import annotations

from typing import Any, Final

from daemon.paper_exchange.accounts import Account, LedgerType
from daemon.paper_exchange.binance.accounts import break_even
from daemon.paper_exchange.binance.market_data import Day, quote_volume
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
from daemon.paper_exchange.market import STEP_MS, Market, next_funding_ms
from daemon.paper_exchange.orders import ZERO, Order, Trade
from daemon.paper_exchange.prices import Candle
from daemon.paper_exchange.state import ASSET, ExchangeState

_CHANGE: Final = {
    AccountChange.ORDER: "ORDER",
    AccountChange.FUNDING: "FUNDING_FEE",
    AccountChange.DEPOSIT: "DEPOSIT",
    AccountChange.WITHDRAW: "WITHDRAW",
    AccountChange.LIQUIDATION: "ORDER",
}
_NOT_A_FLOW: Final = frozenset({LedgerType.COMMISSION, LedgerType.REALISED_PNL})


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
    for symbol in event.symbols:
        position = event.account.positions[symbol]
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


def kline_frame(
    market: Market, candle: Candle, *, interval: str, interval_ms: int, closed: bool, now_ms: int
) -> dict[str, Any]:
    """Write a kline event."""
    quote = quote_volume(candle)
    first = candle.open_time_ms // STEP_MS
    steps = interval_ms // STEP_MS if closed else max(0, now_ms // STEP_MS - first) + 1
    return {
        "e": "kline",
        "E": now_ms,
        "s": market.spec.symbol,
        "k": {
            "t": candle.open_time_ms,
            "T": candle.open_time_ms + interval_ms - 1,
            "s": market.spec.symbol,
            "i": interval,
            "f": first,
            "L": first + steps - 1,
            "o": plain(candle.open),
            "c": plain(candle.close),
            "h": plain(candle.high),
            "l": plain(candle.low),
            "v": plain(candle.volume),
            "n": steps,
            "x": closed,
            "q": money(quote),
            "V": plain(candle.volume / 2, 8),
            "Q": money(quote / 2),
            "B": "0",
        },
    }


def mark_frame(market: Market, now_ms: int) -> dict[str, Any]:
    """Write markPriceUpdate."""
    index = money(market.index_price)
    return {
        "e": "markPriceUpdate",
        "E": now_ms,
        "s": market.spec.symbol,
        "p": money(market.mark_price),
        "ap": money(market.mark_price),
        "i": index,
        "P": index,
        "r": money(market.funding_rate()),
        "T": next_funding_ms(market.time_ms),
    }


def book_ticker_frame(market: Market, now_ms: int) -> dict[str, Any]:
    """Write bookTicker."""
    quantity = plain(market.level_quantity)
    return {
        "e": "bookTicker",
        "u": market.time_ms // STEP_MS,
        "E": now_ms,
        "T": market.time_ms,
        "s": market.spec.symbol,
        "b": plain(market.bid),
        "B": quantity,
        "a": plain(market.ask),
        "A": quantity,
    }


def mini_ticker_frame(market: Market, day: Day, now_ms: int) -> dict[str, Any]:
    """Write 24hrMiniTicker."""
    candle = day.candle
    return {
        "e": "24hrMiniTicker",
        "E": now_ms,
        "s": market.spec.symbol,
        "c": plain(market.last_price),
        "o": plain(candle.open),
        "h": plain(candle.high),
        "l": plain(candle.low),
        "v": plain(candle.volume),
        "q": plain(day.quote, 2),
    }


def ticker_frame(market: Market, day: Day, now_ms: int) -> dict[str, Any]:
    """Write 24hrTicker."""
    candle = day.candle
    change = market.last_price - candle.open
    mean = day.quote / candle.volume if candle.volume else market.last_price
    return {
        **mini_ticker_frame(market, day, now_ms),
        "e": "24hrTicker",
        "p": plain(change),
        "P": plain(change / candle.open * 100, 3),
        "w": plain(mean, market.spec.price_precision),
        "Q": plain(market.spec.min_quantity),
        "O": day.open_ms,
        "C": day.close_ms,
        "F": day.open_ms // STEP_MS,
        "L": day.close_ms // STEP_MS,
        "n": (day.close_ms - day.open_ms) // STEP_MS + 1,
    }


def aggregate_trade_frame(market: Market, now_ms: int) -> dict[str, Any]:
    """Write aggTrade: the present price step as one trade."""
    number = market.time_ms // STEP_MS
    return {
        "e": "aggTrade",
        "E": now_ms,
        "s": market.spec.symbol,
        "a": number,
        "p": plain(market.last_price),
        "q": plain(market.spec.min_quantity),
        "f": number,
        "l": number,
        "T": market.time_ms,
        "m": False,
    }


def depth_frame(market: Market, now_ms: int, depth: int) -> dict[str, Any]:
    """Write a partial book."""
    number = market.time_ms // STEP_MS
    return {
        "e": "depthUpdate",
        "E": now_ms,
        "T": market.time_ms,
        "s": market.spec.symbol,
        "U": number,
        "u": number,
        "pu": number - 1,
        "b": [[plain(p), plain(q)] for p, q in market.levels(asks=False, depth=depth)],
        "a": [[plain(p), plain(q)] for p, q in market.levels(asks=True, depth=depth)],
    }


def _commission(trade: Trade | None) -> dict[str, Any]:
    return {"n": money(trade.commission), "N": ASSET} if trade else {}


def _open_notionals(state: ExchangeState, account: Account, order: Order) -> dict[str, Any]:
    sums = {"BUY": ZERO, "SELL": ZERO}
    for other in account.open_orders.values():
        if other.symbol == order.symbol and other.price is not None:
            sums[other.side] += other.price * other.remaining
    return {"b": plain(sums["BUY"]), "a": plain(sums["SELL"])}
