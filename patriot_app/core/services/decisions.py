"""What a fan-out decides for each account: an order, or the reason why there is none."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db import pipeline
from patriot_app.core.db.arrays import to_json
from patriot_app.core.domain.dry_runs import facts_of
from patriot_app.core.domain.events import OrderDenied, OrderSkipped, OrdersPlanned
from patriot_app.core.domain.fan_outs import Decision
from patriot_app.core.domain.orders import Leg
from patriot_app.core.domain.reasons import SHORT_OF_MONEY
from patriot_app.core.domain.sending import NewOrder, RecordedSignal, new_order_of
from patriot_app.core.domain.verdicts import Denied, Planned, Skipped, Verdict
from patriot_app.core.unit_of_work import UnitOfWork

_DECIDE = text(
    """
    INSERT INTO fan_out_accounts (signal_id, account_id, shard, place, decision, reason_code,
                                  reason, quantity, decided_at, reviewed)
    SELECT :signal_id, row.account_id, row.shard, row.place, row.decision, row.reason_code,
           row.reason, row.quantity, :now, row.reviewed
      FROM json_to_recordset(CAST(:rows AS json)) AS row(account_id uuid, shard smallint,
           place integer, decision text, reason_code text, reason text, quantity numeric, reviewed jsonb)
    ON CONFLICT DO NOTHING
    RETURNING account_id
    """
)
_BEGIN = text(
    "UPDATE fan_outs SET first_account_id = :first_account WHERE signal_id = :signal_id"
    " AND shard = ANY(:shards) AND first_account_id IS NULL"
)


async def record(
    uow: UnitOfWork,
    recorded: RecordedSignal,
    verdicts: Sequence[Verdict],
    *,
    shards: Mapping[UUID, int],
    first_place: int,
    first_account: UUID | None = None,
) -> list[NewOrder]:
    """Write what was decided for a chunk of accounts; return the orders that follow from it.

    An account that was decided before, by whomever, brings no order again.

    Args:
        shards: of the accounts.
        first_place: in the fan-out, of the first verdict.
        first_account: whose turn it is to be served first; noted where it was not before.
    """
    rows = [
        _decision(verdict, shards[verdict.account_id], first_place + offset)
        for offset, verdict in enumerate(verdicts)
    ]
    written, _ = await pipeline.run(
        uow.session,
        (_DECIDE, {"signal_id": recorded.signal_id, "now": uow.now, "rows": to_json(rows)}),
        (
            _BEGIN,
            {
                "signal_id": recorded.signal_id,
                "shards": sorted(set(shards.values())),
                "first_account": first_account,
            },
        ),
    )
    fresh = {row.account_id for row in written}
    decided = [verdict for verdict in verdicts if verdict.account_id in fresh]
    _tell(uow, recorded, decided)
    uow.touch("fan_outs")
    return [
        new_order_of(intent, deployment_id=recorded.deployment_id)
        for verdict in decided
        if isinstance(verdict, Planned)
        for intent in verdict.intents
    ]


def _tell(uow: UnitOfWork, recorded: RecordedSignal, verdicts: Sequence[Verdict]) -> None:
    """Record who got no order; the clients whose money did not suffice are told by it."""
    symbol = recorded.signal.symbol
    counts = dict.fromkeys(Decision, 0)
    for verdict in verdicts:
        counts[_decision_of(verdict)] += 1
        refusal = verdict.refusal if isinstance(verdict, Planned) else verdict
        if isinstance(refusal, Denied):
            uow.record(
                OrderDenied(
                    subject=recorded.signal_id,
                    account_id=refusal.account_id,
                    symbol=symbol,
                    reason_code=refusal.reason.value,
                    reason=refusal.context,
                )
            )
        elif isinstance(refusal, Skipped) and refusal.reason in SHORT_OF_MONEY:
            uow.record(
                OrderSkipped(
                    subject=recorded.signal_id,
                    account_id=refusal.account_id,
                    symbol=symbol,
                    reason_code=refusal.reason.value,
                    reason=refusal.context,
                )
            )
    if verdicts:
        uow.record(
            OrdersPlanned(
                subject=recorded.signal_id,
                deployment_id=recorded.deployment_id,
                planned=counts[Decision.PLANNED],
                skipped=counts[Decision.SKIPPED],
                denied=counts[Decision.DENIED],
            )
        )


def _decision_of(verdict: Verdict) -> Decision:
    if isinstance(verdict, Planned):
        return Decision.PLANNED
    return Decision.DENIED if isinstance(verdict, Denied) else Decision.SKIPPED


def _decision(verdict: Verdict, shard: int, place: int) -> dict[str, Any]:
    refusal = verdict.refusal if isinstance(verdict, Planned) else verdict
    quantity = reviewed = None
    if isinstance(verdict, Planned):
        entries = [i for i in verdict.intents if i.leg is Leg.ENTRY] or verdict.intents[:1]
        quantity = sum(intent.quantity for intent in entries)
        reviewed = entries[0].reviewed
    return {
        "account_id": verdict.account_id,
        "shard": shard,
        "place": place,
        "decision": _decision_of(verdict).value,
        "reason_code": "" if refusal is None else refusal.reason.value,
        "reason": "" if refusal is None else refusal.context,
        "quantity": quantity,
        "reviewed": None if reviewed is None else facts_of(reviewed),
    }
