"""Statements that must find nothing. Run every minute; a row is a bug or damage, never normal life."""

from dataclasses import dataclass

from sqlalchemy import text

from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries.reader import reading

SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold, with the first objects that break it."""

    name: str
    sample: tuple[str, ...]


# What is still being stored has its grace: news of the last seconds are on their way.
INVARIANTS = {
    "fills_sum_to_filled_quantity": """
        SELECT a.client_order_id AS broken FROM attempts AS a
          LEFT JOIN fills AS f ON f.attempt_id = a.id
         WHERE a.state IN ('filled', 'canceled', 'expired', 'late_filled')
           AND a.resolved_at < now() - interval '60 s'
         GROUP BY a.id HAVING coalesce(sum(f.quantity), 0) <> a.filled_quantity
    """,
    "position_is_the_sum_of_its_fills": """
        SELECT p.account_id || '/' || p.symbol AS broken FROM positions AS p
          LEFT JOIN fills AS f ON f.account_id = p.account_id AND f.symbol = p.symbol
         GROUP BY p.account_id, p.symbol, p.position_side
        HAVING p.quantity <> coalesce(sum(CASE f.side WHEN 'BUY' THEN f.quantity
                                                      ELSE -f.quantity END), 0)
    """,
    "ledger_ties_to_wallet": """
        SELECT account_id::text AS broken FROM ledger_cursors
         WHERE tie_out_difference IS NOT NULL AND abs(tie_out_difference) > 0.01
    """,
    "rows_total_is_the_sum_of_ledger_rows": """
        SELECT c.account_id::text AS broken FROM ledger_cursors AS c
          LEFT JOIN ledger_rows AS r ON r.account_id = c.account_id
         GROUP BY c.account_id HAVING c.rows_total <> coalesce(sum(r.amount), 0)
    """,
    "a_position_that_wants_a_stop_has_one": """
        SELECT p.account_id || '/' || p.symbol AS broken FROM positions AS p
         WHERE p.quantity <> 0 AND p.wanted_stop IS NOT NULL
           AND p.unprotected_since < now() - interval '30 s'
    """,
    "nothing_stays_unknown": """
        SELECT client_order_id AS broken FROM attempts
         WHERE state IN ('sending', 'unknown') AND sending_at < now() - interval '15 min'
    """,
    "no_order_is_sent_twice_for_one_intent": """
        SELECT intent_id::text AS broken FROM attempts
         WHERE state NOT IN ('void', 'absent', 'rejected', 'created')
         GROUP BY intent_id HAVING count(*) > 1
    """,
    "paper_money_is_never_billed": """
        SELECT i.id::text AS broken FROM invoices AS i
          JOIN mandate_accounts AS m ON m.mandate_id = i.mandate_id
          JOIN accounts AS a ON a.id = m.account_id WHERE a.mode <> 'live'
    """,
}


async def violations() -> list[Violation]:
    """Return the invariants that do not hold now."""
    found = []
    async with reading(SYSTEM, snapshot=True) as session:
        for name, statement in INVARIANTS.items():
            rows = await session.execute(
                text(f"SELECT broken FROM ({statement}) AS found LIMIT :sample"),  # noqa: S608
                {"sample": SAMPLE},
            )
            sample = tuple(row.broken for row in rows)
            if sample:
                found.append(Violation(name, sample))
    return found
