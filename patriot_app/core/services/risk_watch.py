"""Keep what the measurement of risk found: figures with history, and breaches until they are over."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from sqlalchemy import select, text

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.breaches import (
    BREACH_TRANSITIONS,
    BreachState,
    Excess,
    Judged,
    needs_acknowledgement,
)
from patriot_app.core.domain.events import (
    RiskBreachAcknowledged,
    RiskBreachFound,
    RiskBreachResolved,
)
from patriot_app.core.domain.risk_measurements import Measurement
from patriot_app.core.domain.transitions import advance
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.risk_watch import RiskBreach
from patriot_app.core.unit_of_work import UnitOfWork

_PUT = text(
    """
    INSERT INTO risk_measurements (account_id, quarter, measured_at, score, equity, gross_notional,
           figures, book)
    SELECT row.account_id, :quarter, :now, row.score, row.equity, row.gross, row.figures, row.book
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row(account_id uuid, score smallint,
           equity numeric, gross numeric, figures jsonb, book jsonb)
     ORDER BY row.account_id
    ON CONFLICT (account_id, quarter) DO UPDATE
       SET measured_at = excluded.measured_at, score = excluded.score, equity = excluded.equity,
           gross_notional = excluded.gross_notional, figures = excluded.figures,
           book = excluded.book
    """
)
_FORGET = text("DELETE FROM risk_measurements WHERE quarter < :before")
KEPT = timedelta(days=30)


async def record(
    uow: UnitOfWork, measured: Sequence[Measurement], found: Mapping[UUID, Judged]
) -> None:
    """Store figures, note new breaches, and end those that are over.

    One whose figure is only just within its limit, or not known, stands; a grave one also until a
    person has acknowledged it.
    """
    if not measured:
        return
    await uow.session.execute(
        _PUT,
        {
            "quarter": quarter_of(uow.now),
            "now": uow.now,
            "rows": orjson.dumps([_row(one) for one in measured], default=str).decode(),
        },
    )
    accounts = sorted(one.facts.account_id for one in measured)
    standing = {
        (breach.account_id, breach.name): breach
        for breach in await uow.session.scalars(
            select(RiskBreach)
            .where(RiskBreach.account_id.in_(accounts), RiskBreach.state != BreachState.RESOLVED)
            .order_by(RiskBreach.id)
            .with_for_update()
        )
    }
    for account in accounts:
        for excess in found[account].excesses:
            breach = standing.pop((account, excess.name), None)
            if breach is None:
                _open(uow, account, excess)
            else:
                breach.value, breach.limit_value = excess.value, excess.limit
                breach.worst = max(breach.worst, excess.value)
                breach.seen_at = uow.now
    for breach in standing.values():
        if breach.name not in found[breach.account_id].over:
            continue
        if breach.state is BreachState.ACKNOWLEDGED or not needs_acknowledgement(breach.severity):
            _resolve(uow, breach)
    uow.touch("risk")


async def acknowledge(
    uow: UnitOfWork, breach_id: UUID, *, note: str, is_false_alarm: bool = False
) -> None:
    """Note that a person has seen a breach.

    Raises:
        Invalid: no note; NotFound; Refused: it was acknowledged or is over.
    """
    need_reason(note)
    breach = await get_for_update(uow.session, RiskBreach, breach_id)
    if breach.state is not BreachState.OPEN:
        raise Refused(f"This breach is {breach.state} already")
    breach.state = advance(BREACH_TRANSITIONS, breach.state, BreachState.ACKNOWLEDGED)
    breach.acknowledged_at, breach.acknowledged_by = uow.now, uow.actor.user_id
    breach.note, breach.is_false_alarm = note.strip(), is_false_alarm
    uow.record(
        RiskBreachAcknowledged(
            subject=breach_id,
            account_id=breach.account_id,
            name=breach.name.value,
            note=breach.note,
            is_false_alarm=is_false_alarm,
        )
    )
    uow.touch("risk")


async def forget(uow: UnitOfWork) -> None:
    """Drop figures older than a month; breaches are kept."""
    await uow.session.execute(_FORGET, {"before": uow.now - KEPT})


def quarter_of(moment: datetime) -> datetime:
    """Return the quarter of an hour that a moment is in."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def _open(uow: UnitOfWork, account_id: UUID, excess: Excess) -> None:
    breach = RiskBreach(
        id=new_id(),
        account_id=account_id,
        name=excess.name,
        severity=excess.severity,
        response=excess.response,
        state=BreachState.OPEN,
        value=excess.value,
        worst=excess.value,
        limit_value=excess.limit,
        origin=excess.origin,
        reach=excess.reach,
        opened_at=uow.now,
        seen_at=uow.now,
    )
    uow.session.add(breach)
    uow.record(
        RiskBreachFound(
            subject=breach.id,
            account_id=account_id,
            name=excess.name.value,
            grade=excess.severity.value,
            value=excess.value,
            limit=excess.limit,
            response=excess.response.value,
        )
    )


def _resolve(uow: UnitOfWork, breach: RiskBreach) -> None:
    breach.state = advance(BREACH_TRANSITIONS, breach.state, BreachState.RESOLVED)
    breach.resolved_at = uow.now
    uow.record(
        RiskBreachResolved(
            subject=breach.id,
            account_id=breach.account_id,
            name=breach.name.value,
            worst=breach.worst,
        )
    )


def _row(one: Measurement) -> dict[str, object]:
    held = one.facts.notionals.values()
    return {
        "account_id": one.facts.account_id,
        "score": one.score,
        "equity": one.facts.equity,
        "gross": sum(abs(notional) for notional in held),
        "figures": {name.value: str(value) for name, value in one.values.items()},
        "book": one.risk,
    }
