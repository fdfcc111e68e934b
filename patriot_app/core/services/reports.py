"""Move attempts by what exchanges tell of them; reports may come late, twice and in any order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import to_json
from patriot_app.core.domain.attempts import (
    ENDED,
    Merged,
    intent_state_of,
    merge_report,
    why_ended,
)
from patriot_app.core.domain.events import (
    AccountParked,
    OrderFilledLate,
    OrderReported,
)
from patriot_app.core.domain.orders import (
    INTENT_TRANSITIONS,
    AttemptState,
    IntentState,
    OrderReport,
)
from patriot_app.core.domain.sending import AccountReports
from patriot_app.core.unit_of_work import UnitOfWork

_A = AttemptState

_LOCK = text(
    """
    SELECT attempt.id, attempt.intent_id, attempt.account_id, attempt.client_order_id,
           attempt.state, attempt.filled_quantity, attempt.exchange_order_id,
           attempt.triggered_order_id, attempt.cancel_cause, intent.quantity,
           intent.state AS intent_state,
           (SELECT coalesce(sum(fill.quantity), 0) FROM fills AS fill
             WHERE fill.attempt_id = attempt.id) AS traded
      FROM attempts AS attempt JOIN intents AS intent ON intent.id = attempt.intent_id
     WHERE attempt.client_order_id = ANY(:client_order_ids)
     ORDER BY attempt.id FOR UPDATE OF attempt
    """
)
_MOVE = text(
    """
    WITH row AS (
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, state text,
            filled_quantity numeric, average_price numeric, exchange_order_id text,
            triggered_order_id text, exchange_updated_at timestamptz, is_ended boolean,
            code text, words text)
    )
    UPDATE attempts AS attempt
       SET state = row.state, filled_quantity = row.filled_quantity,
           average_price = coalesce(row.average_price, attempt.average_price),
           exchange_order_id = coalesce(attempt.exchange_order_id, row.exchange_order_id),
           triggered_order_id = coalesce(row.triggered_order_id, attempt.triggered_order_id),
           exchange_updated_at = greatest(attempt.exchange_updated_at, row.exchange_updated_at),
           acknowledged_at = coalesce(attempt.acknowledged_at, :now),
           resolved_at = CASE WHEN row.is_ended THEN coalesce(attempt.resolved_at, :now) END,
           exchange_code = coalesce(row.code, attempt.exchange_code),
           evidence = coalesce(row.words, attempt.evidence)
      FROM row WHERE attempt.id = row.id
    """
)
_MOVE_INTENTS = text(
    """
    WITH row AS (
        SELECT * FROM json_to_recordset(CAST(:rows AS json))
            AS row(id uuid, prior text, state text, is_ended boolean)
    )
    UPDATE intents AS intent
       SET state = row.state,
           reserved_notional = CASE WHEN row.is_ended THEN 0 ELSE intent.reserved_notional END
      FROM row WHERE intent.id = row.id AND intent.state = row.prior
    """
)
_PARK = text(
    "UPDATE account_states SET parked_reason = :reason "
    "WHERE account_id = :account_id AND parked_reason = ''"
)


@dataclass(frozen=True, slots=True)
class Reported:
    """What reports did to one attempt."""

    attempt_id: UUID
    account_id: UUID
    state: AttemptState
    is_changed: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """An attempt under lock, and what has been merged into it so far."""

    row: Any
    merged: Merged
    report: OrderReport
    is_changed: bool
    is_late: bool


async def record_reports(uow: UnitOfWork, batches: Sequence[AccountReports]) -> list[Reported]:
    """Merge reports into the attempts they name; reports of foreign orders are passed over."""
    ids = {r.client_order_id for b in batches for r in b.reports if r.client_order_id}
    if not ids:
        return []
    rows = await uow.session.execute(_LOCK, {"client_order_ids": sorted(ids)})
    attempts = {(row.account_id, row.client_order_id): row for row in rows}
    known: dict[UUID, _Known] = {}
    for batch in batches:
        for report in batch.reports:
            row = attempts.get((batch.account_id, report.client_order_id))
            if row is not None:
                known[row.id] = await _merge(uow, row, known.get(row.id), report)
    moved = [each for each in known.values() if each.is_changed]
    if moved:
        await _write(uow, moved)
    return [
        Reported(each.row.id, each.row.account_id, each.merged.state, each.is_changed)
        for each in known.values()
    ]


async def _merge(uow: UnitOfWork, row: Any, before: _Known | None, report: OrderReport) -> _Known:
    state = AttemptState(row.state) if before is None else before.merged.state
    filled: Decimal = row.filled_quantity if before is None else before.merged.filled_quantity
    merged = merge_report(state, filled, report, quantity=row.quantity)
    if merged.is_contradiction:
        await park(
            uow,
            row.account_id,
            f"The exchange shows order {report.client_order_id} as {report.state}; "
            f"our books say {state}",
        )
    newest = report if before is None or merged.is_changed else before.report
    return _Known(
        row=row,
        merged=merged,
        report=_with_ids(newest, None if before is None else before.report),
        is_changed=merged.is_changed
        or _teaches(row, report)
        or (before is not None and before.is_changed),
        is_late=merged.is_late_fill or (before is not None and before.is_late),
    )


def _teaches(row: Any, report: OrderReport) -> bool:
    """Tell whether a report brings an id that we lack, even where the state stays."""
    return bool(
        (report.exchange_order_id and row.exchange_order_id is None)
        or (report.triggered_order_id and row.triggered_order_id is None)
    )


def _with_ids(report: OrderReport, before: OrderReport | None) -> OrderReport:
    if before is None or report.triggered_order_id is not None:
        return report
    return replace(report, triggered_order_id=before.triggered_order_id)


async def park(uow: UnitOfWork, account_id: UUID, reason: str) -> None:
    """Stop entries of an account until a person has looked."""
    parked = await uow.session.execute(_PARK, {"account_id": account_id, "reason": reason})
    if parked.rowcount:  # type: ignore[attr-defined]
        uow.record(AccountParked(account_id=account_id, reason=reason))
        uow.touch("accounts")


async def _write(uow: UnitOfWork, moved: Sequence[_Known]) -> None:
    rows = []
    intents = []
    for each in moved:
        state, filled = each.merged.state, each.merged.filled_quantity
        why = why_ended(each.merged, each.report)
        rows.append(
            {
                "id": each.row.id,
                "state": state,
                "filled_quantity": filled,
                "average_price": each.report.average_price if filled else None,
                "exchange_order_id": each.report.exchange_order_id or None,
                "triggered_order_id": each.report.triggered_order_id,
                "exchange_updated_at": each.report.updated_at,
                "is_ended": state in ENDED,
                "code": None if why is None else why.code,
                "words": None if why is None else why.words,
            }
        )
        prior = IntentState(each.row.intent_state)
        wanted = intent_state_of(state, filled_quantity=filled, quantity=each.row.quantity)
        if wanted is IntentState.FAILED and each.row.cancel_cause:
            # Nothing failed: we took it back unfilled.
            wanted = IntentState.EXPIRED
        # Until its trades are booked the position is not what the order made of it: the intent goes
        # on, and with it what it reserves, so that nothing is planned on a position of yesterday.
        is_told = state not in ENDED or filled <= each.row.traded
        if is_told and wanted in INTENT_TRANSITIONS[prior]:
            intents.append(
                {
                    "id": each.row.intent_id,
                    "prior": prior,
                    "state": wanted,
                    "is_ended": state in ENDED,
                }
            )
        await _tell(uow, each)
    await uow.session.execute(_MOVE, {"rows": to_json(rows), "now": uow.now})
    if intents:
        await uow.session.execute(_MOVE_INTENTS, {"rows": to_json(intents)})
    uow.touch("orders", "fan_outs")


async def _tell(uow: UnitOfWork, each: _Known) -> None:
    row, merged = each.row, each.merged
    if merged.state != row.state or merged.filled_quantity != row.filled_quantity:
        uow.record(
            OrderReported(
                subject=row.intent_id,
                account_id=row.account_id,
                client_order_id=row.client_order_id,
                state=merged.state.value,
                filled_quantity=merged.filled_quantity,
                source=each.report.reason or "exchange",
            )
        )
    if each.is_late:
        quantity = merged.filled_quantity - row.filled_quantity
        uow.record(
            OrderFilledLate(
                subject=row.intent_id,
                account_id=row.account_id,
                client_order_id=row.client_order_id,
                quantity=quantity,
            )
        )
        await park(uow, row.account_id, f"Order {row.client_order_id} filled after its end")
