"""Why an account of a fan-out got no order: one code each, shown, counted and filtered by."""

from enum import StrEnum


class SkipReason(StrEnum):
    """Circumstances: nothing to do, or it cannot be done now."""

    NO_POSITION_TO_CLOSE = "NO_POSITION_TO_CLOSE"
    ALREADY_IN_POSITION = "ALREADY_IN_POSITION"
    BELOW_MIN_NOTIONAL = "BELOW_MIN_NOTIONAL"
    BELOW_MIN_QUANTITY = "BELOW_MIN_QUANTITY"
    INSUFFICIENT_MARGIN = "INSUFFICIENT_MARGIN"
    LEVERAGE_NOT_OFFERED = "LEVERAGE_NOT_OFFERED"
    INSTRUMENT_DISABLED = "INSTRUMENT_DISABLED"
    INSTRUMENT_UNKNOWN = "INSTRUMENT_UNKNOWN"
    STOP_MISSING = "STOP_MISSING"
    STOP_WRONG_SIDE = "STOP_WRONG_SIDE"
    STOP_BEYOND_LIQUIDATION = "STOP_BEYOND_LIQUIDATION"
    ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"
    ACCOUNT_DISABLED = "ACCOUNT_DISABLED"
    ACCOUNT_PARKED = "ACCOUNT_PARKED"
    ACCOUNT_NOT_READY = "ACCOUNT_NOT_READY"
    EXCHANGE_MAINTENANCE = "EXCHANGE_MAINTENANCE"
    KEY_NOT_VERIFIED = "KEY_NOT_VERIFIED"
    PRICE_STALE = "PRICE_STALE"
    PRICE_MOVED = "PRICE_MOVED"
    PRICE_NOT_BETTER = "PRICE_NOT_BETTER"
    BALANCE_STALE = "BALANCE_STALE"
    ORDER_IN_FLIGHT = "ORDER_IN_FLIGHT"
    SIGNAL_EXPIRED = "SIGNAL_EXPIRED"
    SIGNAL_SUPERSEDED = "SIGNAL_SUPERSEDED"


class DenialReason(StrEnum):
    """A rule of risk said no."""

    HALT_ACTIVE = "HALT_ACTIVE"
    REDUCE_ONLY_ACTIVE = "REDUCE_ONLY_ACTIVE"
    ORDER_NOTIONAL_LIMIT = "ORDER_NOTIONAL_LIMIT"
    POSITION_NOTIONAL_LIMIT = "POSITION_NOTIONAL_LIMIT"
    LEVERAGE_LIMIT = "LEVERAGE_LIMIT"
    DAILY_LOSS_LIMIT = "DAILY_LOSS_LIMIT"
    DRAWDOWN_LIMIT = "DRAWDOWN_LIMIT"
    DESK_EXPOSURE_LIMIT = "DESK_EXPOSURE_LIMIT"
    OPEN_POSITIONS_LIMIT = "OPEN_POSITIONS_LIMIT"
    CONCENTRATION_LIMIT = "CONCENTRATION_LIMIT"
    ORDER_RATE_LIMIT = "ORDER_RATE_LIMIT"
    MARGIN_RATIO_LIMIT = "MARGIN_RATIO_LIMIT"
    RISK_FACTS_MISSING = "RISK_FACTS_MISSING"


SHORT_OF_MONEY = frozenset(
    {
        SkipReason.INSUFFICIENT_MARGIN,
        SkipReason.BELOW_MIN_NOTIONAL,
        SkipReason.BELOW_MIN_QUANTITY,
    }
)
"""The client of the account is told: more money on it would have traded."""

PASSING = frozenset(
    {
        SkipReason.ACCOUNT_NOT_READY,
        SkipReason.ACCOUNT_PARKED,
        SkipReason.EXCHANGE_MAINTENANCE,
        SkipReason.KEY_NOT_VERIFIED,
        SkipReason.PRICE_STALE,
        SkipReason.PRICE_MOVED,
        SkipReason.BALANCE_STALE,
        SkipReason.ORDER_IN_FLIGHT,
        SkipReason.SIGNAL_EXPIRED,
        SkipReason.INSUFFICIENT_MARGIN,
    }
)
"""May be over by the time that somebody asks for another try; the others would only come again."""

PLAN_AGAIN = frozenset({SkipReason.ORDER_IN_FLIGHT})
"""Passes by itself: plan the account again when its order is resolved, until the deadline."""

MEANT_TO_BE = frozenset(
    {
        SkipReason.NO_POSITION_TO_CLOSE,
        SkipReason.ALREADY_IN_POSITION,
        SkipReason.PRICE_NOT_BETTER,
        SkipReason.SIGNAL_SUPERSEDED,
    }
)
"""There was nothing to do for the account; nobody needs to be told of it."""


def in_words(code: str) -> str:
    """Return a code as people read it: "insufficient margin"."""
    return code.replace("_", " ").lower()
