"""What a changed limit would have refused of the orders that were planned: the same review, other limits.

An order is counted where the changed limits deny it and the present ones do not, so that what the
change does is told and nothing else. What was not looked at when the order was planned (the desk's
exposure without a limit of it) cannot be tried, and is said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.halts import TradingState
from patriot_app.core.domain.reasons import DenialReason
from patriot_app.core.domain.risk import Denial, Exposure, Reviewed, Wish, review
from patriot_app.core.domain.risk_limits import EffectiveLimits, LimitSubject, RiskLimit, resolve

Facts = Sequence[str | None]
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An opening order that was planned, with what its review looked at."""

    subject: LimitSubject
    decided_at: datetime
    reviewed: Reviewed


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a change would have done.

    Attributes:
        refused: orders that only the changed limits deny, of `orders`.
        accounts: that they were of.
        unknown: orders on which the changed limit could not be tried.
    """

    orders: int
    refused: int
    accounts: int
    unknown: int


def facts_of(reviewed: Reviewed) -> list[str | None]:
    """Return what a review looked at as text, in the order that `reviewed_of` reads."""
    wish, exposure = reviewed.wish, reviewed.exposure
    values = (
        wish.notional,
        wish.position_notional,
        wish.freed_notional,
        wish.maintenance_rate,
        reviewed.equity,
        exposure.account_notional,
        exposure.day_loss_fraction,
        exposure.drawdown_fraction,
        exposure.other_positions,
        exposure.orders_in_minute,
        exposure.reserved_notional,
        exposure.maintenance_margin,
        reviewed.desk_notional,
    )
    return [None if value is None else str(value) for value in values]


def reviewed_of(facts: Facts) -> Reviewed:
    """Return what `facts_of` wrote."""
    found = [None if value is None else Decimal(value) for value in facts]
    return Reviewed(
        Wish(*(_known(value) for value in found[:4])),
        _known(found[4]),
        Exposure(
            account_notional=found[5],
            day_loss_fraction=found[6],
            drawdown_fraction=found[7],
            other_positions=int(_known(found[8])),
            orders_in_minute=None if found[9] is None else int(found[9]),
            reserved_notional=_known(found[10]),
            maintenance_margin=found[11],
        ),
        found[12],
    )


def try_limits(
    orders: Iterable[PastOrder], *, present: Sequence[RiskLimit], changed: Sequence[RiskLimit]
) -> DryRun:
    """Try changed limits on past orders.

    Args:
        orders: of the accounts that matter, oldest first.
    """
    before, after = _Resolved(present), _Resolved(changed)
    count = refused = unknown = 0
    accounts: set[UUID | None] = set()
    lately: dict[UUID | None, list[datetime]] = {}
    for order in orders:
        count += 1
        times = lately.setdefault(order.subject.account_id, [])
        times[:] = [at for at in times if at > order.decided_at - _MINUTE]
        reviewed = _with_rate(order.reviewed, len(times))
        times.append(order.decided_at)
        outcome = _judge(reviewed, after.of(order.subject))
        if outcome is None or _judge(reviewed, before.of(order.subject)) is not None:
            continue
        if outcome.reason is DenialReason.RISK_FACTS_MISSING:
            unknown += 1
            continue
        refused += 1
        accounts.add(order.subject.account_id)
    return DryRun(count, refused, len(accounts), unknown)


class _Resolved:
    """Limits by subject, each looked up once."""

    def __init__(self, limits: Sequence[RiskLimit]) -> None:
        self._limits = tuple(limits)
        self._found: dict[LimitSubject, EffectiveLimits] = {}

    def of(self, subject: LimitSubject) -> EffectiveLimits:
        if subject not in self._found:
            self._found[subject] = resolve(self._limits, subject)
        return self._found[subject]


def _judge(reviewed: Reviewed, limits: EffectiveLimits) -> Denial | None:
    outcome = review(
        reviewed.wish,
        equity=reviewed.equity,
        exposure=reviewed.exposure,
        desk_notional=reviewed.desk_notional,
        limits=limits,
        state=TradingState.ACTIVE,
    )
    return outcome if isinstance(outcome, Denial) else None


def _with_rate(reviewed: Reviewed, orders_in_minute: int) -> Reviewed:
    """Fill in the account's orders of the minute before, which only a limit of them counts live."""
    if reviewed.exposure.orders_in_minute is not None:
        return reviewed
    return replace(reviewed, exposure=replace(reviewed.exposure, orders_in_minute=orders_in_minute))


def _known(value: Decimal | None) -> Decimal:
    assert value is not None
    return value
