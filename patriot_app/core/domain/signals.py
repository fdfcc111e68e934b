"""A signal is one decision of a strategy (or of an operator), recorded once."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.entries import AT_MARKET, Entry, check_entry
from patriot_app.core.domain.orders import Side
from patriot_app.core.errors import Invalid


class SignalAction(StrEnum):
    OPEN_LONG = "open_long"
    OPEN_SHORT = "open_short"
    CLOSE = "close"

    @property
    def entry_side(self) -> Side | None:
        """Return the side of its entry; None if it opens nothing."""
        if self is SignalAction.CLOSE:
            return None
        return Side.BUY if self is SignalAction.OPEN_LONG else Side.SELL


@dataclass(frozen=True, slots=True)
class Signal:
    """What to do with one symbol.

    Attributes:
        key: unique per deployment and symbol: the bar's close time, or the operator's form token.
        reference_price: price the decision was made at; accounts trade at their own exchange's.
        stop_loss: absolute price; needed to size an opening signal.
        confidence: fraction 0 to 1.
        bar_closed_at: market time.
        entry: how an opening signal enters.
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
    entry: Entry = AT_MARKET

    @property
    def entry_price(self) -> Decimal:
        """Return the price that stop and target are measured from."""
        level = self.entry.level
        return self.reference_price if level is None else level


def bar_key(bar_closed_at: datetime) -> str:
    """Return the key of a decision made at a bar: the same bar decides once."""
    assert bar_closed_at.tzinfo is not None
    return f"bar:{int(bar_closed_at.timestamp())}"


def operator_key(token: str) -> str:
    """Return the key of an operator's own signal: the same form sends once."""
    return f"operator:{token}"


def validate_signal(signal: Signal) -> None:
    """Check that a signal makes sense before it is recorded.

    Raises:
        Invalid: an opening signal without stop, a stop or target on the wrong side, or an entry
            that makes no sense.
    """
    fields: dict[str, str] = {}
    if signal.reference_price <= 0:
        fields["reference_price"] = "The price must be above zero"
    if not 0 <= signal.confidence <= 1:
        fields["confidence"] = "Confidence is a fraction between 0 and 1"
    fields |= check_entry(
        signal.entry, side=signal.action.entry_side, reference_price=signal.reference_price
    )
    if signal.action is not SignalAction.CLOSE and not fields:
        fields |= _check_levels(signal)
    if fields:
        raise Invalid(fields)


def _check_levels(signal: Signal) -> dict[str, str]:
    price, stop, target = signal.entry_price, signal.stop_loss, signal.take_profit
    is_long = signal.action is SignalAction.OPEN_LONG
    side = "below" if is_long else "above"
    if stop is None:
        return {"stop_loss": "An opening signal needs a stop: it decides the size"}
    fields = {}
    if stop <= 0 or (stop >= price if is_long else stop <= price):
        fields["stop_loss"] = f"The stop must be {side} the price {price:f}"
    if target is not None and (target <= price if is_long else target >= price):
        other = "above" if is_long else "below"
        fields["take_profit"] = f"The target must be {other} the price {price:f}"
    return fields
