"""What look-ups of Binance orders and positions have in common."""

from datetime import datetime
from typing import Any

from daemon.exchanges.wire import ZERO
from patriot_app.core.domain.orders import OrderIdentity, OrderReport, PositionSide
from patriot_app.core.domain.positions import PositionReport
from patriot_app.core.errors import ExchangeUnavailable

EXPIRY_REASONS = {
    "1": "Expired so as not to trade against the account's own order",
    "2": "IOC: the rest found no counterpart",
    "3": "IOC: the rest would have traded against the account's own order",
    "4": "Pushed out by a reduce-only order of higher priority, or it would have turned the position",
    "5": "Expired with the liquidation of the account",
    "6": "Expired with the position that it belonged to",
    "7": "The instrument is no longer listed",
    "8": "The first order expired with the trigger of its stop",
    "9": "Market order: the rest found no counterpart",
}
"""Codes of `er` of ORDER_TRADE_UPDATE ("0" is none), in words, since one digit tells nobody anything.

Source: https://developers.binance.com/docs/derivatives/usds-margined-futures/user-data-streams.
"""


def expiry_reason(code: str) -> str:
    """Say why an order expired; "" where it did not, and the code where it is not known."""
    return "" if code in ("", "0") else EXPIRY_REASONS.get(code, f"Expiry reason {code}")


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
