"""Take into our books what the exchange has and we did not know, because a person said so."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.orders import Leg, OrderReport, OrderType, Side
from patriot_app.core.ids import derived_id
from patriot_app.core.unit_of_work import UnitOfWork

ADJUSTMENT = "adjustment"
"""Source of a trade that only our books have; the exchange never lists it."""

_QUANTITY = text(
    "SELECT coalesce(sum(quantity), 0) FROM positions WHERE account_id = :account_id"
    " AND symbol = :symbol AND position_side = 'BOTH'"
)
_ADOPT = text(
    """
    WITH intent AS (
        INSERT INTO intents (id, account_id, exchange, symbol, shard, leg, side, order_type,
                             quantity, price, trigger_price, reduce_only, close_position,
                             reserved_notional, state, attempt_count)
        SELECT :intent_id, id, exchange, :symbol, shard, :leg, :side, :order_type, :quantity,
               :price, :trigger_price, :reduce_only, :close_position, 0, 'executing', 1
          FROM accounts WHERE id = :account_id
        ON CONFLICT DO NOTHING RETURNING shard
    )
    INSERT INTO attempts (id, intent_id, number, client_order_id, account_id, shard, state,
                          timestamp_ms, receive_window_ms, epoch, sending_at, exchange_order_id)
    SELECT :attempt_id, :intent_id, 1, :client_order_id, :account_id, shard, 'unknown',
           :timestamp_ms, 0, 0, :now, :exchange_order_id
      FROM intent
    ON CONFLICT DO NOTHING RETURNING id
    """
)
_ACCEPT_DRIFT = text(
    "UPDATE ledger_cursors SET day_difference = tie_out_difference, day_started_at = :now"
    " WHERE account_id = :account_id"
)
_OPEN_DAYS = text(
    """
    UPDATE ledger_cursors AS c SET day_difference = c.tie_out_difference, day_started_at = :now
      FROM accounts AS a LEFT JOIN account_states AS s ON s.account_id = a.id
     WHERE a.id = c.account_id AND a.shard = ANY(:shards) AND c.tied_at IS NOT NULL
       AND (c.day_started_at IS NULL OR c.day_started_at < date_trunc('day', CAST(:now AS timestamptz), 'UTC'))
       AND abs(c.tie_out_difference - coalesce(c.day_difference, 0))
           <= greatest(0.5, coalesce(s.equity, 0) * 0.0002)
    """
)


async def booked_quantity(uow: UnitOfWork, account_id: UUID, symbol: str) -> Decimal:
    """Return what our fills make of a position, signed."""
    found = await uow.session.execute(_QUANTITY, {"account_id": account_id, "symbol": symbol})
    quantity: Decimal = found.scalar_one()
    return quantity


def adjusting_fill(
    *,
    discrepancy_id: UUID,
    exchange: Exchange,
    symbol: str,
    difference: Decimal,
    price: Decimal,
    at: datetime,
) -> FillReport:
    """Return the trade that brings our books to the exchange's position.

    It carries the difference's id, so that adopting twice books once, and costs nothing: the money
    is what the ledger says.

    Args:
        difference: theirs less ours, signed; not zero.
        at: market time.
    """
    assert difference != 0
    return FillReport(
        exchange=exchange,
        symbol=symbol,
        exchange_trade_id=f"{ADJUSTMENT}-{discrepancy_id}",
        exchange_order_id="",
        client_order_id="",
        side=Side.BUY if difference > 0 else Side.SELL,
        quantity=abs(difference),
        price=price,
        commission=Decimal(0),
        commission_asset="USDT",
        realised_pnl=None,
        is_maker=False,
        traded_at=at,
        source=ADJUSTMENT,
    )


async def adopt_order(
    uow: UnitOfWork, account_id: UUID, report: OrderReport, *, timestamp_ms: int
) -> UUID:
    """Write an order of ours that the books have lost; what it came to is looked up next.

    Args:
        timestamp_ms: the exchange's wire time now.

    Returns:
        The id of its attempt.
    """
    attempt_id = derived_id("orphan", account_id, report.client_order_id)
    leg = _leg_of(report)
    closes_all = leg.is_conditional and report.quantity == 0
    values: dict[str, Any] = {
        "intent_id": derived_id("orphan-intent", account_id, report.client_order_id),
        "attempt_id": attempt_id,
        "account_id": account_id,
        "symbol": report.symbol,
        "leg": leg.value,
        "side": report.side.value,
        "order_type": _type_of(report, leg).value,
        "quantity": None if closes_all else report.quantity,
        "price": report.price,
        "trigger_price": report.trigger_price,
        "reduce_only": report.reduce_only or leg is not Leg.ENTRY,
        "close_position": closes_all,
        "client_order_id": report.client_order_id,
        "exchange_order_id": report.exchange_order_id or None,
        "timestamp_ms": timestamp_ms,
        "now": uow.now,
    }
    await uow.session.execute(_ADOPT, values)
    uow.touch("orders", "positions")
    return attempt_id


async def accept_drift(uow: UnitOfWork, account_id: UUID) -> None:
    """Measure the drift of a wallet from here on; the tie-out of an invoice stays as it is."""
    await uow.session.execute(_ACCEPT_DRIFT, {"account_id": account_id, "now": uow.now})


async def open_days(uow: UnitOfWork, shards: list[int]) -> None:
    """Begin the day of the wallets that drifted within their tolerance."""
    await uow.session.execute(_OPEN_DAYS, {"shards": shards, "now": uow.now})


def _leg_of(report: OrderReport) -> Leg:
    waits = report.trigger_price is not None or report.is_conditional
    if waits and (report.reduce_only or report.quantity == 0):
        is_target = "TAKE_PROFIT" in report.order_type.upper()
        return Leg.TAKE_PROFIT if is_target else Leg.STOP_LOSS
    return Leg.EXIT if report.reduce_only else Leg.ENTRY


def _type_of(report: OrderReport, leg: Leg) -> OrderType:
    if leg is Leg.STOP_LOSS:
        return OrderType.STOP_MARKET
    if leg is Leg.TAKE_PROFIT:
        return OrderType.TAKE_PROFIT_MARKET
    if report.trigger_price is not None:
        return OrderType.STOP_LIMIT if report.price else OrderType.STOP_MARKET
    return OrderType.LIMIT if report.price else OrderType.MARKET
