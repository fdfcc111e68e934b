"""Limits by desk, strategy, client and account: the strictest one counts, and we say whose it is.

An override stands in for the limit of one subject until it expires; it alone may loosen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
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
    """What is limited; notionals in USDT, fractions between 0 and 1, multiples of equity, counts.

    The first ten are asked before an order opens anything, those of `MEASURED` each half minute.
    """

    ORDER_NOTIONAL = "order_notional"
    POSITION_NOTIONAL = "position_notional"
    LEVERAGE = "leverage"
    OPEN_POSITIONS = "open_positions"
    CONCENTRATION = "concentration"
    ORDER_RATE = "order_rate"
    DAILY_LOSS_FRACTION = "daily_loss_fraction"
    DRAWDOWN_FRACTION = "drawdown_fraction"
    MARGIN_RATIO = "margin_ratio"
    DESK_EXPOSURE = "desk_exposure"
    MARGIN_REDUCE = "margin_reduce"
    MARGIN_EXIT = "margin_exit"
    VAR_95_FRACTION = "var_95_fraction"
    CORRELATION = "correlation"
    LIQUIDITY_DAYS = "liquidity_days"
    ERROR_RATE = "error_rate"


class Response(StrEnum):
    """What a breach of a limit does, see `core.domain.breach_acts`."""

    NONE = "none"
    NOTIFY = "notify"
    PAUSE = "pause"
    HALT = "halt"
    HALVE = "halve"
    FLATTEN = "flatten"


class BreachReach(StrEnum):
    """Whom a pause or a halt of a breach stops, beginning at the account that breached."""

    ACCOUNT = "account"
    STRATEGY = "strategy"
    CLIENT = "client"
    DESK = "desk"


DEFAULTS: dict[LimitName, Decimal] = {
    LimitName.POSITION_NOTIONAL: Decimal(50_000),
    LimitName.LEVERAGE: Decimal(10),
    LimitName.DAILY_LOSS_FRACTION: Decimal("0.05"),
    LimitName.DRAWDOWN_FRACTION: Decimal("0.20"),
    LimitName.VAR_95_FRACTION: Decimal("0.10"),
    LimitName.CORRELATION: Decimal("0.80"),
    LimitName.MARGIN_RATIO: Decimal("0.50"),
    LimitName.MARGIN_REDUCE: Decimal("0.70"),
    LimitName.MARGIN_EXIT: Decimal("0.85"),
    LimitName.ERROR_RATE: Decimal("0.50"),
}
"""Hold while the desk sets nothing else; what is missing here is unlimited until someone sets it."""

MEASURED = frozenset(LimitName) - {
    LimitName.ORDER_NOTIONAL,
    LimitName.ORDER_RATE,
    LimitName.DESK_EXPOSURE,
}
"""What the half-minute's measurement compares with; the others are of single orders or the desk."""
FRACTIONS = frozenset(
    {
        LimitName.DAILY_LOSS_FRACTION,
        LimitName.DRAWDOWN_FRACTION,
        LimitName.MARGIN_RATIO,
        LimitName.MARGIN_REDUCE,
        LimitName.MARGIN_EXIT,
        LimitName.VAR_95_FRACTION,
        LimitName.CORRELATION,
        LimitName.ERROR_RATE,
    }
)
MARGIN_STEPS = frozenset({LimitName.MARGIN_RATIO, LimitName.MARGIN_REDUCE, LimitName.MARGIN_EXIT})
"""Before the exchange calls for margin: warn, reduce, exit."""
COUNTS = frozenset({LimitName.OPEN_POSITIONS, LimitName.ORDER_RATE})
DEFAULT_ORIGIN, OVERRIDE_ORIGIN = "default", "override"
OVERRIDE_FOR_MIN, OVERRIDE_FOR_MAX = timedelta(minutes=5), timedelta(days=7)
LEVERAGE_LIMIT_MAX = Decimal(125)


@dataclass(frozen=True, slots=True)
class RiskLimit:
    """One limit that somebody set.

    Attributes:
        scope_id: strategy, client or account; None for the desk.
        is_override: stands in for every other limit of the name until it expires.
        action: of a breach; None for what is usual at the limit.
        reach: whom it stops.
    """

    scope: LimitScope
    scope_id: UUID | None
    name: LimitName
    value: Decimal
    is_override: bool = False
    action: Response | None = None
    reach: BreachReach = BreachReach.ACCOUNT


