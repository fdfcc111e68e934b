"""The review of one opening order: approved, or denied by the first rule it breaks.

Fails closed: what cannot be evaluated is denied. An order that only shrinks a position is never
reviewed against limits; `halts.forbids` alone decides on it.
"""

from dataclasses import dataclass
from decimal import Decimal

from patriot_app.core.domain.halts import TradingState
from patriot_app.core.domain.reasons import DenialReason
from patriot_app.core.domain.risk_limits import EffectiveLimits


@dataclass(frozen=True, slots=True)
class Approved:
    """Every rule passed."""


@dataclass(frozen=True, slots=True)
class Denial:
    """The rule that said no, with the figures in words."""

    reason: DenialReason
    context: str


_ZERO = Decimal(0)
APPROVED = Approved()


@dataclass(frozen=True, slots=True)
class Exposure:
    """What an account already carries; None means that we do not know.

    Everything that may exist at the exchange counts as filled: reserved, in flight and unknown
    orders included.

    Attributes:
        account_notional: USDT, gross over all instruments.
        day_loss_fraction: loss since the start of the day over the equity then, 0 if none.
        drawdown_fraction: distance from the peak of equity, 0 at the peak.
    """

    account_notional: Decimal | None
    day_loss_fraction: Decimal | None
    drawdown_fraction: Decimal | None


def review(
    *,
    notional: Decimal,
    position_notional: Decimal,
    equity: Decimal,
    exposure: Exposure,
    desk_notional: Decimal | None,
    limits: EffectiveLimits,
    state: TradingState,
    freed_notional: Decimal = _ZERO,
) -> Approved | Denial:
    """Review an order that opens or enlarges a position.

    Args:
        notional: USDT of the order.
        position_notional: USDT already held in the same direction, including what is in flight.
        equity: USDT of the account.
        desk_notional: USDT gross over the desk before this order, planned ones included.
        freed_notional: USDT of the opposite position that a reversal closes first.
    """
    if state is not TradingState.ACTIVE:
        return denied_by_state(state)
    if limits.order_notional is not None and notional > limits.order_notional:
        return _over(DenialReason.ORDER_NOTIONAL_LIMIT, "Order", notional, limits.order_notional)
    after = position_notional + notional
    if after > limits.position_notional:
        return _over(
            DenialReason.POSITION_NOTIONAL_LIMIT, "Position", after, limits.position_notional
        )
    gross = exposure.account_notional
    day_loss = exposure.day_loss_fraction
    drawdown = exposure.drawdown_fraction
    if gross is None or day_loss is None or drawdown is None or equity <= 0:
        return Denial(DenialReason.RISK_FACTS_MISSING, _missing(exposure, equity))
    added = notional - freed_notional
    if gross + added > limits.leverage * equity:
        return Denial(
            DenialReason.LEVERAGE_LIMIT,
            f"Exposure {gross + added:.2f} on equity {equity:.2f} is above {limits.leverage}x",
        )
    if day_loss >= limits.daily_loss_fraction:
        return Denial(
            DenialReason.DAILY_LOSS_LIMIT,
            f"Loss of the day {day_loss:.2%}; the limit is {limits.daily_loss_fraction:.2%}",
        )
    if drawdown >= limits.drawdown_fraction:
        return Denial(
            DenialReason.DRAWDOWN_LIMIT,
            f"Drawdown {drawdown:.2%}; the limit is {limits.drawdown_fraction:.2%}",
        )
    return _review_desk(added, desk_notional, limits.desk_exposure)


def _review_desk(
    added: Decimal, desk_notional: Decimal | None, limit: Decimal | None
) -> Approved | Denial:
    if limit is None:
        return APPROVED
    if desk_notional is None:
        return Denial(DenialReason.RISK_FACTS_MISSING, "The desk's exposure is not known")
    if desk_notional + added > limit:
        return _over(
            DenialReason.DESK_EXPOSURE_LIMIT, "Desk exposure", desk_notional + added, limit
        )
    return APPROVED


def denied_by_state(state: TradingState) -> Denial:
    """Say which state forbids an entry."""
    if state is TradingState.HALTED:
        return Denial(DenialReason.HALT_ACTIVE, "Trading is halted")
    return Denial(DenialReason.REDUCE_ONLY_ACTIVE, "Only orders that shrink exposure may be sent")


def _over(reason: DenialReason, what: str, value: Decimal, limit: Decimal) -> Denial:
    return Denial(reason, f"{what} {value:.2f} USDT; the limit is {limit:.2f}")


def _missing(exposure: Exposure, equity: Decimal) -> str:
    missing = [
        name
        for name, value in (
            ("exposure", exposure.account_notional),
            ("loss of the day", exposure.day_loss_fraction),
            ("drawdown", exposure.drawdown_fraction),
            ("positive equity", equity if equity > 0 else None),
        )
        if value is None
    ]
    return f"Not known: {', '.join(missing)}"
