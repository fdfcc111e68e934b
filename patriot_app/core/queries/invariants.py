"""What must always be true of the books; each statement returns the rows that contradict it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.reader import desk_reading

ROWS_MAX = 100

INVARIANTS: dict[str, str] = {
    "The fills of an order add up to what it filled": """
        SELECT t.client_order_id, t.filled_quantity, coalesce(sum(f.quantity), 0) AS fills
          FROM attempts AS t LEFT JOIN fills AS f ON f.attempt_id = t.id
         WHERE t.state NOT IN ('sending', 'unknown', 'open', 'partially_filled')
           AND t.resolved_at < now() - interval '1 minute'
         GROUP BY t.id HAVING t.filled_quantity <> coalesce(sum(f.quantity), 0)
    """,
    "An order never fills more than was wanted": """
        SELECT t.client_order_id, i.quantity, t.filled_quantity FROM attempts AS t
          JOIN intents AS i ON i.id = t.intent_id
         WHERE i.quantity IS NOT NULL AND t.filled_quantity > i.quantity
    """,
    "A position is the sum of its fills": """
        SELECT p.account_id, p.symbol, p.quantity, coalesce(sum(CASE f.side WHEN 'BUY'
               THEN f.quantity ELSE -f.quantity END), 0) AS fills
          FROM positions AS p LEFT JOIN fills AS f
            ON f.account_id = p.account_id AND f.symbol = p.symbol
         WHERE p.position_side = 'BOTH'
         GROUP BY p.account_id, p.symbol, p.position_side
        HAVING p.quantity <> coalesce(sum(CASE f.side WHEN 'BUY' THEN f.quantity
               ELSE -f.quantity END), 0)
    """,
    "The ledger explains the wallet": """
        SELECT account_id, tie_out_difference FROM ledger_cursors WHERE tie_out_difference <> 0
    """,
    "The running total of a ledger is the sum of its rows": """
        SELECT c.account_id, c.rows_total, coalesce(sum(r.amount), 0) AS rows
          FROM ledger_cursors AS c LEFT JOIN ledger_rows AS r
            ON r.account_id = c.account_id AND r.asset = 'USDT'
         GROUP BY c.account_id HAVING c.rows_total <> coalesce(sum(r.amount), 0)
    """,
    "A position that wants a stop has one at the exchange": """
        SELECT p.account_id, p.symbol, p.wanted_stop, p.unprotected_since FROM positions AS p
         WHERE p.quantity <> 0 AND p.wanted_stop IS NOT NULL
           AND p.opened_at IS NOT NULL AND p.updated_at < now() - interval '1 minute'
           AND NOT EXISTS (SELECT 1 FROM protection_legs AS g
                WHERE g.account_id = p.account_id AND g.symbol = p.symbol
                  AND g.leg = 'stop_loss' AND g.state = 'placed')
    """,
    "A stop rests only under an open position": """
        SELECT g.account_id, g.symbol, g.trigger_price FROM protection_legs AS g
         WHERE g.state = 'placed' AND g.created_at < now() - interval '1 minute'
           AND NOT EXISTS (SELECT 1 FROM positions AS p WHERE p.account_id = g.account_id
                AND p.symbol = g.symbol
                AND (p.quantity <> 0 OR p.updated_at > now() - interval '1 minute'))
           AND NOT EXISTS (SELECT 1 FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id
                WHERE t.account_id = g.account_id AND i.symbol = g.symbol AND i.leg = 'entry'
                  AND t.state IN ('sending', 'unknown', 'open', 'partially_filled'))
    """,
    "An intent has at most one order that may work": """
        SELECT intent_id, count(*) FROM attempts
         WHERE state IN ('sending', 'unknown', 'quarantined', 'open', 'partially_filled')
         GROUP BY intent_id HAVING count(*) > 1
    """,
    "An order that ended says when": """
        SELECT client_order_id, state FROM attempts WHERE resolved_at IS NULL
           AND state IN ('filled', 'canceled', 'expired', 'rejected', 'absent', 'void',
                         'expired_unseen')
    """,
    "A planned account of a finished signal has an intent": """
        SELECT f.signal_id, f.account_id FROM fan_out_accounts AS f
          JOIN fan_outs AS o ON o.signal_id = f.signal_id AND o.shard = f.shard
         WHERE f.decision = 'planned' AND o.state = 'finished' AND NOT EXISTS (
               SELECT 1 FROM intents AS i
                WHERE i.signal_id = f.signal_id AND i.account_id = f.account_id)
    """,
    "A signal decides at most once for an account, on its own shard": """
        SELECT f.signal_id, f.account_id, f.shard, a.shard AS own FROM fan_out_accounts AS f
          JOIN accounts AS a ON a.id = f.account_id WHERE a.shard <> f.shard
    """,
    "No account that is not live has an invoice": """
        SELECT i.id, a.id AS account FROM invoices AS i
          JOIN mandate_accounts AS m ON m.mandate_id = i.mandate_id
          JOIN accounts AS a ON a.id = m.account_id WHERE a.mode <> 'live'
    """,
}
MONEY: dict[str, str] = {
    "The books balance, entry by entry and in all": """
        SELECT e.currency, e.id::text AS entry, sum(l.amount) AS balance FROM journal_entries AS e
          LEFT JOIN journal_lines AS l ON l.entry_id = e.id
         GROUP BY GROUPING SETS ((e.currency, e.id), (e.currency))
        HAVING coalesce(sum(l.amount), 0) <> 0 OR count(l.entry_id) = 0
    """,
    "What was told of money is never changed or deleted": """
        SELECT role, name FROM unnest(ARRAY['patriot_web', 'patriot_daemon', 'patriot_bot',
                                            'patriot_auditor']) AS role,
               unnest(ARRAY['ledger_rows', 'fills', 'payments', 'credit_notes', 'journal_entries',
                            'journal_lines']) AS name
         WHERE has_table_privilege(role, name, 'UPDATE, DELETE, TRUNCATE')
    """,
    "A mandate has one fee for a month, and one invoice that stands": """
        SELECT p.mandate_id::text, p.starts_at, o.starts_at AS other FROM fee_periods AS p
          JOIN fee_periods AS o ON o.mandate_id = p.mandate_id AND o.id <> p.id
           AND o.starts_at < p.ends_at AND p.starts_at < o.ends_at AND o.id < p.id
        UNION ALL
        SELECT i.fee_period_id::text, min(i.finalised_at), max(i.finalised_at) FROM invoices AS i
         WHERE i.status <> 'void' GROUP BY i.fee_period_id HAVING count(*) > 1
    """,
    "A mark falls only by an invoice taken back or an amendment": """
        SELECT p.id, p.starts_at, p.high_water_mark_after, earlier.mark FROM fee_periods AS p
          JOIN LATERAL (SELECT b.high_water_mark_after AS mark, b.starts_at FROM fee_periods AS b
               WHERE b.mandate_id = p.mandate_id AND b.starts_at < p.starts_at
                 AND b.status = 'finalised'
               ORDER BY b.high_water_mark_after DESC LIMIT 1) AS earlier ON true
         WHERE p.status = 'finalised' AND p.high_water_mark_after < earlier.mark
           AND NOT EXISTS (SELECT 1 FROM mandate_marks AS r WHERE r.mandate_id = p.mandate_id
                AND r.valid_from > earlier.starts_at AND r.valid_from <= p.starts_at)
           AND NOT EXISTS (SELECT 1 FROM invoices AS i
                WHERE i.mandate_id = p.mandate_id AND i.status = 'void')
    """,
    "A fee is the rate on what is above the mark, rounded down": """
        SELECT id, net_profit, high_water_mark_before, base, rate, fee FROM fee_periods
         WHERE fee IS NOT NULL AND NOT (
               base BETWEEN 0 AND greatest(0, net_profit - high_water_mark_before + loss_forgiven)
               AND fee IN (0, trunc(rate * base, 2)))
    """,
    "A statement explains all of the change of equity": """
        SELECT p.id, p.evidence ->> 'closing_equity' AS closing FROM fee_periods AS p
         WHERE p.evidence IS NOT NULL
           AND (p.evidence ->> 'opening_equity')::numeric
               + (SELECT sum(line.value::numeric) FROM jsonb_each_text(p.evidence -> 'lines') AS line)
               <> (p.evidence ->> 'closing_equity')::numeric
    """,
    "A month is closed only where its ledgers were whole and tied": """
        SELECT p.id, one ->> 'label' AS account, one ->> 'tie_out_difference' AS difference,
               one ->> 'complete_until' AS complete_until
          FROM fee_periods AS p, jsonb_array_elements(p.evidence -> 'accounts') AS one
         WHERE p.fee IS NOT NULL
           AND (coalesce((one ->> 'complete_until')::timestamptz < (one ->> 'to')::timestamptz, true)
                OR coalesce(abs((one ->> 'tie_out_difference')::numeric)
                            > 0.01 + 0.000001 * (one ->> 'turnover')::numeric, true))
    """,
}
"""Of fees, invoices and books; they read every month there is."""
RECORD = {"The record of events is whole": "SELECT * FROM broken_events()"}
"""Reads every event there is: run it now and then."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One row that contradicts an invariant, as `name=value` text."""

    invariant: str
    row: str


async def violations(
    actor: Actor, invariants: Mapping[str, str] = INVARIANTS | MONEY
) -> tuple[Violation, ...]:
    """Return what contradicts the invariants, at most a hundred rows of each; none is right."""
    found: list[Violation] = []
    async with desk_reading(actor) as session:
        for name, statement in invariants.items():
            rows = await session.execute(
                text(f"SELECT * FROM ({statement}) AS broken LIMIT {ROWS_MAX}")  # noqa: S608
            )
            found += [
                Violation(name, ", ".join(f"{key}={value}" for key, value in row.items()))
                for row in rows.mappings()
            ]
    return tuple(found)
