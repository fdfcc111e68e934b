"""The desk's totals, its inbox and its daemons, all text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from patriot_app.core.queries.exceptions import ExceptionView
from patriot_app.core.queries.overview import Beat, Overview
from patriot_app.core.queries.system import MarketTime, Readiness
from patriot_app.web import format, routes
from patriot_app.web.format import Figure, Moment
from patriot_app.web.parts.machinery import BEAT_LATE_S, market_hint, ready_hint
from patriot_app.web.theme import Tone

GONE_S = 3_600
DETAIL_LENGTH = 44
_LARGE = Decimal(100_000)
SEVERITIES: dict[str, tuple[Tone, str]] = {
    "critical": ("danger", "Critical"),
    "warning": ("warning", "Warning"),
    "notice": ("info", "Notice"),
    "info": ("neutral", "Info"),
}
PLACES = {
    "unprotected": routes.POSITIONS,
    "difference": routes.POSITIONS,
    "parked": routes.RECONCILIATION,
    "cold": routes.RECONCILIATION,
    "discrepancy": routes.RECONCILIATION,
    "unknown_order": routes.ORDERS,
    "command": routes.SYSTEM,
    "job": routes.SYSTEM,
}

_LONG_ID = re.compile(r"\bptp[0-9a-z]{20,}(-\d+)?")


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures at the top of the overview; each with what it covers.

    Attributes:
        stale: why the figures are old; empty: they are not.
    """

    equity: Figure = field(default_factory=Figure)
    equity_hint: str = ""
    day: Figure = field(default_factory=Figure)
    day_return: Figure = field(default_factory=Figure)
    net: Figure = field(default_factory=Figure)
    net_hint: str = ""
    gross: Figure = field(default_factory=Figure)
    gross_hint: str = ""
    unrealised: Figure = field(default_factory=Figure)
    unrealised_hint: str = ""
    margin: Figure = field(default_factory=Figure)
    margin_hint: str = ""
    drawdown: Figure = field(default_factory=Figure)
    running: str = ""
    running_hint: str = ""
    unprotected: Figure = field(default_factory=Figure)
    unprotected_hint: str = ""
    stale: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """Daemon, accounts and market clock in one line each."""

    daemon: Figure = field(default_factory=Figure)
    daemon_hint: str = ""
    ready: Figure = field(default_factory=Figure)
    ready_hint: str = ""
    market: str = ""
    market_hint: str = ""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """Something that needs a person."""

    id: str
    severity: str
    title: str
    detail: str
    href: str
    since: Moment


def totals(overview: Overview, *, now: datetime) -> Totals:
    """Show the desk's money."""
    since = format.moment(overview.unprotected_since, now=now).ago
    missing = overview.unprotected_positions
    return Totals(
        equity=format.money(overview.equity, places=0 if overview.equity >= _LARGE else 2),
        equity_hint=(
            f"{format.plural(overview.clients, 'client')}, "
            f"{format.plural(overview.accounts, 'account')}"
        ),
        day=format.profit(overview.day_profit),
        day_return=format.change(overview.day_return),
        net=format.money(overview.net_exposure, places=0),
        net_hint=(
            f"long {format.grouped(overview.long_exposure, places=0)}, "
            f"short {format.grouped(overview.short_exposure, places=0)}"
        ),
        gross=format.money(overview.gross_exposure, places=0),
        gross_hint=_leverage(overview),
        unrealised=format.profit(overview.unrealised_pnl),
        unrealised_hint=format.plural(overview.open_positions, "open position"),
        margin=format.money(overview.available_balance, places=0),
        margin_hint=f"{format.grouped(overview.initial_margin, places=0)} used as margin",
        drawdown=format.rate(overview.drawdown_fraction),
        running=format.count(overview.running_deployments),
        running_hint=f"{format.count(overview.working_orders)} orders working"
        + (f", {overview.paused_deployments} paused" if overview.paused_deployments else ""),
        unprotected=Figure(text=format.count(missing), tone="negative" if missing else "positive"),
        unprotected_hint=f"longest for {since.removesuffix(' ago')}"
        if missing
        else "every wanted stop is live",
        stale=stale_text(overview),
    )


def stale_text(overview: Overview) -> str:
    """Say how many accounts' figures are old."""
    if not overview.stale_accounts:
        return ""
    verb = "is" if overview.stale_accounts == 1 else "are"
    return (
        f"The figures of {format.plural(overview.stale_accounts, 'account')} {verb} older than "
        "30 s; totals contain their last known values."
    )


def machine(beats: Sequence[Beat], readiness: Readiness, market: MarketTime) -> Machine:
    """Show whether everything that must run runs."""
    return Machine(
        daemon=daemon_figure(beats),
        daemon_hint=daemon_hint(beats),
        ready=Figure(
            text=f"{format.count(readiness.ready)} / {format.count(readiness.accounts)}",
            tone="neutral" if readiness.ready == readiness.accounts else "warning",
        ),
        ready_hint=ready_hint(readiness),
        market=f"{market.now:%d %b %H:%M}",
        market_hint=market_hint(market),
    )


def daemon_figure(beats: Sequence[Beat]) -> Figure:
    """Show the age of the newest sign of life."""
    newest = _newest(beats)
    if newest is None:
        return Figure(text="Never seen", tone="negative")
    is_late = newest.age_s > BEAT_LATE_S
    return Figure(
        text="Silent" if is_late else "Running", tone="negative" if is_late else "positive"
    )


def daemon_hint(beats: Sequence[Beat]) -> str:
    """Say who beat last and whether others have gone silent."""
    newest = _newest(beats)
    if newest is None:
        return "start it: nothing trades"
    silent = sum(1 for beat in beats if BEAT_LATE_S < beat.age_s < GONE_S)
    others = f", {silent} other silent" if silent and newest.age_s <= BEAT_LATE_S else ""
    return f"{newest.process}, beat {format.relative(float(newest.age_s))}{others}"


def inbox_row(number: int, item: ExceptionView, *, now: datetime) -> InboxRow:
    """Show something that needs a person."""
    who = item.client or item.account
    told = f"{who} · {item.detail}" if who and item.detail else who or item.detail
    return InboxRow(
        id=str(number),
        severity=item.severity,
        title=_LONG_ID.sub(_tail, item.title),
        detail=told if len(told) <= DETAIL_LENGTH else f"{told[: DETAIL_LENGTH - 1]}…",
        href=_place_of(item),
        since=format.moment(item.since, now=now),
    )


def _tail(found: re.Match[str]) -> str:
    return format.short_id(found.group())


def _place_of(item: ExceptionView) -> str:
    place = PLACES.get(item.kind, routes.ACCOUNTS)
    if item.kind == "unknown_order":
        return routes.open_row(place, str(item.subject_id))
    if place in {routes.POSITIONS, routes.RECONCILIATION}:
        return routes.with_query(place, account_id=str(item.account_id))
    if place == routes.ACCOUNTS and item.account_id is not None:
        return routes.open_row(place, str(item.account_id))
    return place


def _leverage(overview: Overview) -> str:
    if overview.equity <= 0:
        return format.EMPTY
    ratio = (overview.gross_exposure / overview.equity).quantize(
        Decimal("0.01"), rounding=ROUND_HALF_EVEN
    )
    return f"{format.exact(ratio)} times the equity"


def _newest(beats: Sequence[Beat]) -> Beat | None:
    return min(beats, key=lambda beat: beat.age_s, default=None)
