"""The engine's refusals in Bybit's codes and words."""

from __future__ import annotations

from typing import Final

from daemon.paper_exchange.bybit.errors import BybitError, Code
from daemon.paper_exchange.refusals import Reason, Refused

_CODES: Final[dict[Reason, Code]] = {
    Reason.UNKNOWN_ORDER: Code.ORDER_GONE,
    Reason.ORDER_NOT_OPEN: Code.ORDER_GONE,
    Reason.DUPLICATE_CLIENT_ID: Code.LINK_ID_DUPLICATE,
    Reason.PRICE_BELOW_MIN: Code.PRICE_RANGE,
    Reason.PRICE_ABOVE_MAX: Code.PRICE_RANGE,
    Reason.PRICE_ABOVE_BAND: Code.PRICE_RANGE,
    Reason.PRICE_BELOW_BAND: Code.PRICE_RANGE,
    Reason.INSUFFICIENT_MARGIN: Code.AVAILABLE_BALANCE,
    Reason.REDUCE_ONLY_REJECTED: Code.TRUNCATED_TO_ZERO,
    Reason.TOO_MANY_ORDERS: Code.ACTIVE_ORDERS_MAX,
    Reason.TOO_MANY_CONDITIONALS: Code.STOP_ORDERS_MAX,
    Reason.LEVERAGE_INVALID: Code.LEVERAGE_RISK_LIMIT,
    Reason.LEVERAGE_UNCHANGED: Code.LEVERAGE_NOT_MODIFIED,
    Reason.LEVERAGE_NEEDS_MARGIN: Code.AVAILABLE_MARGIN,
    Reason.POSITION_MODE_UNCHANGED: Code.MODE_NOT_MODIFIED,
    Reason.HAS_OPEN_ORDERS: Code.ORDERS_OPEN,
    Reason.HAS_POSITION: Code.POSITION_OPEN,
    Reason.BALANCE_TOO_SMALL: Code.WALLET_BALANCE,
    Reason.MARGIN_MODE_UNCHANGED: Code.MARGIN_NOT_MODIFIED,
    Reason.MARGIN_MODE_HAS_ORDERS: Code.MARGIN_MODE,
    Reason.MARGIN_MODE_HAS_POSITION: Code.MARGIN_MODE,
    Reason.NOT_ISOLATED: Code.POSITION_IS_CROSS,
    Reason.CROSS_BALANCE_TOO_SMALL: Code.MARGIN_TO_ADD,
    Reason.ISOLATED_BALANCE_TOO_SMALL: Code.MARGIN_REDUCTION_TOO_LARGE,
    Reason.LEVERAGE_BELOW_ISOLATED: Code.AVAILABLE_MARGIN,
    Reason.NOT_TRADING: Code.NOT_LIVE,
    Reason.NO_POSITION: Code.NO_POSITION,
}

_PARAMETER_WORDS: Final[dict[Reason, str]] = {
    Reason.UNKNOWN_SYMBOL: "params error: Symbol Invalid",
    Reason.PRICE_MISSING: "params error: Price Invalid",
    Reason.PRICE_NOT_POSITIVE: "params error: Price Invalid",
    Reason.PRICE_TOO_PRECISE: "params error: Price Invalid",
    Reason.PRICE_OFF_TICK: "params error: Price Invalid",
    Reason.QUANTITY_NOT_POSITIVE: "Qty invalid",
    Reason.QUANTITY_TOO_PRECISE: "Qty invalid",
    Reason.QUANTITY_OFF_STEP: "Qty invalid",
    Reason.QUANTITY_BELOW_MIN: "The number of contracts below minimum limit allowed",
    Reason.QUANTITY_ABOVE_MAX: "The number of contracts exceeds maximum limit allowed",
    Reason.TRIGGER_PRICE_INVALID: "params error: TriggerPrice Invalid",
    Reason.ONLY_LIMIT_AMENDABLE: "order type not support modify",
    Reason.NOTHING_TO_AMEND: "order not modified",
    Reason.POSITION_SIDE_MISMATCH: "position idx not match position mode",
    Reason.CLOSE_POSITION_EXISTS: "a stop of the whole position exists",
    Reason.GOOD_TILL_INVALID: "params error: goodTillDate Invalid",
    Reason.CALLBACK_INVALID: "params error: TrailingStop Invalid",
    Reason.FEE_TIER_UNKNOWN: "params error: tier Invalid",
    Reason.FILL_OR_KILL_UNFILLABLE: "FOK order can not be filled",
    Reason.NO_MARKET_PRICE: "no price within the limit",
    Reason.POST_ONLY_CROSSES: "post only order will take liquidity",
    Reason.TRIGGERS_IMMEDIATELY: "trigger price is on the wrong side",
}


def bybit_error(refused: Refused) -> BybitError:
    """Translate a refusal of the engine; every reason has its words (a test walks them all)."""
    reason = refused.reason
    if reason is Reason.NOTIONAL_BELOW_MIN:
        return BybitError(Code.NOTIONAL, refused.facts.get("minimum", ""))
    if reason is Reason.POSITION_ABOVE_BRACKET:
        return BybitError(Code.RISK_LIMIT, refused.facts.get("leverage", "a lower one"))
    if reason in _CODES:
        return BybitError(_CODES[reason])
    return BybitError(Code.PARAMETER, message=_PARAMETER_WORDS[reason])
