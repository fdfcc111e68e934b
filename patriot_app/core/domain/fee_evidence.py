"""The evidence of a fee period, and the statement that is made of it (FEES.md).

The statement is kept as it was closed: JSON-safe, every amount as text, every figure traceable to
rows whose digest stands beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.ledger import LedgerClass
from patriot_app.core.domain.mandates import Terms
from patriot_app.core.domain.money import EXACT, exact_sum
from patriot_app.core.domain.month_close import AccountAtCutOff, Withdrawal
from patriot_app.core.domain.performance import SubPeriod
from patriot_app.core.domain.periods import Period
from patriot_app.core.domain.statement_returns import returns_of
from patriot_app.core.domain.statements import BridgeLine, line_of
from patriot_app.core.domain.transfers import Sorted

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Valuation:
    """A snapshot that stands for a moment.

    Attributes:
        taken_at: start of the minute or hour whose end it shows; the moment itself where it was
            found out later.
        resolution: "minute" or "hour" of a snapshot; else who found it out (`ValueSource`).
        evidence: what it was made of; "" of a snapshot.
    """

    taken_at: datetime
    resolution: str
    unrealised_pnl: Decimal
    equity: Decimal
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class TypeSum:
    """Rows of one type and direction added up."""

    row_type: str
    classification: LedgerClass
    in_mandate: Decimal
    in_period: Decimal
    before: Decimal
    rows_in_mandate: int


@dataclass(slots=True)
class AccountEvidence:
    """One account of a mandate and a period.

    Attributes:
        since, opens_at, cut_off: in the mandate; in the period; until when. Market time.
        rows, digest: of the account's share of the period; the digest is SHA-256 over the rows in
            order of time, so that anybody can make it again.
        foreign_rows: of the period, in another asset.
    """

    account_id: UUID
    label: str
    exchange: Exchange
    mode: AccountMode
    since: datetime
    cut_off: datetime
    opens_at: datetime
    opening_wallet: Decimal
    complete_until: datetime | None
    tie_out_difference: Decimal | None
    gap_from: datetime | None = None
    sums: list[TypeSum] = field(default_factory=list)
    rows: int = 0
    foreign_rows: int = 0
    digest: str = ""
    turnover: Decimal = Decimal(0)
    opening: Valuation | None = None
    closing: Valuation | None = None

    @property
    def is_inside(self) -> bool:
        """Whether it was in the mandate during the period at all."""
        return self.opens_at < self.cut_off


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of a mandate and a period.

    Attributes:
        flows: of the mandate until now, internal transfers paired.
    """

    period: Period
    accounts: tuple[AccountEvidence, ...]
    flows: Sorted


def at_cut_off(one: AccountEvidence, period: Period) -> AccountAtCutOff:
    """Return what the close must know of an account."""
    is_here = one.cut_off > period.start
    return AccountAtCutOff(
        account_id=one.account_id,
        label=one.label,
        cut_off=one.cut_off,
        performance=exact_sum(
            each.in_mandate for each in one.sums if each.classification is LedgerClass.PERFORMANCE
        ),
        unrealised_pnl=one.closing.unrealised_pnl if one.closing and is_here else _ZERO,
        valued_at=one.closing.taken_at if one.closing else None,
        complete_until=one.complete_until,
        tie_out_difference=one.tie_out_difference,
        turnover=one.turnover,
        unknown_rows=sum(
            each.rows_in_mandate for each in one.sums if each.classification is LedgerClass.UNKNOWN
        ),
        needs_valuation=is_here,
        gap_from=one.gap_from,
    )


@dataclass(frozen=True, slots=True)
class AccountBridge:
    """From one equity to the other, line by line; the lines explain all of it."""

    opening_equity: Decimal
    lines: Mapping[BridgeLine, Decimal]
    closing_equity: Decimal


def bridge_of(one: AccountEvidence) -> AccountBridge:
    """Return an account's bridge over its share of the period.

    Wallets are what the ledger says: what there was before its first row, and every row since.
    """
    opening_open = one.opening.unrealised_pnl if one.opening else _ZERO
    closing_open = one.closing.unrealised_pnl if one.closing else _ZERO
    wallet = exact_sum((one.opening_wallet, *(each.before for each in one.sums)))
    lines = dict.fromkeys(BridgeLine, _ZERO)
    for each in one.sums:
        line = line_of(each.row_type, each.classification, each.in_period)
        lines[line] = exact_sum((lines[line], each.in_period))
    lines[BridgeLine.UNREALISED_CHANGE] = exact_sum((closing_open, -opening_open))
    opening = exact_sum((wallet, opening_open))
    return AccountBridge(opening, lines, exact_sum((opening, *lines.values())))


