"""Limits, their effective values and origins, halts and denials, all text."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from patriot_app.core.domain.limit_words import LABELS
from patriot_app.core.domain.risk_limits import COUNTS, FRACTIONS, Effective, LimitName
from patriot_app.core.queries.risk import DenialCount, LimitView, Usage
from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.theme import Tone

LIMITS = {name.value: label for name, label in LABELS.items()}
HINTS = {
    LimitName.ORDER_NOTIONAL.value: "USDT of one order",
    LimitName.POSITION_NOTIONAL.value: "USDT of one position",
    LimitName.LEVERAGE.value: "a multiple",
    LimitName.OPEN_POSITIONS.value: "contracts held at once by an account",
    LimitName.CONCENTRATION.value: "one position as a multiple of equity, 0.3 is 30 %",
    LimitName.ORDER_RATE.value: "opening orders of an account within a minute",
    LimitName.DAILY_LOSS_FRACTION.value: "a fraction, 0.05 is 5 %",
    LimitName.DRAWDOWN_FRACTION.value: "a fraction, 0.2 is 20 %",
    LimitName.MARGIN_RATIO.value: "maintenance margin over equity, 0.5 is 50 %: no entries above",
    LimitName.DESK_EXPOSURE.value: "USDT of all positions together",
    LimitName.MARGIN_REDUCE.value: "a fraction: positions are halved above it",
    LimitName.MARGIN_EXIT.value: "a fraction: positions are closed above it",
    LimitName.VAR_95_FRACTION.value: "of equity, over a day, 0.1 is 10 %",
    LimitName.CORRELATION.value: "between two positions of 30 % of equity or more each, 0.8 is 80 %",
    LimitName.LIQUIDITY_DAYS.value: "days to close at a tenth of the volume",
    LimitName.ERROR_RATE.value: "of the last ten minutes' orders, 0.5 is 50 %",
}
ORIGINS: dict[str, tuple[Tone, str]] = {
    "default": ("neutral", "Default"),
    "override": ("warning", "Override"),
    "desk": ("accent", "Desk"),
    "strategy": ("info", "Strategy"),
    "client": ("info", "Client"),
    "account": ("info", "Account"),
    "exchange": ("info", "Exchange"),
}


@dataclass(frozen=True, slots=True)
class EffectiveRow:
    """The value that counts, and whose it is."""

    id: str
    label: str
    value: Figure
    origin: str


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit that somebody set; `key` is scope, subject, name and whether it is an override."""

    id: str
    key: str
    label: str
    scope: str
    subject: str
    value: Figure
    reason: str
    set_by: str
    at: Moment


