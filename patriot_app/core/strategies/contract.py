"""What a strategy is: pure functions over closed bars, and the settings it takes.

A strategy sees no account, no clock and no exchange. It decides once per closed bar for one symbol;
the desk sizes and sends for each account.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.candles import Candle
from patriot_app.core.domain.signals import Signal, SignalAction
from patriot_app.core.errors import Invalid
from patriot_app.core.strategies.exits import EXIT_PARAMETERS, exit_problems
from patriot_app.core.strategies.maintenance import MAINTENANCE_PARAMETERS
from patriot_app.core.strategies.parameters import (
    Parameters,
    ParameterSpec,
    ParameterValue,
    choice,
    decimal,
    get_decimal,
    get_int,
    integer,
    validate,
)

INTERVALS_MINUTES = (1, 5, 15, 60)


class Stance(StrEnum):
    """What the deployment's last signal on the symbol left it in; accounts may differ."""

    FLAT = "flat"
    LONG = "long"
    SHORT = "short"


def stance_after(action: SignalAction | None) -> Stance:
    """Return the stance that the last recorded signal left; None if there was none."""
    if action is SignalAction.OPEN_LONG:
        return Stance.LONG
    return Stance.SHORT if action is SignalAction.OPEN_SHORT else Stance.FLAT


@dataclass(frozen=True, slots=True)
class StrategyInput:
    """What is known when a bar closes.

    Attributes:
        candles: closed bars of the strategy's interval, oldest first, without gaps; the last one
            has just closed.
    """

    symbol: str
    candles: Sequence[Candle]
    stance: Stance

    @property
    def bar_closed_at(self) -> datetime:
        """Market time of the decision."""
        return self.candles[-1].closed_at


Decide = Callable[[StrategyInput, Parameters], Signal | None]


def _no_more_rules(_: Parameters) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Strategy:
    """A strategy of the catalogue.

    Attributes:
        version: of the code; raised when the same bars and settings may decide differently.
        bars_needed: how many closed bars a decision needs with given settings.
        decide: returns a signal or None; the same input always gives the same answer.
        check: rules between settings, as message per field.
        is_manual: an operator decides; it is never run on bars.
    """

    name: str
    label: str
    description: str
    version: int
    parameters: tuple[ParameterSpec, ...]
    bars_needed: Callable[[Parameters], int]
    decide: Decide
    check: Callable[[Parameters], Mapping[str, str]] = _no_more_rules
    is_manual: bool = False

    def read(self, raw: Mapping[str, str]) -> dict[str, ParameterValue]:
        """Return typed settings from stored or entered text.

        Raises:
            Invalid: names every wrong field and the rule that it breaks.
        """
        values = validate(self.parameters, raw)
        problems = {**exit_problems(values), **self.check(values)}
        if problems:
            raise Invalid(problems)
        return values


@dataclass(frozen=True, slots=True)
class TradeParameters:
    """The settings that every strategy has.

    Attributes:
        risk_fraction: share of the allotted equity lost if the stop is hit.
    """

    risk_fraction: Decimal
    leverage: int
    interval_minutes: int


TRADE_PARAMETERS: tuple[ParameterSpec, ...] = (
    decimal(
        "risk_per_trade",
        "Risk per trade",
        default="0.01",
        minimum="0.001",
        maximum="0.1",
        step="0.001",
        help="Share of the allotted equity that is lost if the stop is hit; 0.01 is 1 %.",
    ),
    integer(
        "leverage",
        "Leverage",
        default=5,
        minimum=1,
        maximum=125,
        help="Set at the exchange for the symbol; limits and brackets may lower it.",
    ),
    integer(
        "entries_max",
        "Entries per position",
        default=1,
        minimum=1,
        maximum=5,
        help="Orders that may enter one position; each further one only at an equal or better price "
        "and under the position's stop.",
    ),
    choice(
        "interval_minutes",
        "Bar length in minutes",
        default="15",
        choices=tuple(str(minutes) for minutes in INTERVALS_MINUTES),
        help="The strategy decides each time a bar of this length closes.",
    ),
    *EXIT_PARAMETERS,
    *MAINTENANCE_PARAMETERS,
)


def trade_parameters(values: Parameters) -> TradeParameters:
    """Return what the fan-out needs of a strategy's settings."""
    return TradeParameters(
        risk_fraction=get_decimal(values, "risk_per_trade"),
        leverage=get_int(values, "leverage"),
        interval_minutes=int(str(values["interval_minutes"])),
    )
