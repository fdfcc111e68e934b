"""Tie each account's days, and tell of ledgers that nobody could read for too long."""

from sqlalchemy import text

from patriot_app.core.domain.equity import TIE_OUT_TOLERANCE, TIE_OUT_TURNOVER_RATE
from patriot_app.core.domain.events import LedgerWentStale
from patriot_app.core.domain.ledger import STALE_AFTER, WALLET_ASSET
from patriot_app.core.unit_of_work import UnitOfWork

# Days on which no wallet was read have no row yet; the first day is that of the first comparison.
_FILL = text(
    """
    INSERT INTO ledger_days (account_id, day)
    SELECT d.account_id, missing
      FROM ledger_days AS d
     CROSS JOIN LATERAL (SELECT max(e.day) AS day FROM ledger_days AS e
            WHERE e.account_id = d.account_id AND e.day < d.day) AS before
     CROSS JOIN LATERAL generate_series(before.day + interval '1 day', d.day - interval '1 day',
                                        interval '1 day') AS missing
     WHERE d.state = 'waiting'
    ON CONFLICT DO NOTHING
    """
)
_SETTLE = text(
    """
    WITH due AS (
        SELECT d.account_id, d.day, d.day + interval '1 day' AS ends_at, d.difference_total
          FROM ledger_days AS d JOIN ledger_cursors AS c ON c.account_id = d.account_id
         WHERE d.state = 'waiting' AND c.complete_until >= d.day + interval '1 day'
         ORDER BY d.day, d.account_id LIMIT :count),
    figures AS (
        SELECT due.account_id, due.day, booked.rows, booked.total, traded.turnover,
               due.difference_total - coalesce(earlier.difference_total, 0) AS difference
          FROM due
         CROSS JOIN LATERAL (
               SELECT count(*) AS rows, coalesce(sum(r.amount), 0) AS total FROM ledger_rows AS r
                WHERE r.account_id = due.account_id AND r.asset = :asset
                  AND r.occurred_at >= due.day AND r.occurred_at < due.ends_at) AS booked
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(f.price * f.quantity), 0) AS turnover FROM fills AS f
                WHERE f.account_id = due.account_id
                  AND f.traded_at >= due.day AND f.traded_at < due.ends_at) AS traded
          LEFT JOIN LATERAL (
               SELECT e.difference_total FROM ledger_days AS e
                WHERE e.account_id = due.account_id AND e.day < due.day
                  AND e.difference_total IS NOT NULL
                ORDER BY e.day DESC LIMIT 1) AS earlier ON true)
    UPDATE ledger_days AS d
       SET rows = f.rows, rows_total = f.total, turnover = f.turnover, difference = f.difference,
           state = CASE WHEN f.difference IS NULL THEN 'not_compared'
                        WHEN abs(f.difference) <= :tolerance + :rate * f.turnover THEN 'tied'
                        ELSE 'differs' END
      FROM figures AS f WHERE d.account_id = f.account_id AND d.day = f.day
    """
)
_STALE = text(
    """
    UPDATE ledger_cursors AS c SET stale_since = c.read_at FROM accounts AS a
     WHERE a.id = c.account_id AND a.status <> 'disabled' AND c.stale_since IS NULL
       AND c.read_at < :read_before
    RETURNING c.account_id, c.read_at
    """
)
COUNT = 1_000


async def settle(uow: UnitOfWork) -> int:
    """Tie the days that are over and read to their end; return how many.

    A day's difference is what came to it between its last comparison and the one before, so what
    is found wrong one day does not mark those that follow.
    """
    await uow.session.execute(_FILL)
    settled = await uow.session.execute(
        _SETTLE,
        {
            "count": COUNT,
            "asset": WALLET_ASSET,
            "tolerance": TIE_OUT_TOLERANCE,
            "rate": TIE_OUT_TURNOVER_RATE,
        },
    )
    count = int(getattr(settled, "rowcount", 0))
    if count:
        uow.touch("ledger")
    return count


async def tell_stale(uow: UnitOfWork) -> int:
    """Tell once of each ledger that was not read for too long; return how many."""
    rows = await uow.session.execute(_STALE, {"read_before": uow.now - STALE_AFTER})
    count = 0
    for row in rows:
        uow.record(LedgerWentStale(account_id=row.account_id, read_at=row.read_at))
        count += 1
    if count:
        uow.touch("ledger", "fees")
    return count
