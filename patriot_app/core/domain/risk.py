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
        other_positions: other instruments that are held or may be, by an order under way.
        orders_in_minute: opening orders of the last minute; read only where a limit asks for it.
        reserved_notional: USDT of opening orders under way, part of `account_notional`.
        maintenance_margin: USDT that the exchange wants for what is held.
    """

    account_notional: Decimal | None
    day_loss_fraction: Decimal | None
    drawdown_fraction: Decimal | None
    other_positions: int = 0
    orders_in_minute: int | None = None
    reserved_notional: Decimal = _ZERO
    maintenance_margin: Decimal | None = _ZERO


@dataclass(frozen=True, slots=True)
class Wish:
    """The order that is reviewed; all in USDT.

    Attributes:
        position_notional: held already in the same direction, including what is in flight.
        freed_notional: of the opposite position that a reversal closes first.
        maintenance_rate: margin per USDT of it that the exchange will want kept.
    """

    notional: Decimal
    position_notional: Decimal = _ZERO
    freed_notional: Decimal = _ZERO
    maintenance_rate: Decimal = _ZERO


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review looked at, kept with the order so that other limits can be tried on it."""

    wish: Wish
    equity: Decimal
    exposure: Exposure
    desk_notional: Decimal | None


def review(
    wish: Wish,
    *,
    equity: Decimal,
    exposure: Exposure,
    desk_notional: Decimal | None,
    limits: EffectiveLimits,
    state: TradingState,
) -> Approved | Denial:
    """Review an order that opens or enlarges a position.

    Args:
        equity: USDT of the account.
        desk_notional: USDT gross over the desk before this order, planned ones included.
    """
    if state is not TradingState.ACTIVE:
        return denied_by_state(state)
    if (
        limits.order_rate is not None
        and exposure.orders_in_minute is not None
        and exposure.orders_in_minute >= limits.order_rate
    ):
        return Denial(
            DenialReason.ORDER_RATE_LIMIT,
            f"{exposure.orders_in_minute} opening orders within a minute; the limit is "
            f"{limits.order_rate:.0f}",
        )
    return (
        _review_position(wish, exposure, limits)
        or _review_account(wish, equity, exposure, limits)
        or _review_desk(wish, desk_notional, limits.desk_exposure)
        or APPROVED
    )


def _review_position(wish: Wish, exposure: Exposure, limits: EffectiveLimits) -> Denial | None:
    notional, after = wish.notional, wish.position_notional + wish.notional
    if limits.order_notional is not None and notional > limits.order_notional:
        return _over(DenialReason.ORDER_NOTIONAL_LIMIT, "Order", notional, limits.order_notional)
    if after > limits.position_notional:
        return _over(
            DenialReason.POSITION_NOTIONAL_LIMIT, "Position", after, limits.position_notional
        )
    allowed = limits.open_positions
    if allowed is not None and exposure.other_positions + 1 > allowed:
        return Denial(
            DenialReason.OPEN_POSITIONS_LIMIT,
            f"{exposure.other_positions} other positions; the limit is {allowed:.0f} in all",
        )
    return None


def _review_account(
    wish: Wish, equity: Decimal, exposure: Exposure, limits: EffectiveLimits
) -> Denial | None:
    gross = exposure.account_notional
    day_loss = exposure.day_loss_fraction
    drawdown = exposure.drawdown_fraction
    if (
        gross is None
        or day_loss is None
        or drawdown is None
        or equity <= 0
        or (limits.order_rate is not None and exposure.orders_in_minute is None)
    ):
        return Denial(DenialReason.RISK_FACTS_MISSING, _missing(exposure, equity, limits))
    after = gross + wish.notional - wish.freed_notional
    if after > limits.leverage * equity:
        return Denial(
            DenialReason.LEVERAGE_LIMIT,
            f"Exposure {after:.2f} on equity {equity:.2f} is above {limits.leverage}x",
        )
    held = wish.position_notional + wish.notional
    if limits.concentration is not None and held > limits.concentration * equity:
        return Denial(
            DenialReason.CONCENTRATION_LIMIT,
            f"Position {held:.2f} on equity {equity:.2f} is above {limits.concentration}x",
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
    return _review_margin(wish, equity, exposure, limits.margin_ratio)


def _review_margin(
    wish: Wish, equity: Decimal, exposure: Exposure, limit: Decimal | None
) -> Denial | None:
    if limit is None:
        return None
    held = exposure.maintenance_margin
    if held is None:
        return Denial(DenialReason.RISK_FACTS_MISSING, "Not known: maintenance margin")
    after = held + (exposure.reserved_notional + wish.notional) * wish.maintenance_rate
    if after <= limit * equity:
        return None
    return Denial(
        DenialReason.MARGIN_RATIO_LIMIT,
        f"Maintenance margin {after:.2f} on equity {equity:.2f} is above {limit:.0%}",
    )


def _review_desk(wish: Wish, desk_notional: Decimal | None, limit: Decimal | None) -> Denial | None:
    if limit is None:
        return None
    if desk_notional is None:
        return Denial(DenialReason.RISK_FACTS_MISSING, "The desk's exposure is not known")
    after = desk_notional + wish.notional - wish.freed_notional
    if after > limit:
        return _over(DenialReason.DESK_EXPOSURE_LIMIT, "Desk exposure", after, limit)
    return None


def denied_by_state(state: TradingState) -> Denial:
    """Say which state forbids an entry."""
    if state is TradingState.HALTED:
        return Denial(DenialReason.HALT_ACTIVE, "Trading is halted")
    return Denial(DenialReason.REDUCE_ONLY_ACTIVE, "Only orders that shrink exposure may be sent")


def _over(reason: DenialReason, what: str, value: Decimal, limit: Decimal) -> Denial:
    return Denial(reason, f"{what} {value:.2f} USDT; the limit is {limit:.2f}")


def _missing(exposure: Exposure, equity: Decimal, limits: EffectiveLimits) -> str:
    asked_rate = exposure.orders_in_minute if limits.order_rate is not None else 0
    missing = [
        name
        for name, value in (
            ("exposure", exposure.account_notional),
            ("loss of the day", exposure.day_loss_fraction),
            ("drawdown", exposure.drawdown_fraction),
            ("orders of the minute", asked_rate),
            ("positive equity", equity if equity > 0 else None),
        )
        if value is None
    ]
    return f"Not known: {', '.join(missing)}"
