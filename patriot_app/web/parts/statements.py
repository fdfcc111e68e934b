"""A closed month as text: what it came to, and the statement from one equity to the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from patriot_app.core.domain.invoices import FeePeriodStatus
from patriot_app.core.domain.statement_returns import return_steps, why_they_differ
from patriot_app.core.domain.statement_steps import (
    Step,
    StepKind,
    bridge_steps,
    days,
    fee_steps,
    month_name,
    value_notes,
)
from patriot_app.core.queries.fee_periods import FeePeriodView, Statement
from patriot_app.web import format, routes
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
    pdf: str = ""


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
        pdf="" if one.fee is None else f"{routes.STATEMENT_PDF}/{one.id}.pdf",
    )


def bridge_lines(statement: Statement) -> list[StatementLine]:
    """Show how one equity became the other."""
    if statement.evidence is None:
        return []
    unit = statement.period.currency
    return [_line(step, unit=unit) for step in bridge_steps(statement.evidence)]


def fee_lines(one: FeePeriodView) -> list[StatementLine]:
    """Show how the fee comes about."""
    if one.fee is None:
        return []
    return [_line(step, unit=one.currency) for step in fee_steps(one.fee_figures)]


def return_lines(statement: Statement) -> list[StatementLine]:
    """Show the time-weighted return beside the money profit."""
    if statement.evidence is None:
        return []
    unit = statement.period.currency
    return [_line(step, unit=unit) for step in return_steps(statement.evidence)]


def told_of(statement: Statement) -> list[str]:
    """Return what a statement says in sentences: why its returns differ, how it was valued."""
    if statement.evidence is None:
        return []
    why = why_they_differ(statement.evidence)
    return [text for text in (why, *value_notes(statement.evidence)) if text]


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


def _line(step: Step, *, unit: str) -> StatementLine:
    match step.kind:
        case StepKind.MONEY:
            amount = format.money(step.amount, unit=unit)
        case StepKind.PROFIT:
            amount = format.profit(step.amount, unit=unit)
        case StepKind.RATE:
            amount = format.rate(step.amount)
    return StatementLine(step.id, step.label, step.note, amount)
