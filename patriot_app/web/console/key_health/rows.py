"""The lines of the keys' health, one account's history, and what bulk checks came to; all text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.domain.key_facts import KeyIssue
from patriot_app.core.domain.lockdowns import INVESTIGATE, TITLES, LockdownRule
from patriot_app.core.queries.key_health import Asked, CheckView, KeyHealth, KeyHistory
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.parts.keys import EXCHANGES, Chip, chips, expiry_chip
from patriot_app.web.theme import Tone

Statuses = dict[str, tuple[Tone, str]]

OUTCOMES: Statuses = {
    "accepted": ("positive", "In order"),
    "warned": ("warning", "In order, with warnings"),
    "rejected": ("danger", "Refused"),
    "locked": ("danger", "Locked down"),
    "quarantined": ("danger", "Quarantined"),
    "postponed": ("warning", "The exchange did not answer"),
    "denied": ("warning", "Kept out by the exchange"),
}
ISSUES = {
    KeyIssue.MOVES_MONEY.value: "Can move money",
    KeyIssue.CANNOT_READ.value: "Cannot read",
    KeyIssue.READ_ONLY.value: "Read-only",
    KeyIssue.CANNOT_TRADE.value: "Cannot trade",
    KeyIssue.UNBOUND.value: "Any address",
    KeyIssue.ADDRESS_MISSING.value: "Our address is missing",
    KeyIssue.ADDRESS_REFUSED.value: "Our address is refused",
    KeyIssue.HEDGE_MODE.value: "Hedge mode",
    KeyIssue.ISOLATED_MARGIN.value: "Isolated margin",
    KeyIssue.PORTFOLIO_MARGIN.value: "Portfolio margin",
    KeyIssue.MULTI_ASSETS.value: "Multi-assets mode",
    KeyIssue.NOT_UNIFIED.value: "Not unified",
    KeyIssue.EXPIRED.value: "Expired",
    KeyIssue.EXPIRES_SOON.value: "Expires soon",
    KeyIssue.UNKNOWN_KEY.value: "Unknown to the exchange",
    KeyIssue.WRONG_SECRET.value: "Wrong secret",
    KeyIssue.ACCOUNT_TAKEN.value: "Account taken",
    KeyIssue.OTHER_ACCOUNT.value: "Another account",
    KeyIssue.RENEWAL_DUE.value: "To be renewed",
}
LOCKED: Statuses = {"yes": ("danger", "Locked down")}


@dataclass(frozen=True, slots=True)
class HealthRow:
    """One account with its key.

    Attributes:
        result: what the check that was asked for came to; "" if none was.
    """

    id: str = ""
    label: str = ""
    client: str = ""
    exchange: str = ""
    mode: str = ""
    state: str = "none"
    masked: str = ""
    locked: str = ""
    rule: str = ""
    lockdown_id: str = ""
    ask_about: str = ""
    age: str = format.EMPTY
    expires: str = ""
    expires_tone: str = "neutral"
    checked: Moment = field(default_factory=Moment)
    issues: str = ""
    error: str = ""
    advice: list[str] = field(default_factory=list)
    rights: list[Chip] = field(default_factory=list)
    result: str = ""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """Looks that came to the same."""

    id: str
    outcome: str
    found: str
    times: str
    last: Moment


def health_row(key: KeyHealth, *, now: datetime, result: str = "") -> HealthRow:
    """Show one account with its key."""
    findings = key.findings or ()
    expiry = expiry_chip(key.expires_at, now=now) if key.key_id is not None else Chip("", "", "")
    is_locked = key.lockdown_id is not None
    return HealthRow(
        id=str(key.id),
        label=key.label,
        client=key.client,
        exchange=EXCHANGES.get(key.exchange, key.exchange),
        mode=key.mode,
        state=key.key_status,
        masked=key.masked_key,
        locked="yes" if is_locked else "",
        rule=TITLES[LockdownRule(key.lockdown_rule)] if is_locked else "",
        lockdown_id=str(key.lockdown_id) if is_locked else "",
        ask_about=INVESTIGATE[LockdownRule(key.lockdown_rule)] if is_locked else "",
        age=_age(key.connected_at, now=now),
        expires=expiry.text,
        expires_tone=expiry.tone,
        checked=format.moment(key.checked_at, now=now),
        issues=", ".join(ISSUES.get(one["issue"], one["issue"]) for one in findings),
        error=_error(key),
        advice=[f"{one['says']} {one['do_next']}" for one in findings],
        rights=chips(key.permissions or {}, expires_at=key.expires_at, now=now),
        result=result,
    )


def result_text(asked: Asked | None) -> str:
    """Say what a check that was asked for came to."""
    if asked is None or asked.status in {"pending", "claimed"}:
        return "Being checked"
    if asked.status != "succeeded":
        return asked.error or f"The check {asked.status}"
    if asked.result.get("waiting"):
        return "The exchange did not answer"
    if asked.result.get("admitted"):
        warnings = len(asked.result.get("warnings") or ())
        return f"In order, {format.plural(warnings, 'warning')}" if warnings else "In order"
    return " ".join(asked.result.get("refusals") or ()) or "Not usable"


def progress_text(results: Mapping[str, str]) -> str:
    """Say how far the checks that were asked for are."""
    if not results:
        return ""
    open_ones = sum(result == "Being checked" for result in results.values())
    good = sum(result.startswith("In order") for result in results.values())
    done = len(results) - open_ones
    return f"{done} of {len(results)} checked, {good} in order, {done - good} not"


def check_rows(history: KeyHistory, *, now: datetime) -> list[CheckRow]:
    """Show the looks at an account's keys."""
    return [
        CheckRow(
            id=f"{number}",
            outcome=check.outcome,
            found=_found(check),
            times=format.plural(check.times, "time"),
            last=format.moment(check.last_at, now=now),
        )
        for number, check in enumerate(history.checks)
    ]


def investigation(history: KeyHistory, *, now: datetime) -> list[TimelineEntry]:
    """Show lockdowns, what people found out, and how they decided."""
    found: list[tuple[datetime, TimelineEntry]] = []
    for one in history.lockdowns:
        title = TITLES[LockdownRule(one.rule)]
        opened = TimelineEntry(
            id=f"open-{one.id}",
            title=f"Locked down: {title}",
            detail=one.facts,
            tone="danger",
            at=format.moment(one.opened_at, now=now),
        )
        found.append((one.opened_at, opened))
        if one.closed_at is not None:
            ended = TimelineEntry(
                id=f"end-{one.id}",
                title=f"{one.state.capitalize()} by {one.closed_by or 'somebody'}",
                detail=one.resolution,
                tone="positive" if one.state == "restored" else "warning",
                at=format.moment(one.closed_at, now=now),
            )
            found.append((one.closed_at, ended))
    for number, note in enumerate(history.notes):
        entry = TimelineEntry(
            id=f"note-{number}",
            title=f"Note by {note.by or 'somebody'}",
            detail=note.note,
            at=format.moment(note.at, now=now),
        )
        found.append((note.at, entry))
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _age(connected_at: datetime | None, *, now: datetime) -> str:
    return format.EMPTY if connected_at is None else format.plural((now - connected_at).days, "day")


def _error(key: KeyHealth) -> str:
    if key.next_try_at is not None and key.key_status in {"waiting", "verified"}:
        return f"{key.last_error} Tried again at {key.next_try_at:%H:%M:%S} UTC.".strip()
    return key.last_error


def _found(check: CheckView) -> str:
    return ", ".join(ISSUES.get(one["issue"], one["issue"]) for one in check.findings) or "Nothing"
