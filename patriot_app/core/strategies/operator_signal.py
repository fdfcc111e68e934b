"""The operator decides; here his signal is checked and given the form of any other."""

from datetime import datetime
from decimal import Decimal

from patriot_app.core.domain.entries import AT_MARKET, Entry
from patriot_app.core.domain.signals import (
    Signal,
    SignalAction,
    operator_key,
    validate_signal,
)
from patriot_app.core.errors import Invalid
from patriot_app.core.strategies.contract import TRADE_PARAMETERS, Strategy, StrategyInput
from patriot_app.core.strategies.parameters import Parameters, decimal, get_decimal

PARAMETERS = (
    decimal(
        "stop_distance_min",
        "Least stop distance",
        default="0.003",
        minimum="0.0005",
        maximum="0.2",
        step="0.0005",
        help="Share of the price; a nearer stop is refused, since it would make a large position.",
    ),
    decimal(
        "stop_distance_max",
        "Greatest stop distance",
        default="0.1",
        minimum="0.001",
        maximum="0.5",
        step="0.001",
        help="Share of the price; a further stop is refused as a likely slip.",
    ),
    *TRADE_PARAMETERS,
)


def make_operator_signal(
    *,
    symbol: str,
    action: SignalAction,
    token: str,
    reference_price: Decimal,
    stop_loss: Decimal | None,
    take_profit: Decimal | None,
    values: Parameters,
    market_now: datetime,
    explanation: str = "",
    entry: Entry = AT_MARKET,
) -> Signal:
    """Return the operator's signal, ready to be recorded.

    Args:
        token: of the form; sending the same form twice makes one signal.

    Raises:
        Invalid: names the field whose price makes no sense.
    """
    is_close = action is SignalAction.CLOSE
    signal = Signal(
        symbol=symbol,
        key=operator_key(token),
        action=action,
        reference_price=reference_price,
        stop_loss=None if is_close else stop_loss,
        take_profit=None if is_close else take_profit,
        confidence=Decimal(1),
        bar_closed_at=market_now,
        explanation=explanation,
        entry=AT_MARKET if is_close else entry,
    )
    validate_signal(signal)
    if signal.stop_loss is not None:
        _check_distance(signal.stop_loss, signal.entry_price, values)
    return signal


def decide(given: StrategyInput, values: Parameters) -> Signal | None:
    """Return None: bars alone decide nothing here."""
    return None


def _check_distance(stop: Decimal, price: Decimal, values: Parameters) -> None:
    distance = abs(price - stop) / price
    least = get_decimal(values, "stop_distance_min")
    most = get_decimal(values, "stop_distance_max")
    if not least <= distance <= most:
        raise Invalid(
            {
                "stop_loss": f"The stop is {distance:.2%} from the price {price:f}; "
                f"it must be between {least:.2%} and {most:.2%}"
            }
        )


def _no_bars(_: Parameters) -> int:
    return 0


OPERATOR_SIGNAL = Strategy(
    name="operator_signal",
    label="Operator's signal",
    description="Trades nothing by itself: an operator publishes each signal.",
    version=1,
    parameters=PARAMETERS,
    bars_needed=_no_bars,
    decide=decide,
    is_manual=True,
)
