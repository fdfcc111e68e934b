"""Signals with what became of them: as rows, and as a bar with words."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import reflex as rx

from patriot_app.core.queries.signals import OutcomeCounts, SignalSummary
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.kit import Share, layout, progress_bar
from patriot_app.web.parts.prices import basis_points, shown_price
from patriot_app.web.theme import Tone

ACTIONS: dict[str, tuple[Tone, str]] = {
    "open_long": ("positive", "Open long"),
    "open_short": ("negative", "Open short"),
    "close": ("neutral", "Close"),
}
OUTCOMES: dict[str, tuple[Tone, str]] = {
    "filled": ("positive", "Filled"),
    "partial": ("accent", "Partial"),
    "working": ("accent", "Working"),
    "pending": ("info", "Pending"),
    "skipped": ("neutral", "Skipped"),
    "denied": ("warning", "Denied"),
    "expired": ("neutral", "Expired"),
    "superseded": ("neutral", "Superseded"),
    "cancelled": ("neutral", "Cancelled"),
    "unknown": ("danger", "Unknown"),
    "failed": ("danger", "Failed"),
}
OUTCOMES_IN_CELL = 4


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One signal and its fan-out.

    Attributes:
        parts: shares of the accounts by outcome, for a bar.
        outcomes: the same in words; `outcomes_short` fits a cell.
    """

    id: str = ""
    deployment: str = ""
    origin: str = ""
    strategy: str = ""
    author: str = ""
    symbol: str = ""
    action: str = ""
    price: str = ""
    stop: str = ""
    target: str = ""
    explanation: str = ""
    bar: str = ""
    accounts: str = ""
    parts: list[Share] = field(default_factory=list)
    outcomes: str = ""
    outcomes_short: str = ""
    progress: str = ""
    latency: str = ""
    p50: str = ""
    p95: str = ""
    dispersion: str = ""
    at: Moment = field(default_factory=Moment)


def signal_row(signal: SignalSummary, *, now: datetime) -> SignalRow:
    """Show one signal."""
    p50 = format.milliseconds(_float(signal.latency_p50_ms))
    p95 = format.milliseconds(_float(signal.latency_p95_ms))
    return SignalRow(
        id=str(signal.id),
        deployment=signal.deployment,
        origin=f"{signal.deployment} · {signal.published_by}"
        if signal.published_by
        else signal.deployment,
        strategy=f"{signal.strategy} v{signal.version}",
        author=signal.published_by or "Strategy",
        symbol=signal.symbol,
        action=signal.action,
        price=shown_price(signal.reference_price),
        stop=shown_price(signal.stop_loss),
        target=shown_price(signal.take_profit),
        explanation=signal.explanation,
        bar=f"{signal.bar_closed_at:%Y-%m-%d %H:%M} UTC",
        accounts=format.plural(signal.counts.accounts, "account"),
        parts=shares(signal.counts),
        outcomes=outcome_words(signal.counts),
        outcomes_short=outcome_words(signal.counts, limit=OUTCOMES_IN_CELL),
        progress=f"{format.count(signal.counts.filled)} / {format.count(signal.counts.accounts)}",
        latency=_pair(p50, p95),
        p50=p50,
        p95=p95,
        dispersion=basis_points(signal.dispersion_bps),
        at=format.moment(signal.created_at, now=now),
    )


def shares(counts: OutcomeCounts) -> list[Share]:
    """Return the bar of a fan-out: one part per outcome that occurs."""
    whole = counts.accounts
    return [
        Share(percent=f"{getattr(counts, name) * 100 / whole:.2f}%", tone=tone)
        for name, (tone, _) in OUTCOMES.items()
        if whole and getattr(counts, name)
    ]


def outcome_words(counts: OutcomeCounts, *, limit: int = len(OUTCOMES)) -> str:
    """Return "281 filled · 12 skipped · 3 denied", beyond the limit how many accounts more."""
    found = [(getattr(counts, name), text.lower()) for name, (_, text) in OUTCOMES.items()]
    occurring = [(number, text) for number, text in found if number]
    rest = sum(number for number, _ in occurring[limit:])
    shown = occurring[:limit] + ([(rest, "more")] if rest else [])
    return " · ".join(f"{format.count(number)} {text}" for number, text in shown)


def outcome_bar(row: Any) -> rx.Component:
    """Show what became of a signal's accounts, as a bar and in words.

    Args:
        row: a var of `SignalRow`.
    """
    return layout(
        "stack-small",
        progress_bar(row.parts, label=row.outcomes),
        rx.el.small(row.outcomes_short),
    )


def _pair(first: str, second: str) -> str:
    """Return "106 / 158 ms", the unit once where both have the same."""
    if first == second == format.EMPTY:
        return format.EMPTY
    unit = " ms"
    same = first.endswith(unit) and second.endswith(unit)
    return f"{first.removesuffix(unit) if same else first} / {second}"


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
