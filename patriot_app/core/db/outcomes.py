"""What became of each account of a signal: the one derivation that all pages share.

Decision, orders and fills stand in three places; an outcome is derived from them and never stored,
so it cannot disagree with them.
"""

from patriot_app.core.db.arrays import in_list
from patriot_app.core.domain.fan_outs import AT_ONCE, UNFILLED, WITHDRAWN
from patriot_app.core.domain.reasons import PASSING

_WITHDRAWN = " ".join(
    f"WHEN '{cause.value}' THEN '{outcome.value}'" for cause, outcome in WITHDRAWN.items()
)
OUTCOMES = f"""
    SELECT f.signal_id, f.account_id, f.decision, f.reason_code, f.reason,
           -- A reversal is two orders: what it closes and what it opens.
           coalesce(o.wanted, f.quantity) AS quantity,
           f.decided_at, f.place, f.shard, o.filled_quantity, o.average_price, o.attempt_id,
           o.acknowledged_at, o.side, o.leg,
           CASE WHEN f.decision <> 'planned' THEN f.decision
                WHEN o.intents IS NULL THEN 'pending'
                WHEN o.is_unknown THEN 'unknown'
                WHEN o.filled_quantity > 0 AND o.filled_quantity >= o.wanted THEN 'filled'
                WHEN o.is_slicing THEN 'working'
                WHEN o.filled_quantity > 0 THEN 'partial'
                WHEN o.is_working THEN 'working'
                WHEN o.is_waiting THEN 'pending'
                WHEN o.state IN ({in_list(UNFILLED)}) AND o.cancel_cause <> ''
                    THEN CASE o.cancel_cause {_WITHDRAWN} ELSE 'cancelled' END
                WHEN o.state IN ({in_list(UNFILLED)}) AND o.time_in_force IN ({in_list(AT_ONCE)})
                    THEN 'expired'
                ELSE 'failed' END AS outcome
      FROM fan_out_accounts AS f
      LEFT JOIN (
           SELECT i.signal_id, i.account_id, count(*) AS intents,
                  coalesce(sum(t.filled_quantity), 0) AS filled_quantity,
                  sum(t.filled_quantity * t.average_price)
                      / nullif(sum(t.filled_quantity) FILTER (WHERE t.average_price IS NOT NULL), 0)
                      AS average_price,
                  -- Of what was cancelled to be replaced only what it filled was wanted.
                  nullif(coalesce(sum(i.quantity) FILTER (WHERE NOT later.is_there
                                  AND (t.number IS NULL OR t.number = 1)), 0)
                         + coalesce(sum(t.filled_quantity) FILTER (WHERE later.is_there), 0), 0)
                      AS wanted,
                  coalesce(bool_or(t.state IN ('unknown', 'quarantined')), false) AS is_unknown,
                  coalesce(bool_or(t.state IN ('open', 'partially_filled')), false) AS is_working,
                  bool_or(t.state IN ('created', 'sending')
                          OR (t.id IS NULL AND i.state IN ('planned', 'executing'))) AS is_waiting,
                  bool_or(i.slice > 1 AND t.state IN ('created', 'sending')) AS is_slicing,
                  min(t.acknowledged_at) AS acknowledged_at,
                  (array_agg(t.id ORDER BY i.leg, i.created_at DESC, i.slice, t.number DESC))[1] AS attempt_id,
                  (array_agg(t.state ORDER BY i.leg, i.created_at DESC, i.slice, t.number DESC))[1] AS state,
                  (array_agg(t.cancel_cause ORDER BY i.leg, i.created_at DESC, i.slice, t.number DESC))[1] AS cancel_cause,
                  (array_agg(i.time_in_force ORDER BY i.leg))[1] AS time_in_force,
                  (array_agg(i.side ORDER BY i.leg))[1] AS side,
                  (array_agg(i.leg ORDER BY i.leg))[1] AS leg
             FROM intents AS i LEFT JOIN attempts AS t ON t.intent_id = i.id
             JOIN LATERAL (SELECT EXISTS (SELECT 1 FROM intents AS successor
                                           WHERE successor.replaces = coalesce(i.replaces, i.id)
                                             AND successor.created_at > i.created_at) AS is_there)
               AS later ON true
            WHERE i.signal_id = ANY(:signal_ids) AND i.leg IN ('entry', 'exit')
            GROUP BY i.signal_id, i.account_id) AS o
        ON o.signal_id = f.signal_id AND o.account_id = f.account_id
     WHERE f.signal_id = ANY(:signal_ids)
"""  # noqa: S608
"""SELECT of one row per (signal, account) of the bound `signal_ids`."""

LATENCY_MS = "extract(epoch FROM r.acknowledged_at - s.created_at) * 1000"
"""Milliseconds from the recorded signal to the exchange's acknowledgement; r outcome, s signal."""

SLIPPAGE_BPS = (
    "CASE WHEN s.reference_price > 0 THEN (r.average_price / s.reference_price - 1) * 10000"
    " * CASE r.side WHEN 'BUY' THEN 1 ELSE -1 END END"
)
"""Basis points paid above the signal's price; negative is better than the signal."""

RETRYABLE = f"""
    (r.outcome = 'failed' OR (r.outcome = 'skipped' AND r.reason_code IN ({in_list(PASSING)})))
    AND NOT EXISTS (SELECT 1 FROM signals AS again
         WHERE again.retry_of = r.signal_id AND r.account_id = ANY(again.accounts))
"""  # noqa: S608
"""Condition on a row `r` of OUTCOMES: it may be tried again."""

SUPERSEDED = """
    EXISTS (SELECT 1 FROM signals AS newer WHERE newer.deployment_id = s.deployment_id
         AND newer.symbol = s.symbol AND newer.retry_of IS NULL AND newer.created_at > s.created_at)
"""
"""Condition on a signal `s`: a newer decision took its place."""
