"""The change of an open order: its life, and what the exchange's picture of the order proves.

An amendment is written before it is sent and sent at most once. While its outcome is open the books
hold the larger of both quantities, so that no fill of the changed order looks like its end.

An order that its exchange can change no more is replaced: cancelled, proved over with all its
trades booked, and only then followed by an order of its own over what is left. The two never live
together.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from patriot_app.core.domain.entries import WithdrawalCause
from patriot_app.core.domain.orders import WORKING, OrderReport, Side


class AmendmentState(StrEnum):
    CREATED = "created"
    VOID = "void"
    SENDING = "sending"
    UNKNOWN = "unknown"
    APPLIED = "applied"
    REJECTED = "rejected"
    ABSENT = "absent"
    REPLACING = "replacing"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


_S = AmendmentState
AMENDMENT_TRANSITIONS: dict[AmendmentState, frozenset[AmendmentState]] = {
    _S.CREATED: frozenset({_S.SENDING, _S.VOID, _S.REPLACING}),
    _S.SENDING: frozenset({_S.UNKNOWN, _S.APPLIED, _S.REJECTED, _S.ABSENT}),
    _S.UNKNOWN: frozenset({_S.APPLIED, _S.REJECTED, _S.ABSENT, _S.REPLACING}),
    # Its order is being cancelled; then a new one takes its place, or nothing does.
    _S.REPLACING: frozenset({_S.REPLACED, _S.WITHDRAWN}),
    _S.REPLACED: frozenset(),
    _S.WITHDRAWN: frozenset(),
    _S.APPLIED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.ABSENT: frozenset(),
    _S.VOID: frozenset(),
}
LIVE_AMENDMENTS = frozenset({_S.CREATED, _S.SENDING, _S.UNKNOWN, _S.REPLACING})


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change of price and quantity; both are stated, whichever of them changes.

    Attributes:
        quantity: of the whole order, what is filled included.
    """

    amendment_id: UUID
    attempt_id: UUID
    account_id: UUID
    shard: int
    price: Decimal
    quantity: Decimal
    former_price: Decimal
    former_quantity: Decimal
    state: AmendmentState
    timestamp_ms: int | None = None
    receive_window_ms: int | None = None


def quantity_allowed(
    *,
    side: Side,
    former_price: Decimal,
    former_quantity: Decimal,
    price: Decimal,
    stop: Decimal,
) -> Decimal:
    """Return the most that an order may have at another price.

    Neither the money at risk nor the notional may grow by an amendment: what was decided, reviewed
    and reserved covers it. Zero if the price is beyond the stop.
    """
    distance = (price - stop) * side.sign
    if distance <= 0 or price <= 0:
        return Decimal(0)
    former_distance = (former_price - stop) * side.sign
    share = min(Decimal(1), former_distance / distance, former_price / price)
    return former_quantity * share


def verdict_on(
    amendment: Amendment, report: OrderReport, *, is_over: bool
) -> AmendmentState | None:
    """Return what the exchange's picture of the order proves; None if it proves nothing yet.

    Args:
        is_over: the exchange can no longer accept the request, and would show it if it had.
    """
    shown = (report.price, report.quantity)
    if shown == (amendment.price, amendment.quantity):
        return _S.APPLIED
    if report.state not in WORKING:
        # What ended can be changed no more: it ended as it is shown.
        return _S.ABSENT
    return _S.ABSENT if is_over else None


@dataclass(frozen=True, slots=True)
class Replaced:
    """An order that was cancelled to be replaced, after its end.

    Attributes:
        filled_quantity: that it traded before and while it was cancelled.
        cancel_cause: the first reason for which it was taken back.
        held_quantity: of the position now, signed.
        has_other_orders: something else of ours is under way on the instrument.
        is_superseded: a newer signal decides about the instrument.
        is_expired: its own end has come.
    """

    filled_quantity: Decimal
    cancel_cause: str
    held_quantity: Decimal
    has_other_orders: bool
    is_superseded: bool
    is_expired: bool


def quantity_left(
    amendment: Amendment, replaced: Replaced, *, least: Decimal
) -> tuple[Decimal, str]:
    """Return what is still to be ordered after a cancelled order, or 0 and why nothing is.

    Args:
        least: that the exchange takes at the new price.
    """
    left = amendment.quantity - replaced.filled_quantity
    if replaced.cancel_cause != WithdrawalCause.REPLACED:
        why = "It was taken back for another reason, or ended by itself"
    elif replaced.is_superseded:
        why = "A newer signal decides about the instrument"
    elif replaced.is_expired:
        why = "Its end has come"
    elif replaced.has_other_orders:
        why = "Another order of ours is under way on the instrument"
    elif replaced.filled_quantity > 0 and replaced.held_quantity == 0:
        why = "The position that it filled is closed"
    elif left < least:
        why = f"{max(left, Decimal(0)).normalize():f} are left; the exchange takes {least:f}"
    else:
        return left, ""
    return Decimal(0), why