def statement(
    evidence: Evidence,
    *,
    terms: Terms,
    withdrawals: Sequence[Withdrawal] = (),
    stretches: Sequence[SubPeriod] | None = None,
) -> dict[str, Any]:
    """Return the statement of a period: a bridge for each account and one for the mandate.

    What moved between accounts of the mandate stands in their own bridges; in the mandate's it is
    only what was on its way when the period began or ended.

    Args:
        stretches: equity between the flows, for the time-weighted return.
    """
    inside = [one for one in evidence.accounts if one.is_inside]
    bridges = [bridge_of(one) for one in inside]
    lines = _of_mandate(bridges, evidence)
    return {
        "terms": {
            "rate": plain(terms.rate),
            "measure": terms.measure.value,
            "withdrawal_policy": terms.withdrawal_policy.value,
            "hurdle": plain(terms.hurdle),
            "invoice_minimum": plain(terms.invoice_minimum),
        },
        "opening_equity": plain(exact_sum(one.opening_equity for one in bridges)),
        "lines": _as_text(lines),
        "returns": returns_of(lines, stretches),
        "closing_equity": plain(exact_sum(one.closing_equity for one in bridges)),
        "accounts": [_account(one, bridge) for one, bridge in zip(inside, bridges, strict=True)],
        "transfers": [
            {
                "from": str(one.left.account_id),
                "to": str(one.arrived.account_id),
                "amount": plain(one.arrived.amount),
                "left_at": plain(one.left.occurred_at),
                "arrived_at": plain(one.arrived.occurred_at),
            }
            for one in evidence.flows.internal
            if one.left.occurred_at in evidence.period or one.arrived.occurred_at in evidence.period
        ],
        "withdrawals": [
            {
                "amount": plain(one.amount),
                "at": plain(one.occurred_at),
                "equity_before": plain(one.equity_before),
                "valued_at": plain(one.valued_at),
            }
            for one in withdrawals
        ],
    }


def _of_mandate(bridges: Iterable[AccountBridge], evidence: Evidence) -> dict[BridgeLine, Decimal]:
    known = list(bridges)
    lines = {line: exact_sum(one.lines[line] for one in known) for line in BridgeLine}
    for transfer in evidence.flows.internal:
        for line, leg in (
            (BridgeLine.WITHDRAWALS, transfer.left),
            (BridgeLine.DEPOSITS, transfer.arrived),
        ):
            if leg.occurred_at in evidence.period:
                lines[line] = exact_sum((lines[line], -leg.amount))
                lines[BridgeLine.IN_TRANSIT] = exact_sum((lines[BridgeLine.IN_TRANSIT], leg.amount))
    return lines


def _account(one: AccountEvidence, bridge: AccountBridge) -> dict[str, Any]:
    return {
        "account_id": str(one.account_id),
        "label": one.label,
        "exchange": one.exchange.value,
        "from": plain(one.opens_at),
        "to": plain(one.cut_off),
        "opening_equity": plain(bridge.opening_equity),
        "lines": _as_text(bridge.lines),
        "closing_equity": plain(bridge.closing_equity),
        "unrealised_pnl": plain(one.closing.unrealised_pnl if one.closing else None),
        "valued_at": plain(one.closing.taken_at if one.closing else None),
        "valued_by": one.closing.resolution if one.closing else None,
        "value_evidence": one.closing.evidence if one.closing else "",
        "complete_until": plain(one.complete_until),
        "tie_out_difference": plain(one.tie_out_difference),
        "turnover": plain(one.turnover),
        "rows": one.rows,
        "foreign_rows": one.foreign_rows,
        "digest": one.digest,
        "types": [
            {
                "type": each.row_type,
                "class": each.classification.value,
                "sum": plain(each.in_period),
            }
            for each in sorted(one.sums, key=lambda each: (each.row_type, each.in_period))
            if each.in_period
        ],
    }


def _as_text(lines: Mapping[BridgeLine, Decimal]) -> dict[str, str]:
    return {line.value: plain(amount) for line, amount in lines.items()}


def plain(value: Decimal | datetime | None) -> Any:
    """Return an amount or a time as text; None stays."""
    if isinstance(value, datetime):
        return value.isoformat()
    return None if value is None else f"{EXACT.plus(value.normalize(EXACT)):f}"
