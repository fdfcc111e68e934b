"""The readings that make an account's days: the one statement that job and pages share."""

from typing import Any

from sqlalchemy import Row

from patriot_app.core.domain.daily_returns import DayResult, day_result

CARRIED_DAYS = 7
"""An account without a reading keeps its last so long: a stale key is no withdrawal."""

ACCOUNT_DAYS = f"""
    SELECT d.day, a.id AS account_id, a.exchange, a.mode, u.risk_profile, now_.equity,
           now_.net_flows, before.equity AS equity_before, before.net_flows AS flows_before,
           opening.wallet AS opening_wallet, opening.flow AS opening_flow
      FROM unnest(CAST(:days AS date[])) AS d(day)
     CROSS JOIN accounts AS a JOIN users AS u ON u.id = a.client_id
     CROSS JOIN LATERAL (
           SELECT s.equity, s.net_flows FROM equity_snapshots AS s
            WHERE s.account_id = a.id AND s.resolution = 'day'
              AND s.taken_at <= d.day::timestamp AT TIME ZONE 'UTC'
              AND s.taken_at > (d.day - {CARRIED_DAYS})::timestamp AT TIME ZONE 'UTC'
            ORDER BY s.taken_at DESC LIMIT 1) AS now_
      LEFT JOIN LATERAL (
           SELECT s.equity, s.net_flows FROM equity_snapshots AS s
            WHERE s.account_id = a.id AND s.resolution = 'day'
              AND s.taken_at < d.day::timestamp AT TIME ZONE 'UTC'
              AND s.taken_at > (d.day - {CARRIED_DAYS} - 1)::timestamp AT TIME ZONE 'UTC'
            ORDER BY s.taken_at DESC LIMIT 1) AS before ON true
      LEFT JOIN LATERAL (
           SELECT c.opening_wallet + coalesce(sum(r.amount) FILTER (
                      WHERE r.occurred_at < d.day::timestamp AT TIME ZONE 'UTC'), 0) AS wallet,
                  coalesce(sum(r.amount) FILTER (
                      WHERE r.occurred_at >= d.day::timestamp AT TIME ZONE 'UTC'
                        AND r.classification = 'external_flow'), 0) AS flow
             FROM ledger_cursors AS c LEFT JOIN ledger_rows AS r
               ON r.account_id = c.account_id AND r.asset = 'USDT'
              AND r.occurred_at < (d.day + 1)::timestamp AT TIME ZONE 'UTC'
            WHERE before.equity IS NULL AND c.account_id = a.id AND c.tied_at IS NOT NULL
            GROUP BY c.opening_wallet) AS opening ON true
     WHERE (CAST(:account_id AS uuid) IS NULL OR a.id = :account_id)
       AND (CAST(:client_id AS uuid) IS NULL OR a.client_id = :client_id)
     ORDER BY d.day, a.id
"""  # noqa: S608
"""One row per day and account that has a reading; bound: days, account_id, client_id."""


def result_of(row: Row[Any]) -> DayResult:
    """Return the day that a row of the statement tells."""
    return day_result(
        day=row.day,
        equity=row.equity,
        net_flows=row.net_flows,
        before=None if row.equity_before is None else (row.equity_before, row.flows_before),
        opening=None if row.opening_wallet is None else (row.opening_wallet, row.opening_flow),
    )
