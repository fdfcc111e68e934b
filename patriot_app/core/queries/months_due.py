"""Which mandates have a month that is over and not settled."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import SystemClock
from patriot_app.core.db.market_time import market_now
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries.reader import reading

# A draft holds back the months behind it, so they are not due; it is looked at again for late rows.
_DUE = text(
    """
    SELECT m.id
      FROM mandates AS m
     CROSS JOIN LATERAL (
           SELECT CASE WHEN m.ends_at <= :now THEN m.ends_at
                       ELSE date_trunc('month', CAST(:now AS timestamptz) AT TIME ZONE m.time_zone)
                            AT TIME ZONE m.time_zone END AS until) AS over
      LEFT JOIN LATERAL (
           SELECT max(p.ends_at) AS covered, bool_or(p.status = 'draft') AS has_draft,
                  bool_or(p.status NOT IN ('finalised', 'empty')
                          AND p.computed_at < :computed_before) AS is_old
             FROM fee_periods AS p WHERE p.mandate_id = m.id) AS known ON true
     WHERE m.starts_at < over.until
       AND (known.covered IS NULL OR known.is_old
            OR (known.covered < over.until AND NOT known.has_draft))
       AND m.id <> ALL(:without)
     ORDER BY m.id LIMIT :count
    """
)


async def mandates(
    *, computed_before: datetime, count: int, without: Sequence[UUID] = ()
) -> list[UUID]:
    """Return mandates with a month to compute.

    Args:
        computed_before: wall time; drafts and held months looked at before it are due again.
        without: those that are not to be tried now.
    """
    async with reading(SYSTEM) as session:
        now = await market_now(session, wall=SystemClock().now())
        rows = await session.execute(
            _DUE,
            {
                "now": now,
                "computed_before": computed_before,
                "count": count,
                "without": list(without),
            },
        )
        return [row.id for row in rows]