@dataclass(frozen=True, slots=True)
class Effective:
    """The value that counts and where it comes from.

    Attributes:
        value: None means that nothing limits it.
        origin: "default", "override", or the scope that set it.
    """

    name: LimitName
    value: Decimal | None
    origin: str
    origin_id: UUID | None
    action: Response | None = None
    reach: BreachReach = BreachReach.ACCOUNT


@dataclass(frozen=True, slots=True)
class EffectiveLimits:
    """The values that count for one account and strategy; None means unlimited."""

    position_notional: Decimal
    leverage: Decimal
    daily_loss_fraction: Decimal
    drawdown_fraction: Decimal
    order_notional: Decimal | None = None
    desk_exposure: Decimal | None = None
    open_positions: Decimal | None = None
    concentration: Decimal | None = None
    order_rate: Decimal | None = None
    margin_ratio: Decimal | None = None


REVIEWED = frozenset(LimitName(field.name) for field in fields(EffectiveLimits))
"""What the review of an opening order asks."""


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
    elif limit.name in FRACTIONS and limit.value > 1:
        fields["value"] = "A fraction is at most 1, which means 100 %"
    elif limit.name in COUNTS and limit.value != limit.value.to_integral_value():
        fields["value"] = "A count is a whole number"
    elif limit.name is LimitName.LEVERAGE and limit.value > LEVERAGE_LIMIT_MAX:
        fields["value"] = f"Leverage is at most {LEVERAGE_LIMIT_MAX}"
    if (limit.scope is LimitScope.DESK) != (limit.scope_id is None):
        fields["scope_id"] = "Choose whose limit it is; only the desk's has nobody"
    if limit.name is LimitName.DESK_EXPOSURE and limit.scope is not LimitScope.DESK:
        fields["scope"] = "The desk's exposure is a limit of the desk"
    fields |= _check_action(limit)
    if fields:
        raise Invalid(fields)


def validate_override(expires_at: datetime, *, now: datetime) -> None:
    """Check when an override ends.

    Raises:
        Invalid: too soon, or so late that it should be a limit.
    """
    if not OVERRIDE_FOR_MIN <= expires_at - now <= OVERRIDE_FOR_MAX:
        raise Invalid({"hours": "An override lasts five minutes to seven days (168 hours)"})


def effective(limits: Iterable[RiskLimit], name: LimitName, subject: LimitSubject) -> Effective:
    """Return the value that counts for a subject: the smallest of all that apply.

    A narrower scope can only tighten. The default stands in for a desk that set nothing. An
    override stands in for all of them, the narrowest one where there are several.
    """
    best: RiskLimit | None = None
    override: RiskLimit | None = None
    is_desk_set = False
    for limit in limits:
        if limit.name is not name or not _applies(limit, subject):
            continue
        if limit.is_override:
            if override is None or _WIDTH[limit.scope] < _WIDTH[override.scope]:
                override = limit
            continue
        is_desk_set = is_desk_set or limit.scope is LimitScope.DESK
        if best is None or limit.value < best.value:
            best = limit
    if override is not None:
        return _of(override, OVERRIDE_ORIGIN)
    default = None if is_desk_set else DEFAULTS.get(name)
    if best is None or (default is not None and default < best.value):
        return Effective(name, default, DEFAULT_ORIGIN, None)
    return _of(best, best.scope.value)


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
        open_positions=value(LimitName.OPEN_POSITIONS),
        concentration=value(LimitName.CONCENTRATION),
        order_rate=value(LimitName.ORDER_RATE),
        margin_ratio=value(LimitName.MARGIN_RATIO),
    )


_WIDTH = {
    LimitScope.ACCOUNT: 0,
    LimitScope.CLIENT: 1,
    LimitScope.STRATEGY: 2,
    LimitScope.DESK: 3,
}


def _of(limit: RiskLimit, origin: str) -> Effective:
    return Effective(limit.name, limit.value, origin, limit.scope_id, limit.action, limit.reach)


def _check_action(limit: RiskLimit) -> dict[str, str]:
    if limit.action is None and limit.reach is BreachReach.ACCOUNT:
        return {}
    if limit.name not in MEASURED:
        return {"action": "This limit refuses orders; nothing is measured that it could act on"}
    if limit.name in MARGIN_STEPS:
        return {"action": "The steps of the margin ratio have actions of their own"}
    stops_more = limit.reach is not BreachReach.ACCOUNT
    if stops_more and limit.action not in {Response.PAUSE, Response.HALT}:
        return {"reach": "Only a pause or a halt may stop more than the account"}
    return {}


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
