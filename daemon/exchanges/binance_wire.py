"""Binance USDT-M answers in our words.

Source: https://developers.binance.com/docs/derivatives/usds-margined-futures (trade, account).
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from daemon.exchanges.binance_orders import expiry_reason
from daemon.exchanges.wire import (
    ZERO,
    Row,
    choice,
    decimal_of,
    decimal_or_none,
    decimal_or_zero,
    field,
    text,
    time_of,
)
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.candles import Candle
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.instruments import Instrument, LeverageBracket
from patriot_app.core.domain.ledger import LedgerRowReport
from patriot_app.core.domain.orders import AttemptState, OrderReport, PositionSide, Side
from patriot_app.core.domain.positions import BalanceReport, PositionReport

STATES = {
    "NEW": AttemptState.OPEN,
    "NEW_INSURANCE": AttemptState.OPEN,
    "NEW_ADL": AttemptState.OPEN,
    "PARTIALLY_FILLED": AttemptState.PARTIALLY_FILLED,
    "FILLED": AttemptState.FILLED,
    "CANCELED": AttemptState.CANCELED,
    "REJECTED": AttemptState.REJECTED,
    "EXPIRED": AttemptState.EXPIRED,
    "EXPIRED_IN_MATCH": AttemptState.EXPIRED,
}
ALGO_STATES = {
    "NEW": AttemptState.OPEN,
    "TRIGGERING": AttemptState.OPEN,
    # What became of it is told by the order that it triggered.
    "TRIGGERED": AttemptState.OPEN,
    "FINISHED": AttemptState.OPEN,
    "CANCELED": AttemptState.CANCELED,
    "EXPIRED": AttemptState.EXPIRED,
    "REJECTED": AttemptState.REJECTED,
}
SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
POSITION_SIDES = {side.value: side for side in PositionSide}
_LEVERAGE_WITHOUT_BRACKETS = 20
"""Binance shows brackets to a key only; until one is there, its lowest usual cap."""


def order_report(row: Row) -> OrderReport:
    """Translate GET order, openOrders and allOrders."""
    filled = decimal_of(field(row, "executedQty"))
    return OrderReport(
        exchange=Exchange.BINANCE,
        symbol=field(row, "symbol"),
        client_order_id=field(row, "clientOrderId"),
        exchange_order_id=str(field(row, "orderId")),
        state=choice(STATES, field(row, "status"), what="order status"),
        side=choice(SIDES, field(row, "side"), what="side"),
        order_type=field(row, "type"),
        quantity=decimal_of(field(row, "origQty")),
        filled_quantity=filled,
        average_price=decimal_or_none(row.get("avgPrice")) if filled else None,
        price=decimal_or_none(row.get("price")),
        trigger_price=decimal_or_none(row.get("stopPrice")),
        reduce_only=bool(row.get("reduceOnly")),
        is_conditional=False,
        triggered_order_id=None,
        updated_at=time_of(field(row, "updateTime")),
    )


def algo_report(row: Row) -> OrderReport:
    """Translate GET algoOrder and openAlgoOrders."""
    return OrderReport(
        exchange=Exchange.BINANCE,
        symbol=field(row, "symbol"),
        client_order_id=field(row, "clientAlgoId"),
        exchange_order_id=str(field(row, "algoId")),
        state=choice(ALGO_STATES, field(row, "algoStatus"), what="algo status"),
        side=choice(SIDES, field(row, "side"), what="side"),
        order_type=field(row, "orderType"),
        quantity=decimal_or_zero(row.get("quantity")),
        filled_quantity=ZERO,
        average_price=None,
        price=decimal_or_none(row.get("price")),
        trigger_price=decimal_or_none(row.get("triggerPrice")),
        reduce_only=bool(row.get("reduceOnly")) or bool(row.get("closePosition")),
        is_conditional=True,
        triggered_order_id=_triggered(row.get("actualOrderId")),
        updated_at=time_of(field(row, "updateTime")),
    )


def stream_order_report(event: Row) -> OrderReport:
    """Translate an ORDER_TRADE_UPDATE."""
    order = field(event, "o")
    filled = decimal_of(field(order, "z"))
    return OrderReport(
        exchange=Exchange.BINANCE,
        symbol=field(order, "s"),
        client_order_id=field(order, "c"),
        exchange_order_id=str(field(order, "i")),
        state=choice(STATES, field(order, "X"), what="order status"),
        side=choice(SIDES, field(order, "S"), what="side"),
        order_type=field(order, "o"),
        quantity=decimal_of(field(order, "q")),
        filled_quantity=filled,
        average_price=decimal_or_none(order.get("ap")) if filled else None,
        price=decimal_or_none(order.get("p")),
        trigger_price=decimal_or_none(order.get("sp")),
        reduce_only=bool(order.get("R")),
        is_conditional=False,
        triggered_order_id=None,
        updated_at=time_of(field(event, "T")),
        reason=expiry_reason(text(order, "er")),
    )


def stream_algo_report(event: Row) -> OrderReport:
    """Translate an ALGO_UPDATE."""
    order = field(event, "o")
    return OrderReport(
        exchange=Exchange.BINANCE,
        symbol=field(order, "s"),
        client_order_id=field(order, "caid"),
        exchange_order_id=str(field(order, "aid")),
        state=choice(ALGO_STATES, field(order, "X"), what="algo status"),
        side=choice(SIDES, field(order, "S"), what="side"),
        order_type=field(order, "o"),
        quantity=decimal_or_zero(order.get("q")),
        filled_quantity=ZERO,
        average_price=None,
        price=decimal_or_none(order.get("p")),
        trigger_price=decimal_or_none(order.get("tp")),
        reduce_only=bool(order.get("R")) or bool(order.get("cp")),
        is_conditional=True,
        triggered_order_id=_triggered(order.get("ai")),
        updated_at=time_of(field(event, "T")),
        reason=text(order, "rm"),
    )


def fill_report(row: Row, *, client_order_id: str = "") -> FillReport:
    """Translate a row of userTrades, which does not tell our order id."""
    return FillReport(
        exchange=Exchange.BINANCE,
        symbol=field(row, "symbol"),
        exchange_trade_id=str(field(row, "id")),
        exchange_order_id=str(field(row, "orderId")),
        client_order_id=client_order_id,
        side=choice(SIDES, field(row, "side"), what="side"),
        quantity=decimal_of(field(row, "qty")),
        price=decimal_of(field(row, "price")),
        commission=decimal_of(field(row, "commission")),
        commission_asset=field(row, "commissionAsset"),
        realised_pnl=decimal_of(field(row, "realizedPnl")),
        is_maker=bool(field(row, "maker")),
        traded_at=time_of(field(row, "time")),
        source="rest",
    )


def stream_fill_report(event: Row) -> FillReport | None:
    """Translate the trade of an ORDER_TRADE_UPDATE; None if it tells of none."""
    order = field(event, "o")
    if order.get("x") not in {"TRADE", "CALCULATED"} or not decimal_or_zero(order.get("l")):
        return None
    return FillReport(
        exchange=Exchange.BINANCE,
        symbol=field(order, "s"),
        exchange_trade_id=str(field(order, "t")),
        exchange_order_id=str(field(order, "i")),
        client_order_id=field(order, "c"),
        side=choice(SIDES, field(order, "S"), what="side"),
        quantity=decimal_of(field(order, "l")),
        price=decimal_of(field(order, "L")),
        commission=decimal_or_zero(order.get("n")),
        commission_asset=text(order, "N"),
        realised_pnl=decimal_or_zero(order.get("rp")),
        is_maker=bool(order.get("m")),
        traded_at=time_of(field(order, "T")),
        source="stream",
    )


def position_report(row: Row, *, leverage: int) -> PositionReport:
    """Translate a row of positionRisk, which no longer tells the leverage."""
    return PositionReport(
        symbol=field(row, "symbol"),
        position_side=choice(POSITION_SIDES, field(row, "positionSide"), what="position side"),
        quantity=decimal_of(field(row, "positionAmt")),
        entry_price=decimal_of(field(row, "entryPrice")),
        mark_price=decimal_of(field(row, "markPrice")),
        unrealised_pnl=decimal_of(field(row, "unRealizedProfit")),
        liquidation_price=decimal_or_none(row.get("liquidationPrice")),
        leverage=leverage,
        stop_loss=None,
        updated_at=time_of(field(row, "updateTime")),
    )


def leverage_of(row: Row) -> int:
    """Derive the leverage of a position from its margin: notional / position margin."""
    margin = decimal_or_zero(row.get("positionInitialMargin"))
    notional = abs(decimal_or_zero(row.get("notional")))
    return int((notional / margin).to_integral_value()) if margin else 0


def balance_report(row: Row, *, read_at: datetime) -> BalanceReport:
    """Translate account v3 of a single-asset account: its totals are USDT."""
    wallet = decimal_of(field(row, "totalWalletBalance"))
    unrealised = decimal_of(field(row, "totalUnrealizedProfit"))
    return BalanceReport(
        wallet_balance=wallet,
        equity=wallet + unrealised,
        unrealised_pnl=unrealised,
        available_balance=decimal_of(field(row, "availableBalance")),
        initial_margin=decimal_of(field(row, "totalInitialMargin")),
        maintenance_margin=decimal_of(field(row, "totalMaintMargin")),
        updated_at=read_at,
    )


def ledger_row(row: Row) -> LedgerRowReport:
    """Translate a row of income."""
    return LedgerRowReport(
        row_type=field(row, "incomeType"),
        row_id=str(field(row, "tranId")),
        symbol=text(row, "symbol"),
        asset=field(row, "asset"),
        amount=decimal_of(field(row, "income")),
        occurred_at=time_of(field(row, "time")),
        details=text(row, "info"),
        trade_id=text(row, "tradeId"),
    )


def candle(row: list[Any]) -> Candle:
    """Translate a row of klines; its close time is the last millisecond inside."""
    return Candle(
        opened_at=time_of(row[0]),
        closed_at=time_of(int(row[6]) + 1),
        open=decimal_of(row[1]),
        high=decimal_of(row[2]),
        low=decimal_of(row[3]),
        close=decimal_of(row[4]),
        volume=decimal_of(row[5]),
    )


def instrument(row: Row, brackets: tuple[LeverageBracket, ...]) -> Instrument:
    """Translate a symbol of exchangeInfo; its leverage cap comes from the brackets."""
    filters = {item["filterType"]: item for item in field(row, "filters")}
    lot = field(filters, "LOT_SIZE")
    market_lot = filters.get("MARKET_LOT_SIZE", lot)
    return Instrument(
        exchange=Exchange.BINANCE,
        symbol=field(row, "symbol"),
        base=field(row, "baseAsset"),
        quote=field(row, "quoteAsset"),
        tick_size=decimal_of(field(field(filters, "PRICE_FILTER"), "tickSize")),
        step_size=decimal_of(field(lot, "stepSize")),
        quantity_min=decimal_of(field(lot, "minQty")),
        quantity_max=decimal_of(field(lot, "maxQty")),
        market_quantity_max=decimal_of(field(market_lot, "maxQty")),
        min_notional=decimal_of(field(field(filters, "MIN_NOTIONAL"), "notional")),
        contract_size=Decimal(1),
        leverage_max=brackets[0].leverage_max if brackets else _LEVERAGE_WITHOUT_BRACKETS,
        brackets=brackets,
        is_trading=field(row, "status") == "TRADING",
    )


def brackets(row: Row) -> tuple[LeverageBracket, ...]:
    """Translate a symbol of leverageBracket, smallest positions first."""
    bands = sorted(field(row, "brackets"), key=lambda band: decimal_of(band["notionalFloor"]))
    return tuple(
        LeverageBracket(
            notional_floor=decimal_of(band["notionalFloor"]),
            notional_cap=decimal_of(band["notionalCap"]),
            leverage_max=int(band["initialLeverage"]),
            maintenance_rate=decimal_of(band["maintMarginRatio"]),
            deduction=decimal_of(band["cum"]),
        )
        for band in bands
    )


def _triggered(value: Any) -> str | None:
    """Return the id of the order that an algo order became."""
    return None if value in {None, "", 0, "0"} else str(value)
