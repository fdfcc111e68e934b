"""Limits by level; the strictest value binds, and its origin is shown."""

from enum import StrEnum


class LimitScope(StrEnum):
    DESK = "desk"
    STRATEGY = "strategy"
    CLIENT = "client"
    ACCOUNT = "account"


class LimitName(StrEnum):
    POSITION_NOTIONAL = "position_notional"
    ORDER_NOTIONAL = "order_notional"
    LEVERAGE = "leverage"
    DAILY_LOSS_FRACTION = "daily_loss_fraction"
    DRAWDOWN_FRACTION = "drawdown_fraction"
    DESK_EXPOSURE = "desk_exposure"
