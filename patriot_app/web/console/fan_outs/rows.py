"""One signal's accounts, all text."""

from dataclasses import dataclass
from decimal import Decimal

from patriot_app.core.queries.fan_outs import FanOutRow, ReasonCount
from patriot_app.core.queries.signals import OutcomeCounts
from patriot_app.web import format
from patriot_app.web.parts.prices import basis_points, shown_price
from patriot_app.web.parts.signals import OUTCOMES

REASON_LENGTH = 56


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account of a signal."""

    id: str = ""
    place: str = ""
    client: str = ""
    account: str = ""
    outcome: str = ""
    code: str = ""
    reason: str = ""
    reason_short: str = ""
    quantity: str = ""
    price: str = ""
    slippage: str = ""
    latency: str = ""
    attempt_id: str = ""


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """How often one reason kept accounts out."""

    id: str
    text: str
    decision: str
    accounts: str


@dataclass(frozen=True, slots=True)
class OutcomeLabels:
    """The tabs above the grid: every outcome with its number of accounts."""

    all: str = "All"
    filled: str = "Filled"
    partial: str = "Partial"
    working: str = "Working"
    pending: str = "Pending"
    skipped: str = "Skipped"
    denied: str = "Denied"
    unknown: str = "Unknown"
    failed: str = "Failed"


def account_row(row: FanOutRow) -> AccountRow:
    """Show one account."""
    is_order = row.quantity is not None
    filled = format.exact(row.filled_quantity)
    return AccountRow(
        id=str(row.account_id),
        place=format.count(row.place),
        client=row.client,
        account=f"{row.account} · {row.mode}",
        outcome=row.outcome.value,
        code=row.reason_code,
        reason=row.reason,
        reason_short=_short(row.reason),
        quantity=f"{filled} / {format.exact(row.quantity)}" if is_order else format.EMPTY,
        price=shown_price(row.average_price),
        slippage=slippage(row.slippage_bps),
        latency=format.milliseconds(None if row.latency_ms is None else float(row.latency_ms)),
        attempt_id=str(row.attempt_id) if row.attempt_id else "",
    )


def reason_row(reason: ReasonCount) -> ReasonRow:
    """Show one reason."""
    return ReasonRow(
        id=reason.reason_code,
        text=format.label(reason.reason_code),
        decision=reason.decision,
        accounts=format.count(reason.accounts),
    )


def outcome_labels(counts: OutcomeCounts) -> OutcomeLabels:
    """Return the tabs with their numbers."""
    named = {
        name: f"{text} {format.count(getattr(counts, name))}"
        for name, (_, text) in OUTCOMES.items()
    }
    return OutcomeLabels(all=f"All {format.count(counts.accounts)}", **named)


def slippage(value: Decimal | None) -> str:
    """Show basis points paid above the signal's price, with the sign."""
    shown = basis_points(value)
    return f"+{shown}" if value is not None and round(value, 1) > 0 else shown


def _short(text: str) -> str:
    return text if len(text) <= REASON_LENGTH else f"{text[: REASON_LENGTH - 1]}…"
