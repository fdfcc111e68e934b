"""Equity snapshots: one a minute for 30 days, hourly for 2 years, daily for ever."""

from datetime import datetime, timedelta

from sqlalchemy import text

from patriot_app.core.domain.equity import SnapshotKind, SnapshotResolution
from patriot_app.core.unit_of_work import UnitOfWork

KEPT = {
    SnapshotResolution.MINUTE: timedelta(days=30),
    SnapshotResolution.HOUR: timedelta(days=730),
}
"""How long snapshots of a resolution are kept, in market time; days stay for ever."""

_SNAPSHOT = text(
    """
    INSERT INTO equity_snapshots (account_id, resolution, taken_at, kind, equity, wallet_balance,
           unrealised_pnl, available_balance, initial_margin, net_flows)
    SELECT state.account_id, given.resolution, given.taken_at, :kind, state.equity,
           state.wallet_balance, state.unrealised_pnl, state.available_balance,
           state.initial_margin, state.net_flows
      FROM account_states AS state
     CROSS JOIN unnest(CAST(:resolution AS text[]), CAST(:taken_at AS timestamptz[]))
           AS given(resolution, taken_at)
     WHERE state.equity IS NOT NULL AND state.observed_at > :fresh_after
       AND state.account_id IN (SELECT id FROM accounts WHERE shard = ANY(:shards))
    ON CONFLICT (account_id, resolution, taken_at) DO UPDATE
       SET equity = excluded.equity, wallet_balance = excluded.wallet_balance,
           unrealised_pnl = excluded.unrealised_pnl,
           available_balance = excluded.available_balance,
           initial_margin = excluded.initial_margin, net_flows = excluded.net_flows,
           kind = excluded.kind
    """
)


async def record_snapshots(
    uow: UnitOfWork,
    *,
    market_now: datetime,
    shards: list[int],
    fresh_after: datetime,
    kind: SnapshotKind = SnapshotKind.SCHEDULED,
) -> None:
    """Write the minute's snapshot of every account, and the running hour's and day's.

    Accounts whose figures are older than `fresh_after` (wall time) are left out: an old reading
    must not pass for a new one.
    """
    minute = market_now.replace(second=0, microsecond=0)
    hour = minute.replace(minute=0)
    await uow.session.execute(
        _SNAPSHOT,
        {
            "kind": kind.value,
            "resolution": [
                SnapshotResolution.MINUTE.value,
                SnapshotResolution.HOUR.value,
                SnapshotResolution.DAY.value,
            ],
            "taken_at": [minute, hour, hour.replace(hour=0)],
            "fresh_after": fresh_after,
            "shards": shards,
        },
    )
    uow.touch("equity")


async def forget_snapshots(uow: UnitOfWork, *, market_now: datetime) -> None:
    """Drop what has outlived its resolution."""
    for resolution, kept in KEPT.items():
        await uow.session.execute(
            text(
                "DELETE FROM equity_snapshots WHERE resolution = :resolution AND taken_at < :before"
            ),
            {"resolution": resolution.value, "before": market_now - kept},
        )
