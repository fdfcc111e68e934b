"""Buy a new high of the channel, sell a new low, leave on the shorter opposite channel."""

from collections.abc import Mapping, Sequence

from patriot_app.core.domain.candles import Candle
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
from patriot_app.core.strategies.indicators import average_range, donchian
from patriot_app.core.strategies.parameters import Parameters, get_bool, get_int, integer

PARAMETERS = (
    integer(
        "entry_period",
        "Entry channel",
        default=20,
        minimum=2,
        maximum=400,
        help="A close beyond the extremes of this many bars opens.",
    ),
    integer(
        "exit_period",
        "Exit channel",
        default=10,
        minimum=1,
        maximum=200,
        help="A close beyond the opposite extreme of this many bars closes.",
    ),
    *STOP_PARAMETERS,
    *ENTRY_PARAMETERS,
    *TRADE_PARAMETERS,
)


def bars_needed(values: Parameters) -> int:
    """Return the bars of the longest channel or range, and the one that breaks it."""
    return max(get_int(values, "entry_period") + 1, atr_bars(values))


def decide(given: StrategyInput, values: Parameters) -> Signal | None:
    """Open on a breakout against the present stance, else close on the opposite channel."""
    needed = bars_needed(values)
    if len(given.candles) < needed:
        return None
    bars = given.candles[-needed:]
    upper, lower = donchian(bars, period=get_int(values, "entry_period"))
    close = bars[-1].close
    words = f"Close {close:.6g} beyond the channel {lower:.6g} to {upper:.6g}"
    spread = average_range(bars, period=get_int(values, "atr_period"))
    if close > upper and given.stance is not Stance.LONG:
        return open_signal(
            given,
            values,
            action=SignalAction.OPEN_LONG,
            average_range=spread,
            strength=strength_of(close - upper, spread),
            explanation=words,
        )
    if close < lower and given.stance is not Stance.SHORT and get_bool(values, "allow_short"):
        return open_signal(
            given,
            values,
            action=SignalAction.OPEN_SHORT,
            average_range=spread,
            strength=strength_of(lower - close, spread),
            explanation=words,
        )
    return _exit(given, bars, period=get_int(values, "exit_period"))


def _exit(given: StrategyInput, bars: Sequence[Candle], *, period: int) -> Signal | None:
    upper, lower = donchian(bars, period=period)
    close = bars[-1].close
    if given.stance is Stance.LONG and close < lower:
        return close_signal(given, explanation=f"Close {close:.6g} below the exit {lower:.6g}")
    if given.stance is Stance.SHORT and close > upper:
        return close_signal(given, explanation=f"Close {close:.6g} above the exit {upper:.6g}")
    return None


def _check(values: Parameters) -> Mapping[str, str]:
    problems = check_entry_settings(values)
    if get_int(values, "exit_period") > get_int(values, "entry_period"):
        problems["exit_period"] = "Exit channel: must not be longer than the entry channel"
    return problems


DONCHIAN_BREAKOUT = Strategy(
    name="donchian_breakout",
    label="Donchian breakout",
    description="Opens on a close beyond the price channel, leaves on a shorter opposite channel; "
    "stop at a multiple of the average true range.",
    version=1,
    parameters=PARAMETERS,
    bars_needed=bars_needed,
    decide=decide,
    check=_check,
)
