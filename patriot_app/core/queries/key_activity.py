"""What happened on accounts lately that we did not do."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.lockdowns import Activity
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries.reader import reading

FILLS_WITHIN = timedelta(hours=1)
MONEY_WITHIN = timedelta(days=1)

# By the time that we heard of it: an exchange's own time may be a replayed one. What a person has
# looked into counts no more, nor what an account brought along when its ledger was first read.
_UNUSUAL = text(
    """
    SELECT a.id, coalesce(f.foreign_fills, 0) AS foreign_fills,
           coalesce(m.money_out, 0) AS money_out, coalesce(s.equity, 0) AS equity
      FROM accounts AS a
      JOIN account_states AS s ON s.account_id = a.id
      JOIN credentials AS c ON c.account_id = a.id AND c.status = 'verified'
      LEFT JOIN LATERAL (SELECT max(l.closed_at) AS closed_at FROM lockdowns AS l
                          WHERE l.account_id = a.id) AS looked ON true
      LEFT JOIN LATERAL (
           SELECT count(*) AS foreign_fills FROM fills AS fill
            WHERE fill.account_id = a.id AND fill.attempt_id IS NULL AND fill.leg_id IS NULL
              AND fill.received_at > greatest(now() - :fills_within, c.created_at,
                                              looked.closed_at)) AS f ON true
      LEFT JOIN LATERAL (
           SELECT -sum(row.amount) AS money_out FROM ledger_rows AS row
            WHERE row.account_id = a.id AND row.classification = 'external_flow'
              AND row.amount < 0 AND row.asset = 'USDT'
              AND row.ingested_at > greatest(now() - :money_within,
                                             c.created_at + interval '10 minutes',
                                             looked.closed_at)) AS m ON true
     WHERE a.shard = ANY(:shards) AND a.status <> 'disabled'
       AND (f.foreign_fills > 0 OR m.money_out > 0)
       AND NOT EXISTS (SELECT 1 FROM lockdowns AS l
                        WHERE l.account_id = a.id AND l.state = 'open')
    """
)


async def unusual(shards: Sequence[int]) -> dict[UUID, Activity]:
    """Return the accounts of some shards on which others acted, unless they are locked down."""
    bound = {
        "shards": list(shards),
        "fills_within": FILLS_WITHIN,
        "money_within": MONEY_WITHIN,
    }
    async with reading(SYSTEM) as session:
        rows = await session.execute(_UNUSUAL, bound)
        return {
            row.id: Activity(
                foreign_fills=row.foreign_fills,
                money_out=row.money_out,
                equity_before=row.equity + row.money_out,
            )
            for row in rows
        }
