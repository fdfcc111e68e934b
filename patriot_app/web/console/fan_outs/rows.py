"""One signal's accounts, all text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from patriot_app.core.queries.fan_outs import FanOutRow, ReasonCount
from patriot_app.core.queries.retries import RetryPreview
from patriot_app.core.queries.signals import OutcomeCounts
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.parts.order_failures import failure_text
from patriot_app.web.parts.prices import basis_points, shown_price
from patriot_app.web.parts.signals import OUTCOMES
from patriot_app.web.parts.slices import progress_text

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
    slices: str = ""
    next_slice: Moment = field(default_factory=Moment)
    attempt_id: str = ""


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """How often one reason kept accounts out."""

    id: str
    text: str
    decision: str
    accounts: str


@dataclass(frozen=True, slots=True)
class RetryRow:
    """Whether the signal can be tried again, and its relatives.

    Attributes:
        blocked: why not; empty: it can.
        original_id: the signal that this one tries again.
        newest_id: the newest signal that tries this one again.
    """

    blocked: str = "Loading"
    original_id: str = ""
    newest_id: str = ""


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
    expired: str = "Expired"
    superseded: str = "Superseded"
    cancelled: str = "Cancelled"
    unknown: str = "Unknown"
    failed: str = "Failed"


def account_row(row: FanOutRow, *, now: datetime) -> AccountRow:
    """Show one account."""
    code, reason = _why(row)
    is_order = row.quantity is not None
    filled = format.exact(row.filled_quantity)
    return AccountRow(
        id=str(row.account_id),
        place=f"{format.count(row.place)}, first" if row.is_first else format.count(row.place),
        client=row.client,
        account=f"{row.account} · {row.mode}",
        outcome=row.outcome.value,
        code=code,
        reason=reason,
        reason_short=_short(reason),
        quantity=f"{filled} / {format.exact(row.quantity)}" if is_order else format.EMPTY,
        price=shown_price(row.average_price),
        slippage=slippage(row.slippage_bps),
        latency=format.milliseconds(None if row.latency_ms is None else float(row.latency_ms)),
        slices=progress_text(row.slicing),
        next_slice=format.moment(row.slicing.next_at if row.slicing else None, now=now),
        attempt_id=str(row.attempt_id) if row.attempt_id else "",
    )


def _why(row: FanOutRow) -> tuple[str, str]:
    """Return code and words of why an account has no order, a failed one, or a part of one."""
    if row.failure is not None:
        failure = row.failure
        words = failure_text(failure.state, code=failure.code, evidence=failure.evidence)
        return failure.code or failure.state.value.upper(), words
    if row.slicing is not None and row.slicing.given_up and not row.reason:
        return "SLICES_GIVEN_UP", row.slicing.why
    return row.reason_code, row.reason


def began_with(first: Sequence[str]) -> str:
    """Say with whom a fan-out began; each trader begins its part with an account of its own."""
    return "; ".join(first) or "Nobody yet"


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


def retry_row(preview: RetryPreview) -> RetryRow:
    """Show whether the signal can be tried again."""
    blocked = "" if preview.accounts else "No account failed, or all were tried again already"
    if preview.is_superseded:
        blocked = "A newer signal took its place"
    return RetryRow(
        blocked=blocked,
        original_id=str(preview.retry_of) if preview.retry_of else "",
        newest_id=str(preview.retries[-1]) if preview.retries else "",
    )


def accounts_text(preview: RetryPreview) -> str:
    """Say how many accounts would be tried again."""
    return "1 account" if preview.accounts == 1 else f"{format.count(preview.accounts)} accounts"


def retry_text(preview: RetryPreview, *, price: Decimal | None, is_valid: bool) -> str:
    """Say who is tried again, at which price, and who is not."""
    again = ", ".join(_counted(one.accounts, one.reason_code) for one in preview.again)
    left = ", ".join(
        _counted(one.accounts, one.reason_code or one.outcome) for one in preview.left_out
    )
    at = (
        "The signal is still valid: its own price and stop hold."
        if is_valid
        else f"The signal has expired: this is a new one at the present price, {shown_price(price)}"
        f" on {preview.reference_exchange.capitalize()} now."
    )
    not_again = f" Not tried again: {left}." if left else ""
    return f"Tries {accounts_text(preview)} again: {again}. {at}{not_again} Nothing is sent twice to an account."


def _counted(accounts: int, reason_code: str) -> str:
    return f"{format.count(accounts)} {format.label(reason_code).lower()}"


def slippage(value: Decimal | None) -> str:
    """Show basis points paid above the signal's price, with the sign."""
    shown = basis_points(value)
    return f"+{shown}" if value is not None and round(value, 1) > 0 else shown


def _short(text: str) -> str:
    return text if len(text) <= REASON_LENGTH else f"{text[: REASON_LENGTH - 1]}…"
