"""Bybit v5 linear answers in our words; REST rows and stream rows share their shape.

Source: https://bybit-exchange.github.io/docs/v5 (order, position, account, market; enum).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

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
from patriot_app.core.domain.orders import AttemptState, Leg, OrderReport, PositionSide, Side
from patriot_app.core.domain.positions import BalanceReport, PositionReport
from patriot_app.core.errors import ExchangeUnavailable

STATES = {
    "New": AttemptState.OPEN,
    "PartiallyFilled": AttemptState.PARTIALLY_FILLED,
    "Untriggered": AttemptState.OPEN,
    "Triggered": AttemptState.OPEN,
    "Filled": AttemptState.FILLED,
    "Cancelled": AttemptState.CANCELED,
    "PartiallyFilledCanceled": AttemptState.CANCELED,
    "Deactivated": AttemptState.CANCELED,
    "Rejected": AttemptState.REJECTED,
}
SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}
POSITION_SIDES = {0: PositionSide.BOTH, 1: PositionSide.LONG, 2: PositionSide.SHORT}
ATTACHED = {"StopLoss": Leg.STOP_LOSS}
"""Stops that entries of ours hang on a position, for all of it; they have no order link id."""
_NO_REASON = frozenset({"", "EC_NoError", "EC_PerCancelRequest"})
TRADE_EXECUTIONS = frozenset({"Trade", "AdlTrade", "BustTrade", "Settle", "Delivery"})
"""Execution types that move the position; "Funding" does not."""


def order_report(row: Row) -> OrderReport:
    """Translate a row of order/realtime, order/history or the order topic.

    An attached stop has no id of ours: `order_type` then is its stopOrderType ("StopLoss").
    """
    filled = decimal_or_zero(row.get("cumExecQty"))
    stop_type = text(row, "stopOrderType")
    reason = text(row, "rejectReason")
    return OrderReport(
        exchange=Exchange.BYBIT,
        symbol=field(row, "symbol"),
        client_order_id=text(row, "orderLinkId"),
        exchange_order_id=field(row, "orderId"),
        state=choice(STATES, field(row, "orderStatus"), what="order status"),
        side=choice(SIDES, field(row, "side"), what="side"),
        order_type=stop_type if stop_type not in {"", "UNKNOWN", "Stop"} else row["orderType"],
        quantity=decimal_or_zero(row.get("qty")),
        filled_quantity=filled,
        average_price=decimal_or_none(row.get("avgPrice")) if filled else None,
        price=decimal_or_none(row.get("price")),
        trigger_price=decimal_or_none(row.get("triggerPrice")),
        reduce_only=bool(row.get("reduceOnly")) or bool(row.get("closeOnTrigger")),
        is_conditional=row["orderStatus"] in {"Untriggered", "Deactivated"},
        triggered_order_id=None,
        updated_at=time_of(field(row, "updatedTime")),
        reason="" if reason in _NO_REASON else reason,
        is_attached=not text(row, "orderLinkId") and stop_type in ATTACHED,
    )


def is_trade(row: Row) -> bool:
    """Tell whether an execution moved the position."""
    return text(row, "execType") in TRADE_EXECUTIONS


def fill_report(row: Row, *, source: str) -> FillReport:
    """Translate a row of execution/list or the execution topic."""
    pnl = text(row, "execPnl")
    return FillReport(
        exchange=Exchange.BYBIT,
        symbol=field(row, "symbol"),
        exchange_trade_id=field(row, "execId"),
        exchange_order_id=field(row, "orderId"),
        client_order_id=text(row, "orderLinkId"),
        side=choice(SIDES, field(row, "side"), what="side"),
        quantity=decimal_of(field(row, "execQty")),
        price=decimal_of(field(row, "execPrice")),
        commission=decimal_or_zero(row.get("execFee")),
        commission_asset=text(row, "feeCurrency") or "USDT",
        realised_pnl=decimal_of(pnl) if pnl else None,
        is_maker=bool(row.get("isMaker")),
        traded_at=time_of(field(row, "execTime")),
        source=source,
        attached_leg=None if text(row, "orderLinkId") else ATTACHED.get(text(row, "stopOrderType")),
    )


def position_report(row: Row) -> PositionReport:
    """Translate a row of position/list or the position topic."""
    size = decimal_or_zero(row.get("size"))
    entry = row.get("avgPrice") if "avgPrice" in row else row.get("entryPrice")
    return PositionReport(
        symbol=field(row, "symbol"),
        position_side=POSITION_SIDES[int(row.get("positionIdx") or 0)],
        quantity=-size if row.get("side") == "Sell" else size,
        entry_price=decimal_or_zero(entry),
        mark_price=decimal_or_zero(row.get("markPrice")),
        unrealised_pnl=decimal_or_zero(row.get("unrealisedPnl")),
        liquidation_price=decimal_or_none(row.get("liqPrice")),
        leverage=int(decimal_or_zero(row.get("leverage"))),
        stop_loss=decimal_or_none(row.get("stopLoss")),
        updated_at=time_of(row.get("updatedTime") or 0),
    )


def balance_report(account: Row, *, read_at: datetime) -> BalanceReport:
    """Translate an account of wallet-balance or the wallet topic: its USDT row.

    Margins are told for the account as a whole, in USD.
    """
    coin = next((row for row in field(account, "coin") if row.get("coin") == "USDT"), None)
    if coin is None:
        coin = {"walletBalance": "0", "unrealisedPnl": "0"}
    wallet = decimal_or_zero(coin.get("walletBalance"))
    unrealised = decimal_or_zero(coin.get("unrealisedPnl"))
    return BalanceReport(
        wallet_balance=wallet,
        equity=wallet + unrealised,
        unrealised_pnl=unrealised,
        available_balance=decimal_or_zero(account.get("totalAvailableBalance")),
        initial_margin=decimal_or_zero(account.get("totalInitialMargin")),
        maintenance_margin=decimal_or_zero(account.get("totalMaintenanceMargin")),
        updated_at=read_at,
    )


def ledger_row(row: Row) -> LedgerRowReport:
    """Translate a row of transaction-log; `change` is what the wallet felt."""
    return LedgerRowReport(
        row_type=field(row, "type"),
        row_id=field(row, "id"),
        symbol=text(row, "symbol"),
        asset=field(row, "currency"),
        amount=decimal_of(field(row, "change")),
        occurred_at=time_of(field(row, "transactionTime")),
        details=" ".join(
            f"{name}={row[name]}" for name in ("cashFlow", "funding", "fee") if row.get(name)
        ),
        trade_id=text(row, "tradeId"),
    )


def candle(row: Sequence[Any], *, interval_minutes: int) -> Candle:
    """Translate a row of kline."""
    opened_at = time_of(row[0])
    return Candle(
        opened_at=opened_at,
        closed_at=opened_at + timedelta(minutes=interval_minutes),
        open=decimal_of(row[1]),
        high=decimal_of(row[2]),
        low=decimal_of(row[3]),
        close=decimal_of(row[4]),
        volume=decimal_of(row[5]),
    )


def instrument(row: Row, brackets: tuple[LeverageBracket, ...]) -> Instrument:
    """Translate a row of instruments-info."""
    lot = field(row, "lotSizeFilter")
    quantity_max = decimal_of(field(lot, "maxOrderQty"))
    return Instrument(
        exchange=Exchange.BYBIT,
        symbol=field(row, "symbol"),
        base=field(row, "baseCoin"),
        quote=field(row, "quoteCoin"),
        tick_size=decimal_of(field(field(row, "priceFilter"), "tickSize")),
        step_size=decimal_of(field(lot, "qtyStep")),
        quantity_min=decimal_of(field(lot, "minOrderQty")),
        quantity_max=quantity_max,
        market_quantity_max=decimal_or_none(lot.get("maxMktOrderQty")) or quantity_max,
        min_notional=decimal_or_zero(lot.get("minNotionalValue")),
        contract_size=Decimal(1),
        leverage_max=int(decimal_of(field(field(row, "leverageFilter"), "maxLeverage"))),
        brackets=brackets,
        is_trading=field(row, "status") == "Trading",
    )


def brackets(rows: Sequence[Row]) -> tuple[LeverageBracket, ...]:
    """Translate one contract's rows of risk-limit, smallest positions first."""
    bands: list[LeverageBracket] = []
    floor = ZERO
    for row in sorted(rows, key=lambda row: decimal_of(field(row, "riskLimitValue"))):
        cap = decimal_of(field(row, "riskLimitValue"))
        if cap <= floor:
            raise ExchangeUnavailable(f"Two risk limits of {text(row, 'symbol')} end at {cap}")
        bands.append(
            LeverageBracket(
                notional_floor=floor,
                notional_cap=cap,
                leverage_max=int(decimal_of(field(row, "maxLeverage"))),
                maintenance_rate=decimal_of(field(row, "maintenanceMargin")),
                deduction=decimal_or_zero(row.get("mmDeduction")),
            )
        )
        floor = cap
    return tuple(bands)
