"""The change of an open order: its life, and what the exchange's picture of the order proves.

An amendment is written before it is sent and sent at most once. While its outcome is open the books
hold the larger of both quantities, so that no fill of the changed order looks like its end.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from patriot_app.core.domain.orders import WORKING, OrderReport, Side


class AmendmentState(StrEnum):
    CREATED = "created"
    VOID = "void"
    SENDING = "sending"
    UNKNOWN = "unknown"
    APPLIED = "applied"
    REJECTED = "rejected"
    ABSENT = "absent"


_S = AmendmentState
AMENDMENT_TRANSITIONS: dict[AmendmentState, frozenset[AmendmentState]] = {
    _S.CREATED: frozenset({_S.SENDING, _S.VOID}),
    _S.SENDING: frozenset({_S.UNKNOWN, _S.APPLIED, _S.REJECTED, _S.ABSENT}),
    _S.UNKNOWN: frozenset({_S.APPLIED, _S.REJECTED, _S.ABSENT}),
    _S.APPLIED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.ABSENT: frozenset(),
    _S.VOID: frozenset(),
}
LIVE_AMENDMENTS = frozenset({_S.CREATED, _S.SENDING, _S.UNKNOWN})


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
