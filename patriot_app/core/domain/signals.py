"""A signal is one decision of a strategy (or of an operator), recorded once."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class SignalAction(StrEnum):
    OPEN_LONG = "open_long"
    OPEN_SHORT = "open_short"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Signal:
    """What to do with one symbol.

    Attributes:
        key: unique per deployment and symbol: the bar's close time, or the operator's form token.
        reference_price: price the decision was made at; accounts trade at their own exchange's.
        stop_loss: absolute price; needed to size an opening signal.
        confidence: fraction 0 to 1.
        bar_closed_at: market time.
    """

    symbol: str
    key: str
    action: SignalAction
    reference_price: Decimal
    stop_loss: Decimal | None
    take_profit: Decimal | None
    confidence: Decimal
    bar_closed_at: datetime
    explanation: str = ""
