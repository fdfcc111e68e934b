"""How strategies turn an average range into stop, target and a recorded signal."""

from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from patriot_app.core.domain.entries import AT_MARKET, Entry, limit_entry, stop_entry
from patriot_app.core.domain.orders import TimeInForce
from patriot_app.core.domain.signals import Signal, SignalAction, bar_key
from patriot_app.core.strategies.contract import Stance, StrategyInput, stance_after
from patriot_app.core.strategies.parameters import (
    Parameters,
    ParameterSpec,
    choice,
    decimal,
    get_decimal,
    get_int,
    integer,
    switch,
)

_ONE = Decimal(1)
_HALF = Decimal("0.5")
_PRICE_DECIMALS = Decimal("1E-10")
_CONFIDENCE_DECIMALS = Decimal("0.0001")

STOP_PARAMETERS: tuple[ParameterSpec, ...] = (
    integer(
        "atr_period",
        "ATR period",
        default=14,
        minimum=2,
        maximum=200,
        help="Bars over which the average true range is taken.",
    ),
    decimal(
        "stop_atr",
        "Stop distance in ATR",
        default="2",
        minimum="0.5",
        maximum="10",
        step="0.1",
        help="The stop lies this many average true ranges from the entry.",
    ),
    decimal(
        "stop_distance_min",
        "Least stop distance",
        default="0.003",
        minimum="0.0005",
        maximum="0.2",
        step="0.0005",
        help="Share of the price; a nearer stop is moved out to it, so that quiet markets "
        "do not make large positions.",
    ),
    decimal(
        "reward_ratio",
        "Target in multiples of the risk",
        default="0",
        minimum="0",
        maximum="20",
        step="0.1",
        help="2 puts the target twice as far as the stop; 0 sets no target.",
    ),
    switch(
        "allow_short",
        "Trade short too",
        default=True,
        help="If off, a signal to sell only closes a long position.",
    ),
)
ENTRY_KINDS = {
    "limit": TimeInForce.GTC,
    "post_only": TimeInForce.POST_ONLY,
    "ioc": TimeInForce.IOC,
    "fok": TimeInForce.FOK,
}
STOP_KINDS = ("stop_market", "stop_limit")
ENTRY_PARAMETERS: tuple[ParameterSpec, ...] = (
    choice(
        "entry_type",
        "Entry order",
        default="market",
        choices=("market", *ENTRY_KINDS, *STOP_KINDS),
        help="market enters at once; limit waits at its price; post_only waits and never pays the "
        "taker's commission; ioc and fok fill at the price at once or not at all; stop_market and "
        "stop_limit wait until the market has gone on to their trigger.",
    ),
    decimal(
        "entry_offset",
        "Distance of the entry's price",
        default="0",
        minimum="0",
        maximum="0.1",
        step="0.0005",
        help="Share of the bar's close by which a limit entry is better than it, and beyond which a "
        "stop entry triggers.",
    ),
    decimal(
        "entry_room",
        "Room of a stop-limit entry",
        default="0.001",
        minimum="0",
        maximum="0.05",
        step="0.0005",
        help="Share of its trigger by which a stop-limit entry may pay more.",
    ),
    integer(
        "entry_life_minutes",
        "Minutes that an entry may wait",
        default=0,
        minimum=0,
        maximum=10_080,
        help="Of market time; 0 ends it at the next four-hour boundary (00:00, 04:00 ... UTC).",
    ),
)
STOP_DISTANCE_MAX = Decimal("0.5")
"""Share of the price beyond which no stop is sensible; an entry there is not made."""


