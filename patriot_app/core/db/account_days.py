"""The readings that make an account's days: the one statement that job and pages share."""

CARRIED_DAYS = 7
"""An account without a reading keeps its last so long: a stale key is no withdrawal."""

ACCOUNT_DAYS = f"""
    SELECT d.day, a.id AS account_id, a.exchange, a.mode, u.risk_profile, now_.equity,
           now_.net_flows, before.equity AS equity_before, before.net_flows AS flows_before
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
     WHERE (CAST(:account_id AS uuid) IS NULL OR a.id = :account_id)
       AND (CAST(:client_id AS uuid) IS NULL OR a.client_id = :client_id)
     ORDER BY d.day, a.id
"""  # noqa: S608
"""One row per day and account that has a reading; bound: days, account_id, client_id."""