@dataclass(frozen=True, slots=True)
class DenialRow:
    """How often one rule said no."""

    id: str
    code: str
    denials: str
    accounts: str
    example: str
    at: Moment


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One account beside its limits."""

    id: str = ""
    account: str = ""
    client: str = ""
    exchange: str = ""
    equity: Figure = field(default_factory=Figure)
    gross: Figure = field(default_factory=Figure)
    position: Figure = field(default_factory=Figure)
    position_limit: str = ""
    leverage: str = ""
    leverage_limit: str = ""
    loss: Figure = field(default_factory=Figure)
    loss_limit: str = ""
    drawdown: Figure = field(default_factory=Figure)
    drawdown_limit: str = ""


def effective_row(one: Effective) -> EffectiveRow:
    """Show one effective limit."""
    return EffectiveRow(
        id=one.name.value,
        label=LIMITS[one.name.value],
        value=value_of(one.name.value, one.value),
        origin=one.origin,
    )


def limit_row(one: LimitView, *, now: datetime) -> LimitRow:
    """Show one limit."""
    left = "" if one.expires_at is None else f" · override, {until_text(one.expires_at, now)}"
    return LimitRow(
        id=str(one.id),
        key=key_of(one),
        label=f"{label_of(one.name)}{left}",
        scope=one.scope,
        subject=one.subject or "The whole desk",
        value=value_of(one.name, one.value),
        reason=one.reason or format.EMPTY,
        set_by=one.set_by or format.EMPTY,
        at=format.moment(one.set_at, now=now),
    )


def denial_row(one: DenialCount, *, now: datetime) -> DenialRow:
    """Show how often a rule said no."""
    return DenialRow(
        id=one.reason_code,
        code=one.reason_code,
        denials=format.count(one.denials),
        accounts=format.count(one.accounts),
        example=one.example or format.EMPTY,
        at=format.moment(one.last_at, now=now),
    )


def usage_row(one: Usage) -> UsageRow:
    """Show one account's exposure beside what it may have."""
    limits = {item.name.value: item for item in one.limits}
    leverage = format.EMPTY if one.leverage is None else f"{one.leverage:.2f}×"
    return UsageRow(
        id=str(one.account_id),
        account=one.account,
        client=one.client,
        exchange=f"{one.exchange.capitalize()} · {one.mode}",
        equity=format.money(one.equity),
        gross=format.money(one.gross_notional),
        position=_used(one.largest_position, limits[LimitName.POSITION_NOTIONAL]),
        position_limit=_of(limits[LimitName.POSITION_NOTIONAL]),
        leverage=leverage,
        leverage_limit=_of(limits[LimitName.LEVERAGE]),
        loss=_share(one.day_loss_fraction, limits[LimitName.DAILY_LOSS_FRACTION]),
        loss_limit=_of(limits[LimitName.DAILY_LOSS_FRACTION]),
        drawdown=_share(one.drawdown_fraction, limits[LimitName.DRAWDOWN_FRACTION]),
        drawdown_limit=_of(limits[LimitName.DRAWDOWN_FRACTION]),
    )


def value_of(name: str, value: Decimal | None) -> Figure:
    """Show a limit's value in its unit."""
    if value is None:
        return Figure(text="Unlimited")
    if name in FRACTIONS:
        return format.rate(value)
    if name in {LimitName.LEVERAGE.value, LimitName.CONCENTRATION.value}:
        return Figure(text=f"{format.exact(value)}×")
    if name in COUNTS:
        return Figure(text=f"{value:.0f}")
    if name == LimitName.LIQUIDITY_DAYS.value:
        return Figure(text=format.exact(value), unit="days")
    return format.money(value, places=0 if value == value.to_integral_value() else 2)


def key_of(one: LimitView) -> str:
    """Return what makes a limit the one it is."""
    override = "override" if one.is_override else ""
    return f"{one.scope}|{one.scope_id}|{one.name}|{override}"


def label_of(name: str) -> str:
    """Return what people call a limit."""
    return LIMITS.get(name, name)


def in_words(name: str, value: Decimal) -> str:
    """Return a limit's value with its unit, for a sentence."""
    figure = value_of(name, value)
    return f"{figure.text} {figure.unit}".strip()


def until_text(expires_at: datetime, now: datetime) -> str:
    """Say how long an override still binds."""
    minutes = max(1, round((expires_at - now).total_seconds() / 60))
    return f"{minutes} min left" if minutes < 120 else f"{round(minutes / 60)} h left"


def clear_text(row: LimitRow) -> str:
    """Say what clearing a limit does."""
    return (
        f"{row.label} of {row.subject} is {row.value.text} {row.value.unit}; without it the wider"
        " scope's counts, and the next order may be larger."
    )


def _of(limit: Effective) -> str:
    figure = value_of(limit.name.value, limit.value)
    unit = " %" if figure.unit == "%" else ""
    origin = ORIGINS.get(limit.origin, ("neutral", limit.origin))[1]
    return f"of {figure.text}{unit} · {origin.lower()}"


def _used(value: Decimal, limit: Effective) -> Figure:
    figure = format.money(value)
    return _toned(figure, value, limit)


def _share(value: Decimal | None, limit: Effective) -> Figure:
    return Figure() if value is None else _toned(format.rate(value), value, limit)


def _toned(figure: Figure, value: Decimal, limit: Effective) -> Figure:
    """Mark what is near its limit: from 80 % of it a warning, at it a danger."""
    if limit.value is None or value < limit.value * Decimal("0.8"):
        return figure
    tone = "danger" if value >= limit.value else "warning"
    return Figure(text=figure.text, unit=figure.unit, tone=tone)
