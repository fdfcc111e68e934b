"""Follow the crossing of two exponential averages, unless the move looks exhausted."""

from collections.abc import Mapping
from decimal import Decimal

from patriot_app.core.domain.signals import Signal, SignalAction
from patriot_app.core.strategies.contract import (
    TRADE_PARAMETERS,
    Stance,
    Strategy,
    StrategyInput,
)
from patriot_app.core.strategies.entries import (
    ENTRY_PARAMETERS,
    STOP_PARAMETERS,
    atr_bars,
    check_entry_settings,
    close_signal,
    open_signal,
    strength_of,
)
from patriot_app.core.strategies.indicators import average_range, closes_of, decimal_of, ema, rsi
from patriot_app.core.strategies.parameters import (
    Parameters,
    decimal,
    get_bool,
    get_decimal,
    get_int,
    integer,
)

PARAMETERS = (
    integer(
        "fast_period",
        "Fast average",
        default=12,
        minimum=2,
        maximum=200,
        help="Bars of the average that reacts first.",
    ),
    integer(
        "slow_period",
        "Slow average",
        default=48,
        minimum=3,
        maximum=400,
        help="Bars of the average that is crossed; longer than the fast one.",
    ),
    integer(
        "rsi_period",
        "RSI period",
        default=14,
        minimum=2,
        maximum=100,
        help="Bars over which relative strength is taken.",
    ),
    decimal(
        "rsi_upper",
        "No long above RSI",
        default="70",
        minimum="50",
        maximum="100",
        step="1",
        help="A crossing upwards is not followed if the market has risen this far; 100 is off.",
    ),
    decimal(
        "rsi_lower",
        "No short below RSI",
        default="30",
        minimum="0",
        maximum="50",
        step="1",
        help="A crossing downwards is not followed if the market has fallen this far; 0 is off.",
    ),
    *STOP_PARAMETERS,
    *ENTRY_PARAMETERS,
    *TRADE_PARAMETERS,
)


def bars_needed(values: Parameters) -> int:
    """Return the bars after which both averages have forgotten how they began."""
    periods = get_int(values, "slow_period"), get_int(values, "rsi_period")
    return max(max(periods) * 4 + 1, atr_bars(values))


def decide(given: StrategyInput, values: Parameters) -> Signal | None:
    """Open in the direction of a crossing; close the other side where opening is ruled out."""
    needed = bars_needed(values)
    if len(given.candles) < needed:
        return None
    bars = given.candles[-needed:]
    closes = closes_of(bars)
    fast = ema(closes, period=get_int(values, "fast_period"))
    slow = ema(closes, period=get_int(values, "slow_period"))
    crossed_up = fast[-2] <= slow[-2] and fast[-1] > slow[-1]
    crossed_down = fast[-2] >= slow[-2] and fast[-1] < slow[-1]
    if not crossed_up and not crossed_down:
        return None
    strength_index = decimal_of(rsi(closes, period=get_int(values, "rsi_period"))[-1])
    words = f"Fast average {fast[-1]:.6g} crossed slow {slow[-1]:.6g}; RSI {strength_index:.1f}"
    if not _may_open(values, is_up=crossed_up, strength_index=strength_index):
        opposite = Stance.SHORT if crossed_up else Stance.LONG
        return close_signal(given, explanation=words) if given.stance is opposite else None
    spread = average_range(bars, period=get_int(values, "atr_period"))
    # The further the slow average itself moved our way, the clearer the trend.
    slope = decimal_of(slow[-1] - slow[-2]) * (1 if crossed_up else -1)
    return open_signal(
        given,
        values,
        action=SignalAction.OPEN_LONG if crossed_up else SignalAction.OPEN_SHORT,
        average_range=spread,
        strength=strength_of(slope, spread),
        explanation=words,
    )


def _may_open(values: Parameters, *, is_up: bool, strength_index: Decimal) -> bool:
    if is_up:
        return strength_index <= get_decimal(values, "rsi_upper")
    is_exhausted = strength_index < get_decimal(values, "rsi_lower")
    return get_bool(values, "allow_short") and not is_exhausted


def _check(values: Parameters) -> Mapping[str, str]:
    problems = check_entry_settings(values)
    if get_int(values, "fast_period") >= get_int(values, "slow_period"):
        problems["fast_period"] = "Fast average: must be shorter than the slow one"
    return problems


EMA_CROSS = Strategy(
    name="ema_cross",
    label="EMA cross",
    description="Follows the crossing of two exponential averages, filtered by relative strength; "
    "stop at a multiple of the average true range.",
    version=1,
    parameters=PARAMETERS,
    bars_needed=bars_needed,
    decide=decide,
    check=_check,
)
