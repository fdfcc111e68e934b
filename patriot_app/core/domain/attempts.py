"""How reports move an attempt: cumulative quantity never falls and what ended never reopens.

The state follows from the cumulative quantity and from the exchange's word that the order ended,
not from the order in which events arrive (EXECUTION 2.6).
"""

from dataclasses import dataclass
from decimal import Decimal

from patriot_app.core.domain.orders import (
    ATTEMPT_TRANSITIONS,
    AttemptState,
    IntentState,
    OrderReport,
)

_A = AttemptState
ENDED_BY_EXCHANGE = frozenset({_A.CANCELED, _A.EXPIRED, _A.REJECTED})
ENDED = ENDED_BY_EXCHANGE | {
    _A.FILLED,
    _A.VOID,
    _A.ABSENT,
    _A.EXPIRED_UNSEEN,
    _A.LATE_FILLED,
}
"""Nothing more is expected of the exchange; a late fill may still come."""
CODE_LENGTH_MAX = 32
"""What is longer, or is several words, is a sentence."""


@dataclass(frozen=True, slots=True)
class Merged:
    """An attempt after a report.

    Attributes:
        is_stale: older than what we know; nothing changed.
        is_late_fill: a fill after the end: import it, raise the alarm, freeze entries.
        is_contradiction: the exchange shows what our books exclude (a voided or absent order
            lives): nothing changed, an operator must look.
    """

    state: AttemptState
    filled_quantity: Decimal
    is_changed: bool
    is_stale: bool = False
    is_late_fill: bool = False
    is_contradiction: bool = False


@dataclass(frozen=True, slots=True)
class Why:
    """Why an exchange ended an order: its code, or its words where it has no code."""

    code: str
    words: str


def why_ended(merged: Merged, report: OrderReport) -> Why | None:
    """Return the reason that a report gives for the end of its order; None if it gives none.

    An exchange may take an order and refuse it afterwards, and then only this report says why.
    """
    if not report.reason or report.state is not merged.state:
        return None
    if merged.state not in ENDED_BY_EXCHANGE:
        return None
    is_code = len(report.reason) <= CODE_LENGTH_MAX and " " not in report.reason
    return Why(report.reason, "") if is_code else Why("", report.reason)


def merge_report(
    state: AttemptState, filled_quantity: Decimal, report: OrderReport, *, quantity: Decimal | None
) -> Merged:
    """Return the attempt after what an exchange says of its order.

    Args:
        filled_quantity: cumulative, as we know it.
        quantity: ordered; None for an order that closes whatever is there.
    """
    return _merge(
        state,
        filled_quantity,
        reported=report.state,
        cumulative=report.filled_quantity,
        quantity=quantity if quantity is not None else report.quantity,
    )


def merge_trades(
    state: AttemptState,
    filled_quantity: Decimal,
    *,
    traded_quantity: Decimal,
    quantity: Decimal | None,
) -> Merged:
    """Return the attempt after its trades were recorded.

    Args:
        traded_quantity: sum over all trades known of the order, each trade id once.
    """
    return _merge(
        state,
        filled_quantity,
        reported=_A.PARTIALLY_FILLED if traded_quantity > 0 else _A.OPEN,
        cumulative=traded_quantity,
        quantity=quantity,
    )


def intent_state_of(
    state: AttemptState, *, filled_quantity: Decimal, quantity: Decimal | None
) -> IntentState:
    """Return what the last attempt makes of its intent.

    Args:
        filled_quantity: over all attempts of the intent.
    """
    if state is _A.QUARANTINED:
        return IntentState.BLOCKED
    if state is _A.FILLED or (quantity and filled_quantity >= quantity):
        return IntentState.DONE
    if state not in ENDED:
        return IntentState.PLANNED if state is _A.CREATED else IntentState.EXECUTING
    if filled_quantity > 0:
        return IntentState.PARTIALLY_DONE
    expired = {_A.VOID, _A.EXPIRED, _A.EXPIRED_UNSEEN}
    return IntentState.EXPIRED if state in expired else IntentState.FAILED


def _merge(
    state: AttemptState,
    known: Decimal,
    *,
    reported: AttemptState,
    cumulative: Decimal,
    quantity: Decimal | None,
) -> Merged:
    if cumulative < known:
        return Merged(state, known, is_changed=False, is_stale=True)
    target = _derived(reported, cumulative, quantity)
    if state in ENDED:
        return _merge_ended(state, known, target=target, cumulative=cumulative)
    if target is state:
        return Merged(state, cumulative, is_changed=cumulative != known)
    if target is _A.OPEN and state is _A.PARTIALLY_FILLED:
        return Merged(state, known, is_changed=False, is_stale=True)
    if target not in ATTEMPT_TRANSITIONS[state]:
        return Merged(state, known, is_changed=False, is_contradiction=True)
    return Merged(target, cumulative, is_changed=True)


def _derived(reported: AttemptState, cumulative: Decimal, quantity: Decimal | None) -> AttemptState:
    if reported is _A.FILLED or (quantity and cumulative >= quantity):
        return _A.FILLED
    if reported in ENDED_BY_EXCHANGE:
        # A rejected order has no fills; one that has was ended by the exchange half-way.
        return _A.CANCELED if reported is _A.REJECTED and cumulative > 0 else reported
    return _A.PARTIALLY_FILLED if cumulative > 0 else _A.OPEN


def _merge_ended(
    state: AttemptState, known: Decimal, *, target: AttemptState, cumulative: Decimal
) -> Merged:
    if cumulative == known:
        is_alive = target in {_A.OPEN, _A.FILLED} and state in {
            _A.VOID,
            _A.ABSENT,
            _A.EXPIRED_UNSEEN,
            _A.REJECTED,
        }
        if is_alive:
            return Merged(state, known, is_changed=False, is_contradiction=True)
        return Merged(state, known, is_changed=False, is_stale=target is not state)
    if state is _A.VOID:
        return Merged(state, known, is_changed=False, is_contradiction=True)
    if state in {_A.FILLED, _A.LATE_FILLED}:
        return Merged(state, cumulative, is_changed=True)
    if state in {_A.REJECTED, _A.ABSENT, _A.EXPIRED_UNSEEN}:
        return Merged(_A.LATE_FILLED, cumulative, is_changed=True, is_late_fill=True)
    if target is _A.FILLED:
        return Merged(_A.FILLED, cumulative, is_changed=True)
    if target in ENDED_BY_EXCHANGE:
        # The final reading of a cancelled order: its last fills were not known yet.
        return Merged(state, cumulative, is_changed=True)
    return Merged(_A.LATE_FILLED, cumulative, is_changed=True, is_late_fill=True)
