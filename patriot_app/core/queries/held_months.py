"""What a held month lacks that a person may decide, account by account."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db import fee_evidence
from patriot_app.core.domain.fee_evidence import at_cut_off
from patriot_app.core.domain.periods import Period
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.reader import desk_reading

_HELD = text(
    "SELECT mandate_id, starts_at, ends_at FROM fee_periods"
    " WHERE id = :id AND status = 'suspect_incomplete'"
)
# The last snapshot before the cut-off, and the last day that the account's rows explained.
_KNOWN = text(
    """
    SELECT wanted.account_id, last.unrealised_pnl, last.taken_at,
           (SELECT max(d.day) + interval '1 day' FROM ledger_days AS d
              JOIN ledger_cursors AS c ON c.account_id = d.account_id
             WHERE d.account_id = wanted.account_id AND d.state = 'tied'
               AND d.day + interval '1 day' <= least(c.complete_until, wanted.moment)) AS proved
      FROM unnest(CAST(:account_id AS uuid[]), CAST(:moment AS timestamptz[]))
           AS wanted(account_id, moment)
      LEFT JOIN LATERAL (
           SELECT s.unrealised_pnl, s.taken_at FROM equity_snapshots AS s
            WHERE s.account_id = wanted.account_id AND s.taken_at < wanted.moment
              AND s.resolution = 'minute'
            ORDER BY s.taken_at DESC LIMIT 1) AS last ON true
    """
)


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """One account of a held month.

    Attributes:
        cut_off: market time until which it counts in the month.
        lacks_value: its ledger is read to the end and nobody measured its open positions there.
        is_unread: its ledger is not read to the end.
        last_value, last_valued_at: of the last snapshot before; None: there is none.
        proved_until: the end of the last day that its rows explained, if before the cut-off.
    """

    account_id: UUID
    label: str
    cut_off: datetime
    lacks_value: bool
    is_unread: bool
    last_value: Decimal | None
    last_valued_at: datetime | None
    proved_until: datetime | None


async def accounts(actor: Actor, period_id: UUID) -> tuple[HeldAccount, ...]:
    """Return what each account of a held month lacks; none where it is not held. For the desk."""
    async with desk_reading(actor) as session:
        month = (await session.execute(_HELD, {"id": period_id})).one_or_none()
        if month is None:
            return ()
        period = Period(month.starts_at, month.ends_at)
        evidence = await fee_evidence.gather(session, month.mandate_id, period, with_digests=False)
        inside = [at_cut_off(one, period) for one in evidence.accounts if one.is_inside]
        bound = {
            "account_id": [one.account_id for one in inside],
            "moment": [one.cut_off for one in inside],
        }
        known = {row.account_id: row for row in await session.execute(_KNOWN, bound)}
    found = []
    for one in inside:
        row = known[one.account_id]
        is_unread = one.complete_until is None or one.complete_until < one.cut_off
        found.append(
            HeldAccount(
                account_id=one.account_id,
                label=one.label,
                cut_off=one.cut_off,
                lacks_value=one.valued_at is None,
                is_unread=is_unread,
                last_value=row.unrealised_pnl,
                last_valued_at=row.taken_at,
                proved_until=row.proved
                if row.proved is not None and row.proved < one.cut_off
                else None,
            )
        )
    return tuple(found)
