"""What people call a limit, and a value of it in its unit."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from patriot_app.core.domain.risk_limits import COUNTS, FRACTIONS, LimitName

LABELS: Mapping[LimitName, str] = {
    LimitName.ORDER_NOTIONAL: "Order notional",
    LimitName.POSITION_NOTIONAL: "Position notional",
    LimitName.LEVERAGE: "Leverage",
    LimitName.OPEN_POSITIONS: "Open positions",
    LimitName.CONCENTRATION: "Concentration",
    LimitName.ORDER_RATE: "Order rate",
    LimitName.DAILY_LOSS_FRACTION: "Loss of the day",
    LimitName.DRAWDOWN_FRACTION: "Drawdown",
    LimitName.MARGIN_RATIO: "Margin ratio",
    LimitName.DESK_EXPOSURE: "Exposure of the desk",
    LimitName.MARGIN_REDUCE: "Margin ratio: reduce",
    LimitName.MARGIN_EXIT: "Margin ratio: exit",
    LimitName.VAR_95_FRACTION: "Value at risk, 95 %",
    LimitName.CORRELATION: "Correlation",
    LimitName.LIQUIDITY_DAYS: "Days to liquidate",
    LimitName.ERROR_RATE: "Error rate",
}
_MULTIPLES = frozenset({LimitName.LEVERAGE, LimitName.CONCENTRATION})


def in_unit(name: LimitName, value: Decimal) -> str:
    """Return a value in words, at most two places, rounded half to even."""
    if name in FRACTIONS:
        return f"{_short(value * 100)} %"
    if name in _MULTIPLES:
        return f"{_short(value)}×"
    if name in COUNTS:
        return _short(value)
    return f"{_short(value)} days" if name is LimitName.LIQUIDITY_DAYS else f"{_short(value)} USDT"


def summary(name: LimitName, *, accounts: int, least: Decimal, most: Decimal) -> str:
    """Say in one line how many accounts are beyond a limit.

    Args:
        least, most: the smallest and the largest limit among them.
    """
    who = "1 account" if accounts == 1 else f"{accounts} accounts"
    limit = in_unit(name, least)
    if least != most:
        limit = f"limits of {limit} to {in_unit(name, most)}"
    return f"{who}: {LABELS[name].lower()} above {limit}"


def _short(value: Decimal) -> str:
    text = f"{value.quantize(Decimal('0.01'), rounding=ROUND_HALF_EVEN):f}"
    return text.rstrip("0").rstrip(".")