def open_signal(
    given: StrategyInput,
    values: Parameters,
    *,
    action: SignalAction,
    average_range: Decimal,
    strength: Decimal,
    explanation: str,
) -> Signal | None:
    """Return an entry with its stop.

    Where the market is too wild for a stop, an opposite position is closed and nothing opened.

    Args:
        average_range: ATR in price.
        strength: how clear the case is; cut to 0..1 as the signal's confidence.
    """
    entry = _entry(given, values, action=action)
    price = given.candles[-1].close if entry.level is None else entry.level
    reach = get_decimal(values, "stop_atr") * average_range
    distance = max(reach, price * get_decimal(values, "stop_distance_min"))
    if distance > price * STOP_DISTANCE_MAX:
        is_held = given.stance is stance_after(action)
        return None if is_held else close_signal(given, explanation=explanation)
    sign = 1 if action is SignalAction.OPEN_LONG else -1
    ratio = get_decimal(values, "reward_ratio")
    target = price + sign * distance * ratio if ratio > 0 else None
    if target is not None and target <= 0:
        target = None
    return Signal(
        symbol=given.symbol,
        key=bar_key(given.bar_closed_at),
        action=action,
        reference_price=given.candles[-1].close,
        stop_loss=(price - sign * distance).quantize(_PRICE_DECIMALS, rounding=ROUND_HALF_EVEN),
        take_profit=None
        if target is None
        else target.quantize(_PRICE_DECIMALS, rounding=ROUND_HALF_EVEN),
        confidence=_confidence(strength),
        bar_closed_at=given.bar_closed_at,
        explanation=explanation,
        entry=entry,
    )


def check_entry_settings(values: Parameters) -> dict[str, str]:
    """Return what is wrong between the settings of the entry, by field."""
    kind, has_offset = values["entry_type"], get_decimal(values, "entry_offset") > 0
    if kind == "post_only" and not has_offset:
        return {"entry_offset": "Post-only needs a distance: at the close it would trade at once"}
    if kind in STOP_KINDS and not has_offset:
        return {"entry_offset": "A stop entry needs a distance: at the close it would trigger"}
    return {}


def close_signal(given: StrategyInput, *, explanation: str) -> Signal | None:
    """Return the exit of whatever is open, or None if the deployment is flat already."""
    if given.stance is Stance.FLAT:
        return None
    return Signal(
        symbol=given.symbol,
        key=bar_key(given.bar_closed_at),
        action=SignalAction.CLOSE,
        reference_price=given.candles[-1].close,
        stop_loss=None,
        take_profit=None,
        confidence=_ONE,
        bar_closed_at=given.bar_closed_at,
        explanation=explanation,
    )


def atr_bars(values: Parameters) -> int:
    """Return the bars after which the average range has forgotten how it began."""
    return get_int(values, "atr_period") * 4 + 1


def strength_of(move: Decimal, average_range: Decimal) -> Decimal:
    """Return how clear a case is: one half, and more the further the move against the range."""
    return _HALF + move / average_range if average_range > 0 else _HALF


def _entry(given: StrategyInput, values: Parameters, *, action: SignalAction) -> Entry:
    """Return how the settings enter after this bar."""
    kind = str(values["entry_type"])
    close, offset = given.candles[-1].close, get_decimal(values, "entry_offset")
    sign = 1 if action is SignalAction.OPEN_LONG else -1
    minutes = get_int(values, "entry_life_minutes")
    life = timedelta(minutes=minutes) if minutes else None
    if kind in STOP_KINDS:
        trigger = _rounded(close * (1 + sign * offset))
        room = 1 + sign * get_decimal(values, "entry_room")
        return stop_entry(
            trigger,
            price=_rounded(trigger * room) if kind == "stop_limit" else None,
            market_now=given.bar_closed_at,
            life=life,
        )
    if kind not in ENTRY_KINDS:
        return AT_MARKET
    return limit_entry(
        _rounded(close * (1 - sign * offset)),
        time_in_force=ENTRY_KINDS[kind],
        market_now=given.bar_closed_at,
        life=life,
    )


def _rounded(price: Decimal) -> Decimal:
    return price.quantize(_PRICE_DECIMALS, rounding=ROUND_HALF_EVEN)


def _confidence(strength: Decimal) -> Decimal:
    return min(max(strength, Decimal(0)), _ONE).quantize(
        _CONFIDENCE_DECIMALS, rounding=ROUND_HALF_EVEN
    )
