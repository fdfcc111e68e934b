"""Days of accounts, unknown types and troubled ledgers as text."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.domain.ledger import DayState
from patriot_app.core.queries.ledger_days import LedgerDayView, TroubledLedger, UnknownType
from patriot_app.web import format
from patriot_app.web.format import Figure
from patriot_app.web.theme import Tone

STATES: dict[str, tuple[Tone, str]] = {
    DayState.WAITING: ("neutral", "Not over yet"),
    DayState.TIED: ("positive", "Ties"),
    DayState.DIFFERS: ("danger", "Differs"),
    DayState.NOT_COMPARED: ("warning", "Not compared"),
}


@dataclass(frozen=True, slots=True)
class DayRow:
    """One account's day."""

    id: str
    day: str
    account: str
    client: str
    rows: str
    total: Figure
    wallet: Figure
    difference: str
    state: str
    compared: str


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A type that nobody classified; `id` names exchange and type."""

    id: str = ""
    exchange: str = ""
    row_type: str = ""
    rows: str = ""
    amount: Figure = field(default_factory=Figure)
    since: str = ""


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """A ledger with a gap, or not read for too long."""

    id: str
    account: str
    client: str
    what: str
    note: str
    has_gap: bool


def day_row(one: LedgerDayView) -> DayRow:
    """Show one day of one account."""
    compared = f"{one.compared_at:%H:%M}" if one.compared_at else format.EMPTY
    return DayRow(
        id=f"{one.account_id}:{one.day:%Y-%m-%d}",
        day=f"{one.day:%Y-%m-%d}",
        account=one.account,
        client=f"{one.client} · {format.label(one.exchange)} · {one.mode}",
        rows=format.count(one.rows),
        total=format.profit(one.rows_total),
        wallet=format.money(one.wallet),
        difference=format.exact(one.difference),
        state=one.state.value,
        compared=compared,
    )


def type_row(one: UnknownType) -> TypeRow:
    """Show one type that nobody classified."""
    accounts = format.plural(one.accounts, "account")
    return TypeRow(
        id=f"{one.exchange.value}:{one.row_type}",
        exchange=format.label(one.exchange.value),
        row_type=one.row_type,
        rows=f"{format.plural(one.rows, 'row')} of {accounts}",
        amount=format.profit(one.amount, unit=one.asset),
        since=f"{one.first_at:%Y-%m-%d}",
    )


def trouble_row(one: TroubledLedger, *, now: datetime) -> TroubleRow:
    """Show what is wrong with a ledger and what to do."""
    if one.gap_from is not None:
        what = f"Rows from {one.gap_from:%Y-%m-%d} on may be missing"
        note = "Ask the client for an export of his exchange; accept the gap once it is explained."
    else:
        read = format.moment(one.read_at, now=now)
        what = f"Last read {read.ago}"
        note = "See Key health: a key that does not work keeps its ledger from us."
    return TroubleRow(
        id=str(one.account_id),
        account=one.account,
        client=f"{one.client} · {format.label(one.exchange)}",
        what=what,
        note=note,
        has_gap=one.gap_from is not None,
    )
