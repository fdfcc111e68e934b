"""What look-ups of Binance orders and positions have in common."""

from datetime import datetime
from typing import Any

from daemon.exchanges.wire import ZERO
from patriot_app.core.domain.orders import OrderIdentity, OrderReport, PositionSide
from patriot_app.core.domain.positions import PositionReport
from patriot_app.core.errors import ExchangeUnavailable


def identity_params(
    identity: OrderIdentity, *, ours: str, theirs: str, symbol: bool = True
) -> dict[str, Any]:
    """Name an order by our id; by theirs where there is none of ours."""
    params: dict[str, Any] = {"symbol": identity.symbol} if symbol else {}
    if identity.client_order_id:
        params[ours] = identity.client_order_id
    else:
        params[theirs] = identity.exchange_order_id
    return params


def checked(report: OrderReport, identity: OrderIdentity) -> OrderReport:
    """Return the report of the order that was asked for.

    Raises:
        ExchangeUnavailable: it is of another order.
    """
    if identity.client_order_id and report.client_order_id != identity.client_order_id:
        raise ExchangeUnavailable("binance answered with another order than the one asked for")
    return report


def flat(symbol: str, read_at: datetime) -> PositionReport:
    """Return a position that is not there."""
    return PositionReport(
        symbol=symbol,
        position_side=PositionSide.BOTH,
        quantity=ZERO,
        entry_price=ZERO,
        mark_price=ZERO,
        unrealised_pnl=ZERO,
        liquidation_price=None,
        leverage=0,
        stop_loss=None,
        updated_at=read_at,
    )
