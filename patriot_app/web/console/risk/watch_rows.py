"""Measured risk and breaches, all text."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from patriot_app.core.queries.risk_watch import BreachView, MeasuredAccount
from patriot_app.web import format
from patriot_app.web.console.risk.rows import in_words, label_of
from patriot_app.web.format import Figure, Moment
from patriot_app.web.theme import Tone

SEVERITIES: dict[str, tuple[Tone, str]] = {
    "low": ("neutral", "Low"),
    "medium": ("info", "Medium"),
    "high": ("warning", "High"),
    "critical": ("danger", "Critical"),
}
STATES: dict[str, tuple[Tone, str]] = {
    "open": ("danger", "Open"),
    "acknowledged": ("info", "Acknowledged"),
    "resolved": ("positive", "Over"),
}
RESPONSES = {
    "none": "Noted",
    "notify": "To be told",
    "pause": "Entries are to be paused",
    "halt": "Trading is to be halted",
    "halve": "Positions are to be halved",
    "flatten": "Positions are to be closed",
}


@dataclass(frozen=True, slots=True)
class BreachRow:
    """One breach."""

    id: str
    title: str
    account: str
    severity: str
    state: str
    is_open: bool
    figures: str
    call: str
    seen: str
    at: Moment


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """One account's figures."""

    id: str
    account: str
    client: str
    score: str
    value_at_risk: Figure
    shortfall: Figure
    value_at_risk_99: Figure
    correlation: str
    margin_ratio: str
    liquidity: str
    at: Moment


def breach_row(one: BreachView, *, now: datetime) -> BreachRow:
    """Show a breach."""
    seen = one.note and f"{one.acknowledged_by}: {one.note}"
    return BreachRow(
        id=str(one.id),
        title=label_of(one.name),
        account=f"{one.client} · {one.account}",
        severity=one.severity,
        state=one.state,
        is_open=one.state == "open",
        figures=f"{in_words(one.name, one.worst)} of {in_words(one.name, one.limit)}",
        call=one.did or RESPONSES.get(one.response, one.response),
        seen=f"False alarm. {seen}" if one.is_false_alarm else seen or format.EMPTY,
        at=format.moment(one.opened_at, now=now),
    )


def measured_row(one: MeasuredAccount, *, now: datetime) -> MeasuredRow:
    """Show an account's figures; what is not known is empty."""
    historical_95 = {} if one.book is None else one.book["historical_95"]
    historical_99 = {} if one.book is None else one.book["historical_99"]
    return MeasuredRow(
        id=str(one.account_id),
        account=one.account,
        client=one.client,
        score=str(one.score),
        value_at_risk=_money(historical_95.get("var")),
        shortfall=_money(historical_95.get("cvar")),
        value_at_risk_99=_money(historical_99.get("var")),
        correlation=_figure(one, "correlation"),
        margin_ratio=_figure(one, "margin_ratio"),
        liquidity=_figure(one, "liquidity_days"),
        at=format.moment(one.measured_at, now=now),
    )


def _money(value: str | None) -> Figure:
    return Figure() if value is None else format.money(Decimal(value))


def _figure(one: MeasuredAccount, name: str) -> str:
    value = one.figures.get(name)
    return format.EMPTY if value is None else in_words(name, _rounded(Decimal(value)))


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.0001"))
