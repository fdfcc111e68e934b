"""Close the months of a mandate: evidence first, then figures, a draft, an accrual (FEES.md).

However often it is done, a period has one row, one fee and one accrual; a finalised one never
changes. A period whose evidence is not whole is held with its reasons and computed again later.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from patriot_app.core.db import (
    agreements,
    boundary_values,
    equity_stretches,
    fee_evidence,
    invoicing_terms,
    journal,
)
from patriot_app.core.db.locks import lock
from patriot_app.core.db.market_time import market_now
from patriot_app.core.domain import month_close
from patriot_app.core.domain.boundary_values import ValueSource
from patriot_app.core.domain.events import AccountValued, FeePeriodClosed, FeePeriodHeld
from patriot_app.core.domain.fee_evidence import Evidence, at_cut_off, statement
from patriot_app.core.domain.invoices import (
    COMPUTABLE,
    FEE_PERIOD_TRANSITIONS,
    SETTLED,
    FeePeriodStatus,
    may_be_billed,
)
from patriot_app.core.domain.journal import EntryKind
from patriot_app.core.domain.mandates import Agreement, PastPeriod, Terms
from patriot_app.core.domain.month_close import Close
from patriot_app.core.domain.periods import Period, fee_periods, zone_of
from patriot_app.core.domain.transitions import advance
from patriot_app.core.errors import NotFound
from patriot_app.core.ids import new_id
from patriot_app.core.schema.billing import FeePeriod
from patriot_app.core.schema.mandates import Mandate
from patriot_app.core.unit_of_work import UnitOfWork

_ACCRUED = text(
    """
    SELECT coalesce(sum(line.amount), 0) FROM journal_entries AS entry
      JOIN journal_lines AS line ON line.entry_id = entry.id
     WHERE entry.fee_period_id = :period_id AND line.account = 'accrued_fees'
    """
)
S = FeePeriodStatus


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """What became of one period.

    Attributes:
        has_changed: this run changed it.
    """

    period_id: UUID
    status: FeePeriodStatus
    has_changed: bool


async def close_months(uow: UnitOfWork, mandate_id: UUID) -> tuple[ClosedPeriod, ...]:
    """Compute every month of a mandate that is over and not finalised, oldest first.

    A month waits until the one before is finalised, empty or held.

    Raises:
        NotFound: no such mandate.
    """
    await lock(uow.session, "fee_periods", mandate_id)
    mandate = await uow.session.get(Mandate, mandate_id)
    if mandate is None:
        raise NotFound(f"There is no mandate {mandate_id}")
    known = {row.starts_at: row for row in await _periods(uow, mandate_id)}
    standing = await agreements.standings(uow.session, [mandate_id], charged=[S.FINALISED])
    agreement = standing[mandate_id].agreement
    found = []
    now = await market_now(uow.session, wall=uow.now)
    zone = zone_of(mandate.time_zone)
    for period in fee_periods(
        starts_at=mandate.starts_at, ends_at=mandate.ends_at, until=now, zone=zone
    ):
        if period.end > now:
            break
        row = known.get(period.start)
        if row is None:
            row = FeePeriod(
                id=new_id(),
                mandate_id=mandate_id,
                starts_at=period.start,
                ends_at=period.end,
                status=S.OPEN,
                status_reason="",
                loss_forgiven=Decimal(0),
                is_billable=False,
            )
            uow.session.add(row)
            known[period.start] = row
        if row.status in COMPUTABLE:
            has_changed = await _compute(uow, mandate, agreement, row, list(known.values()))
            found.append(ClosedPeriod(row.id, row.status, has_changed))
        if row.status not in SETTLED:
            break
    return tuple(found)


async def _periods(uow: UnitOfWork, mandate_id: UUID) -> Sequence[FeePeriod]:
    statement = (
        select(FeePeriod)
        .where(FeePeriod.mandate_id == mandate_id)
        .order_by(FeePeriod.starts_at)
        .with_for_update()
    )
    return (await uow.session.scalars(statement)).all()


async def _compute(
    uow: UnitOfWork,
    mandate: Mandate,
    agreement: Agreement,
    row: FeePeriod,
    known: Sequence[FeePeriod],
) -> bool:
    """Compute one period; return whether anything about it has changed."""
    before = _shown(row)
    evidence = await fee_evidence.gather(
        uow.session, mandate.id, Period(row.starts_at, row.ends_at)
    )
    await _find_values(uow, mandate, row, evidence)
    reasons = [*_holds(evidence)]
    terms = agreement.terms_at(row.starts_at)
    if terms is None:
        reasons.append("No rate was agreed when it began")
    row.computed_at = uow.now
    row.is_billable = bool(evidence.accounts) and all(
        may_be_billed(one.mode) for one in evidence.accounts
    )
    if reasons or terms is None:
        _hold(row, reasons)
    else:
        withdrawals = await fee_evidence.withdrawals(uow.session, evidence)
        past = _past(known)
        closed = month_close.close(
            [at_cut_off(one, evidence.period) for one in evidence.accounts],
            terms=terms,
            high_water_mark=agreement.mark_at(row.starts_at, past),
            loss_forgiven=agreement.loss_forgiven_at(row.starts_at, past),
            withdrawals=withdrawals,
        )
        stretches = await equity_stretches.between_flows(uow.session, evidence)
        told = statement(evidence, terms=terms, withdrawals=withdrawals, stretches=stretches)
        _settle(row, closed, terms, told)
        if row.status is S.EMPTY:
            row.issuer = asdict((await invoicing_terms.current(uow.session)).issuer)
    await uow.session.flush()
    await _accrue(uow, mandate, row)
    if before == _shown(row):
        return False
    _tell(uow, mandate, row)
    return True


async def _find_values(
    uow: UnitOfWork, mandate: Mandate, row: FeePeriod, evidence: Evidence
) -> None:
    """Value by their trades what nobody measured at the cut-off, where their ledger is whole."""
    for one in evidence.accounts:
        known = at_cut_off(one, evidence.period)
        if not known.needs_valuation or known.valued_at is not None:
            continue
        if known.complete_until is None or known.complete_until < known.cut_off:
            continue
        worth = await boundary_values.from_trades(uow.session, one.account_id, one.cut_off)
        if worth is None or not await boundary_values.keep(
            uow.session,
            one.account_id,
            one.cut_off,
            unrealised_pnl=worth.unrealised_pnl,
            source=ValueSource.TRADES,
            evidence=worth.evidence,
        ):
            continue
        uow.record(
            AccountValued(
                client_id=mandate.client_id,
                subject=row.id,
                account_id=one.account_id,
                moment=one.cut_off,
                unrealised_pnl=worth.unrealised_pnl,
                source=ValueSource.TRADES.value,
                evidence=worth.evidence,
                reason="Nobody measured them at the end of the month",
            )
        )
        (one.closing,) = await fee_evidence.valuations(uow.session, [(one.account_id, one.cut_off)])


def _holds(evidence: Evidence) -> tuple[str, ...]:
    known = [at_cut_off(one, evidence.period) for one in evidence.accounts]
    return month_close.holds(known) if known else ("It covers no account",)


def _hold(row: FeePeriod, reasons: Sequence[str]) -> None:
    row.status = advance(FEE_PERIOD_TRANSITIONS, row.status, S.SUSPECT_INCOMPLETE)
    row.status_reason = "; ".join(reasons)
    for name in ("net_profit", "base", "fee", "high_water_mark_after", "evidence", "issuer"):
        setattr(row, name, None)


def _settle(row: FeePeriod, closed: Close, terms: Terms, evidence: dict[str, Any]) -> None:
    outcome = closed.outcome
    status = S.DRAFT if outcome.fee else S.EMPTY
    row.status = advance(FEE_PERIOD_TRANSITIONS, row.status, status)
    row.status_reason = ""
    row.net_profit = closed.net_profit
    row.high_water_mark_before = closed.high_water_mark_before
    row.base = outcome.gain
    row.rate = terms.rate
    row.fee = outcome.fee
    row.high_water_mark_after = outcome.high_water_mark
    row.loss_forgiven = closed.loss_forgiven
    row.evidence = evidence


def _past(known: Sequence[FeePeriod]) -> list[PastPeriod]:
    return [
        PastPeriod(
            row.starts_at,
            row.high_water_mark_after if row.status is S.FINALISED else None,
            row.loss_forgiven,
        )
        for row in known
    ]


async def _accrue(uow: UnitOfWork, mandate: Mandate, row: FeePeriod) -> None:
    """Let the books show the draft's fee as earned; only money that is billed is booked."""
    wanted = row.fee if row.is_billable and row.status is S.DRAFT and row.fee else Decimal(0)
    booked = (await uow.session.execute(_ACCRUED, {"period_id": row.id})).scalar_one()
    if wanted == booked:
        return
    await journal.post(
        uow.session,
        [
            journal.Booking(
                kind=EntryKind.ACCRUAL,
                amount=wanted - booked,
                currency=mandate.currency,
                mandate_id=mandate.id,
                fee_period_id=row.id,
            )
        ],
    )


def _shown(row: FeePeriod) -> tuple[Any, ...]:
    digests = [one["digest"] for one in row.evidence["accounts"]] if row.evidence else []
    return (row.status, row.status_reason, row.net_profit, row.fee, digests)


def _tell(uow: UnitOfWork, mandate: Mandate, row: FeePeriod) -> None:
    if row.status is S.SUSPECT_INCOMPLETE:
        uow.record(
            FeePeriodHeld(
                client_id=mandate.client_id,
                subject=row.id,
                starts_at=row.starts_at,
                reason=row.status_reason,
            )
        )
    else:
        assert row.fee is not None
        uow.record(
            FeePeriodClosed(
                client_id=mandate.client_id, subject=row.id, starts_at=row.starts_at, fee=row.fee
            )
        )
    uow.touch("fees", "billing")
