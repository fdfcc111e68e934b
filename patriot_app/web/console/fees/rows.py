"""What an accrual is made of: accounts and types of ledger rows, all text."""

from dataclasses import dataclass

from patriot_app.core.queries.billing import AccountShare, LedgerTypeSum
from patriot_app.web import format
from patriot_app.web.format import Figure

CLASSES = {
    "performance": "Performance",
    "external_flow": "Deposit or withdrawal",
    "neutral": "Neutral credit",
    "unknown": "Nobody classified it",
}


@dataclass(frozen=True, slots=True)
class ShareRow:
    """What one account brings in."""

    id: str
    label: str
    exchange: str
    performance: Figure
    open_profit: Figure
    complete: str


@dataclass(frozen=True, slots=True)
class TypeRow:
    """Ledger rows of one type added up."""

    id: str
    row_type: str
    classification: str
    amount: Figure
    rows: str


def share_row(one: AccountShare, *, currency: str) -> ShareRow:
    """Show one account of a mandate."""
    until = one.complete_until
    return ShareRow(
        id=str(one.account_id),
        label=one.label,
        exchange=f"{one.exchange.capitalize()} · {one.mode}",
        performance=format.profit(one.performance, unit=currency),
        open_profit=format.profit(one.unrealised_pnl, unit=currency),
        complete=f"{until:%Y-%m-%d %H:%M}" if until else "Never read",
    )


def type_row(one: LedgerTypeSum, *, currency: str) -> TypeRow:
    """Show one type of ledger rows."""
    return TypeRow(
        id=f"{one.classification}:{one.row_type}",
        row_type=one.row_type,
        classification=CLASSES.get(one.classification, one.classification),
        amount=format.profit(one.amount, unit=currency),
        rows=format.count(one.rows),
    )
