"""A closed month as text: what it came to, and the statement from one equity to the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from patriot_app.core.domain.invoices import FeePeriodStatus
from patriot_app.core.queries.fee_periods import FeePeriodView, Statement
from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.theme import Tone

STATUSES: dict[str, tuple[Tone, str]] = {
    FeePeriodStatus.OPEN: ("neutral", "Not computed yet"),
    FeePeriodStatus.SUSPECT_INCOMPLETE: ("warning", "Held"),
    FeePeriodStatus.EMPTY: ("neutral", "No fee"),
    FeePeriodStatus.DRAFT: ("info", "Draft"),
    FeePeriodStatus.FINALISED: ("positive", "Final"),
    FeePeriodStatus.VOIDED: ("warning", "Taken back"),
}
LINES = {
    "deposits": "Deposits",
    "withdrawals": "Withdrawals",
    "realised": "Realised profit",
    "funding": "Funding",
    "commission": "Commission of the exchange",
    "in_transit": "On its way between accounts",
    "other": "Bonuses and other credits",
    "unrealised_change": "Change of open profit",
}
_FLOWS = frozenset({"deposits", "withdrawals", "in_transit"})
"""Neither gain nor loss."""
_ALWAYS_SHOWN = frozenset({"deposits", "withdrawals", "realised"})


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One step of a statement."""

    id: str
    label: str
    note: str
    amount: Figure


@dataclass(frozen=True, slots=True)
class StatementAccount:
    """One account's share of a month."""

    id: str
    label: str
    exchange: str
    opening: Figure
    performance: Figure
    closing: Figure
    rows: str
    difference: str
    digest: str


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month of one mandate."""

    id: str = ""
    month: str = ""
    days: str = ""
    mandate: str = ""
    mandate_id: str = ""
    client: str = ""
    client_id: str = ""
    status: str = ""
    kind: str = ""
    reasons: list[str] = field(default_factory=list)
    reason: str = ""
    net_profit: Figure = field(default_factory=Figure)
    mark: Figure = field(default_factory=Figure)
    base: Figure = field(default_factory=Figure)
    rate: Figure = field(default_factory=Figure)
    fee: Figure = field(default_factory=Figure)
    invoice: str = ""
    invoice_id: str = ""
    computed: Moment = field(default_factory=Moment)


def month_row(one: FeePeriodView, *, now: datetime) -> MonthRow:
    """Show one month; its days are the mandate's own."""
    unit = one.currency
    reasons = [text for text in one.status_reason.split("; ") if text]
    return MonthRow(
        id=str(one.id),
        month=month_name(one.starts_at, one.ends_at, zone=one.time_zone),
        days=days(one.starts_at, one.ends_at, zone=one.time_zone),
        mandate=one.mandate,
        mandate_id=str(one.mandate_id),
        client=one.client,
        client_id=str(one.client_id),
        status=one.status.value,
        kind="billable" if one.is_billable else "proforma",
        reasons=reasons,
        reason=format.joined(reasons, limit=1) if reasons else "",
        net_profit=format.profit(one.net_profit, unit=unit),
        mark=format.money(one.high_water_mark_before, unit=unit),
        base=format.money(one.base, unit=unit),
        rate=format.rate(one.rate),
        fee=format.money(one.fee, unit=unit),
        invoice=one.invoice or "",
        invoice_id=str(one.invoice_id or ""),
        computed=format.moment(one.computed_at, now=now),
    )


def month_name(starts_at: datetime, ends_at: datetime, *, zone: str) -> str:
    """Return "May 2026" as the zone's calendar counts it."""
    return f"{(ends_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone)):%B %Y}"


def days(starts_at: datetime, ends_at: datetime, *, zone: str) -> str:
    """Return the first and the last day of a period in its zone."""
    first = starts_at.astimezone(ZoneInfo(zone))
    last = (ends_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, {zone}"


def bridge_lines(statement: Statement) -> list[StatementLine]:
    """Show how one equity became the other; lines of nothing are left out."""
    told = statement.evidence
    if told is None:
        return []
    unit = statement.period.currency
    lines = [_line("opening", "Opening equity", told["opening_equity"], unit=unit)]
    lines += [
        _change(name, label, told["lines"][name], unit=unit)
        for name, label in LINES.items()
        if name in _ALWAYS_SHOWN or Decimal(told["lines"][name])
    ]
    return [*lines, _line("closing", "Closing equity", told["closing_equity"], unit=unit)]


def fee_lines(one: FeePeriodView) -> list[StatementLine]:
    """Show how the fee comes about."""
    if one.fee is None:
        return []
    unit = one.currency
    return [
        StatementLine(
            "m",
            "Net profit M",
            "Since the mandate began, deposits and withdrawals left out",
            format.profit(one.net_profit, unit=unit),
        ),
        StatementLine(
            "h",
            "High-water mark H",
            "The highest M that was ever charged",
            format.money(one.high_water_mark_before, unit=unit),
        ),
        StatementLine("base", "Base", "M above H", format.money(one.base, unit=unit)),
        StatementLine("rate", "Rate", "", format.rate(one.rate)),
        StatementLine("fee", "Fee", "Rounded down to the cent", format.money(one.fee, unit=unit)),
        StatementLine(
            "after",
            "High-water mark after",
            "Once the month is final",
            format.money(one.high_water_mark_after, unit=unit),
        ),
    ]


def account_rows(statement: Statement) -> list[StatementAccount]:
    """Show each account's share, with the digest of its ledger rows."""
    told = statement.evidence
    unit = statement.period.currency
    return [] if told is None else [_account(one, unit=unit) for one in told["accounts"]]


def _account(one: Mapping[str, Any], *, unit: str) -> StatementAccount:
    performance = sum(
        (Decimal(each["sum"]) for each in one["types"] if each["class"] == "performance"),
        Decimal(0),
    )
    return StatementAccount(
        id=one["account_id"],
        label=one["label"],
        exchange=format.label(one["exchange"]),
        opening=format.money(Decimal(one["opening_equity"]), unit=unit),
        performance=format.profit(performance, unit=unit),
        closing=format.money(Decimal(one["closing_equity"]), unit=unit),
        rows=format.count(one["rows"]),
        difference=format.exact(Decimal(one["tie_out_difference"])),
        digest=one["digest"],
    )


def _line(line_id: str, label: str, amount: str, *, unit: str) -> StatementLine:
    return StatementLine(line_id, label, "", format.money(Decimal(amount), unit=unit))


def _change(line_id: str, label: str, amount: str, *, unit: str) -> StatementLine:
    show = format.money if line_id in _FLOWS else format.profit
    return StatementLine(line_id, label, "", show(Decimal(amount), unit=unit))
