"""Write down what a signal came to once nothing of it moves any more.

An outcome is derived from decisions, orders and fills. Deriving it for a whole page means counting
the orders of every account of every signal on it, so what has come to rest is kept. A trigger on
the orders takes the row away again if one of them moves after all: it can never disagree.
"""

from datetime import timedelta

from sqlalchemy import text

from patriot_app.core.db.outcomes import LATENCY_MS, OUTCOMES, SLIPPAGE_BPS
from patriot_app.core.unit_of_work import UnitOfWork

REST = timedelta(minutes=2)
"""How long nothing may have moved; longer than the trigger's minute in which it looks away."""
RECENT = timedelta(days=3)
AT_ONCE = 25

_CANDIDATES = text(
    """
    SELECT s.id FROM signals AS s
     WHERE s.created_at > :since
       AND NOT EXISTS (SELECT 1 FROM signal_outcomes AS known WHERE known.signal_id = s.id)
       AND NOT EXISTS (SELECT 1 FROM fan_outs AS part WHERE part.signal_id = s.id
                          AND (part.state NOT IN ('finished', 'expired')
                               OR part.finished_at > :before))
     ORDER BY s.created_at DESC LIMIT :at_once
    """
)
# A report that comes meanwhile waits for our commit, and its trigger then finds our row.
_HOLD = text(
    """
    SELECT count(*) FROM (
        SELECT 1 FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id
         WHERE i.signal_id = ANY(:signal_ids) FOR SHARE OF t) AS held
    """
)
_SETTLE = text(
    f"""
    INSERT INTO signal_outcomes (signal_id, accounts, filled, partial, skipped, denied, expired,
           superseded, cancelled, failed, latency_p50_ms, latency_p95_ms, dispersion_bps,
           settled_at)
    SELECT s.id,
           greatest(count(*), (SELECT sum(part.accounts) FROM fan_outs AS part
                                WHERE part.signal_id = s.id)),
           count(*) FILTER (WHERE r.outcome = 'filled'),
           count(*) FILTER (WHERE r.outcome = 'partial'),
           count(*) FILTER (WHERE r.outcome = 'skipped'),
           count(*) FILTER (WHERE r.outcome = 'denied'),
           count(*) FILTER (WHERE r.outcome = 'expired'),
           count(*) FILTER (WHERE r.outcome = 'superseded'),
           count(*) FILTER (WHERE r.outcome = 'cancelled'),
           count(*) FILTER (WHERE r.outcome = 'failed'),
           round(percentile_disc(0.5) WITHIN GROUP (ORDER BY {LATENCY_MS}), 1),
           round(percentile_disc(0.95) WITHIN GROUP (ORDER BY {LATENCY_MS}), 1),
           max({SLIPPAGE_BPS}) - min({SLIPPAGE_BPS}), :now
      FROM ({OUTCOMES}) AS r JOIN signals AS s ON s.id = r.signal_id
     GROUP BY s.id
    HAVING count(*) FILTER (WHERE r.outcome IN ('pending', 'working', 'unknown')) = 0
       AND NOT EXISTS (SELECT 1 FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id
                        WHERE i.signal_id = s.id AND t.resolved_at > :before)
    ON CONFLICT DO NOTHING
    RETURNING signal_id
    """  # noqa: S608
)


async def settle(uow: UnitOfWork) -> int:
    """Keep the outcomes of recent signals that have come to rest; return how many."""
    before = uow.now - REST
    found = await uow.session.execute(
        _CANDIDATES, {"since": uow.now - RECENT, "before": before, "at_once": AT_ONCE}
    )
    ids = {"signal_ids": list(found.scalars())}
    if not ids["signal_ids"]:
        return 0
    await uow.session.execute(_HOLD, ids)
    settled = await uow.session.execute(_SETTLE, {**ids, "before": before, "now": uow.now})
    return len(settled.all())
