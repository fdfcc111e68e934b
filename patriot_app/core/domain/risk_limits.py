"""Limits by desk, strategy, client and account: the strictest one counts, and we say whose it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from patriot_app.core.errors import Invalid


class LimitScope(StrEnum):
    DESK = "desk"
    STRATEGY = "strategy"
    CLIENT = "client"
    ACCOUNT = "account"


class LimitName(StrEnum):
    """What is limited; notionals in USDT, fractions between 0 and 1, leverage as a multiple."""

    ORDER_NOTIONAL = "order_notional"
    POSITION_NOTIONAL = "position_notional"
    LEVERAGE = "leverage"
    DAILY_LOSS_FRACTION = "daily_loss_fraction"
    DRAWDOWN_FRACTION = "drawdown_fraction"
    DESK_EXPOSURE = "desk_exposure"


DEFAULTS: dict[LimitName, Decimal] = {
    LimitName.POSITION_NOTIONAL: Decimal(50_000),
    LimitName.LEVERAGE: Decimal(10),
    LimitName.DAILY_LOSS_FRACTION: Decimal("0.05"),
    LimitName.DRAWDOWN_FRACTION: Decimal("0.20"),
}
"""Hold while the desk sets nothing else; what is missing here is unlimited until someone sets it."""

DEFAULT_ORIGIN = "default"
LEVERAGE_LIMIT_MAX = Decimal(125)


@dataclass(frozen=True, slots=True)
class RiskLimit:
    """One limit that somebody set.

    Attributes:
        scope_id: strategy, client or account; None for the desk.
    """

    scope: LimitScope
    scope_id: UUID | None
    name: LimitName
    value: Decimal


@dataclass(frozen=True, slots=True)
class Effective:
    """The value that counts and where it comes from.

    Attributes:
        value: None means that nothing limits it.
        origin: "default" or the scope that set it.
    """

    name: LimitName
    value: Decimal | None
    origin: str
    origin_id: UUID | None


@dataclass(frozen=True, slots=True)
class EffectiveLimits:
    """The values that count for one account and strategy; None means unlimited."""

    position_notional: Decimal
    leverage: Decimal
    daily_loss_fraction: Decimal
    drawdown_fraction: Decimal
    order_notional: Decimal | None = None
    desk_exposure: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LimitSubject:
    """For whom limits are looked up."""

    account_id: UUID | None = None
    client_id: UUID | None = None
    strategy_id: UUID | None = None


def validate_limit(limit: RiskLimit) -> None:
    """Check a limit before it is set.

    Raises:
        Invalid: value out of range, or a scope without its id.
    """
    fields: dict[str, str] = {}
    if limit.value <= 0:
        fields["value"] = "A limit must be above zero; raise a halt to stop trading"
    elif limit.name in {LimitName.DAILY_LOSS_FRACTION, LimitName.DRAWDOWN_FRACTION}:
        if limit.value > 1:
            fields["value"] = "A fraction is at most 1, which means 100 %"
    elif limit.name is LimitName.LEVERAGE and limit.value > LEVERAGE_LIMIT_MAX:
        fields["value"] = f"Leverage is at most {LEVERAGE_LIMIT_MAX}"
    if (limit.scope is LimitScope.DESK) != (limit.scope_id is None):
        fields["scope_id"] = "Choose whose limit it is; only the desk's has nobody"
    if limit.name is LimitName.DESK_EXPOSURE and limit.scope is not LimitScope.DESK:
        fields["scope"] = "The desk's exposure is a limit of the desk"
    if fields:
        raise Invalid(fields)


def effective(limits: Iterable[RiskLimit], name: LimitName, subject: LimitSubject) -> Effective:
    """Return the value that counts for a subject: the smallest of all that apply.

    A narrower scope can only tighten. The default stands in for a desk that set nothing.
    """
    best: RiskLimit | None = None
    is_desk_set = False
    for limit in limits:
        if limit.name is not name or not _applies(limit, subject):
            continue
        is_desk_set = is_desk_set or limit.scope is LimitScope.DESK
        if best is None or limit.value < best.value:
            best = limit
    default = None if is_desk_set else DEFAULTS.get(name)
    if best is None or (default is not None and default < best.value):
        return Effective(name, default, DEFAULT_ORIGIN, None)
    return Effective(name, best.value, best.scope.value, best.scope_id)


def effective_all(limits: Iterable[RiskLimit], subject: LimitSubject) -> tuple[Effective, ...]:
    """Return every limit of a subject with its origin, in the order of LimitName."""
    known = tuple(limits)
    return tuple(effective(known, name, subject) for name in LimitName)


def resolve(limits: Iterable[RiskLimit], subject: LimitSubject) -> EffectiveLimits:
    """Return the bare values for the fan-out; look them up once per account, not per order."""
    known = tuple(limits)

    def value(name: LimitName) -> Decimal | None:
        return effective(known, name, subject).value

    def bounded(name: LimitName) -> Decimal:
        found = value(name)
        assert found is not None, f"{name} has a default"
        return found

    return EffectiveLimits(
        position_notional=bounded(LimitName.POSITION_NOTIONAL),
        leverage=bounded(LimitName.LEVERAGE),
        daily_loss_fraction=bounded(LimitName.DAILY_LOSS_FRACTION),
        drawdown_fraction=bounded(LimitName.DRAWDOWN_FRACTION),
        order_notional=value(LimitName.ORDER_NOTIONAL),
        desk_exposure=value(LimitName.DESK_EXPOSURE),
    )


def _applies(limit: RiskLimit, subject: LimitSubject) -> bool:
    match limit.scope:
        case LimitScope.DESK:
            return True
        case LimitScope.STRATEGY:
            return limit.scope_id is not None and limit.scope_id == subject.strategy_id
        case LimitScope.CLIENT:
            return limit.scope_id is not None and limit.scope_id == subject.client_id
        case LimitScope.ACCOUNT:
            return limit.scope_id is not None and limit.scope_id == subject.account_id
