"""The accounts' lines and one account's facts, all text."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from patriot_app.core.queries.accounts import AccountDetail, AccountSummary
from patriot_app.core.queries.reconciliation import SyncRunView
from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.parts.keys import EXCHANGES, KeyRow, expiry_chip, key_row
from patriot_app.web.theme import Tone

MISSING_KEYS = {
    "": "Connect a key first",
    "rejected": "Its key was refused; connect another one",
    "quarantined": "Its key is no longer trusted; connect another one",
    "revoked": "Its key was revoked; connect another one",
}
STALE_AFTER = timedelta(seconds=30)
MONEY: dict[str, tuple[Tone, str]] = {
    "fresh": ("positive", "Live"),
    "stale": ("warning", "Stale"),
    "never": ("neutral", "Never read"),
}
RUN_STATES: dict[str, tuple[Tone, str]] = {
    "pending": ("neutral", "Waiting"),
    "claimed": ("info", "Starting"),
    "running": ("info", "Reading"),
    "succeeded": ("positive", "Done"),
    "failed": ("danger", "Failed"),
    "expired": ("danger", "Nobody took it"),
}
READINESS: dict[str, tuple[Tone, str]] = {
    "ready": ("positive", "Ready"),
    "waiting": ("info", "Preparing"),
    "parked": ("danger", "Parked"),
    "off": ("neutral", "Off"),
}


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One line of the table.

    Attributes:
        readiness: whether it could trade now, and `why` if not.
        money: "fresh", "stale" or "never".
    """

    id: str = ""
    label: str = ""
    client_id: str = ""
    client: str = ""
    exchange: str = ""
    mode: str = ""
    status: str = ""
    reason: str = ""
    readiness: str = "waiting"
    why: str = ""
    key: str = "none"
    key_id: str = ""
    masked: str = ""
    key_checked: Moment = field(default_factory=Moment)
    expiry: str = ""
    expiry_tone: str = "neutral"
    equity: Figure = field(default_factory=Figure)
    day: Figure = field(default_factory=Figure)
    available: Figure = field(default_factory=Figure)
    unrealised: Figure = field(default_factory=Figure)
    margin: Figure = field(default_factory=Figure)
    drawdown: Figure = field(default_factory=Figure)
    positions: str = ""
    unprotected: str = ""
    money: str = "never"
    observed: Moment = field(default_factory=Moment)
    stream: Moment = field(default_factory=Moment)
    sync_error: str = ""


@dataclass(frozen=True, slots=True)
class SyncRow:
    """One reading of the account that somebody asked for."""

    id: str
    kind: str
    state: str
    read: str
    found: str
    by: str
    duration: str
    at: Moment


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What the drawer states beside the row."""

    uid: str = ""
    address: str = ""
    bound_address: str = ""
    shard: str = ""
    opened: Moment = field(default_factory=Moment)
    maintenance: Figure = field(default_factory=Figure)
    peak: Figure = field(default_factory=Figure)
    flows: Figure = field(default_factory=Figure)
    ledger: str = ""
    tie_out: str = ""


def sync_row(run: SyncRunView, *, now: datetime) -> SyncRow:
    """Show one reading: what was read, what differed, what was changed."""
    report = run.report
    read = ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in (report.get("read") or {}).items()
        if value is not None and not isinstance(value, bool)
    )
    differed, changed = report.get("differed") or [], report.get("changed") or []
    told = [*[f"Differs: {each}" for each in differed], *changed]
    found = run.error or "; ".join(told)
    if not found and run.state == "succeeded":
        found = "Nothing differed, nothing changed"
    seconds = report.get("duration_s")
    return SyncRow(
        id=str(run.id),
        kind="Full" if run.kind == "full" else "Incremental",
        state=run.state,
        read=read or format.EMPTY,
        found=found or format.EMPTY,
        by=run.requested_by,
        duration=format.EMPTY if seconds is None else f"{seconds:.1f} s",
        at=format.moment(run.started_at, now=now),
    )


def account_row(account: AccountSummary, *, now: datetime) -> AccountRow:
    """Show one account."""
    readiness, why = _readiness(account)
    chip = expiry_chip(account.key_expires_at, now=now)
    return AccountRow(
        id=str(account.id),
        label=account.label,
        client_id=str(account.client_id),
        client=account.client_name,
        exchange=EXCHANGES.get(account.exchange, account.exchange),
        mode=account.mode,
        status=account.status,
        reason=account.status_reason,
        readiness=readiness,
        why=why,
        key=account.key_status or "none",
        key_id=str(account.credential_id or ""),
        masked=account.masked_key,
        key_checked=format.moment(account.key_checked_at, now=now),
        expiry=chip.text if chip.tone != "neutral" else "",
        expiry_tone=chip.tone,
        equity=format.money(account.equity),
        day=format.profit(account.day_profit),
        available=format.money(account.available_balance),
        unrealised=format.profit(account.unrealised_pnl),
        margin=format.money(account.initial_margin),
        drawdown=format.rate(account.drawdown_fraction),
        positions=format.count(account.open_positions),
        unprotected=_unprotected(account.unprotected_positions),
        money=_freshness(account, now=now),
        observed=format.moment(account.observed_at, now=now),
        stream=format.moment(account.stream_at, now=now),
        sync_error=account.sync_error,
    )


def account_facts(detail: AccountDetail, *, now: datetime) -> AccountFacts:
    """Show the rest of one account."""
    return AccountFacts(
        uid=detail.exchange_uid or format.EMPTY,
        address=detail.source_address or "The machine's own",
        bound_address=detail.source_address,
        shard=str(detail.summary.shard),
        opened=format.moment(detail.summary.created_at, now=now),
        maintenance=format.money(detail.maintenance_margin),
        peak=format.money(detail.peak_equity),
        flows=format.profit(detail.net_flows),
        ledger=f"{detail.complete_until:%Y-%m-%d %H:%M} market time"
        if detail.complete_until
        else "Never read",
        tie_out=_tie_out(detail),
    )


def key_rows(detail: AccountDetail, *, now: datetime) -> list[KeyRow]:
    """Show an account's keys, newest first."""
    return [key_row(key, now=now) for key in detail.keys]


def _readiness(account: AccountSummary) -> tuple[str, str]:
    if account.parked_reason:
        return "parked", account.parked_reason
    if account.status != "active":
        return "off", account.status_reason
    if account.is_ready:
        return "ready", ""
    missing = MISSING_KEYS.get(account.key_status)
    reason = account.not_ready_reason or "The daemon has not read this account yet"
    return "waiting", missing or reason


def _freshness(account: AccountSummary, *, now: datetime) -> str:
    if account.observed_at is None:
        return "never"
    return "fresh" if now - account.observed_at <= STALE_AFTER else "stale"


def _unprotected(count: int) -> str:
    return f"{format.plural(count, 'position')} without a live stop" if count else ""


def _tie_out(detail: AccountDetail) -> str:
    if detail.tie_out_difference is None:
        return "Not compared yet"
    if detail.tie_out_difference == 0:
        return "Wallet and ledger tie to the last digit"
    return f"The wallet differs from its ledger by {format.exact(detail.tie_out_difference)}"
