"""What a supervisor asks for: every invoice, credit note, payment, booking and statement of a time."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import text

from patriot_app.core.domain import csv_files
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import Invalid
from patriot_app.core.queries.reader import desk_reading

DAYS_MAX = 366
_OF_INVOICE = (
    "JOIN invoices AS i ON i.id = x.invoice_id JOIN mandates AS m ON m.id = i.mandate_id"
    " JOIN users AS u ON u.id = m.client_id"
)
_FILES = {
    "invoices.csv": """
        SELECT i.number, i.status, m.client_id, u.name AS client, m.name AS mandate, p.starts_at,
               p.ends_at, i.currency, i.amount, i.paid, i.credited, i.finalised_at, i.due_at
          FROM invoices AS i JOIN mandates AS m ON m.id = i.mandate_id
          JOIN users AS u ON u.id = m.client_id JOIN fee_periods AS p ON p.id = i.fee_period_id
         WHERE i.finalised_at >= :since AND i.finalised_at < :until ORDER BY i.number""",
    "credit_notes.csv": f"""
        SELECT x.number, i.number AS invoice, m.client_id, u.name AS client, i.currency, x.amount,
               x.reason, x.issued_by, x.created_at AS issued_at
          FROM credit_notes AS x {_OF_INVOICE}
         WHERE x.created_at >= :since AND x.created_at < :until ORDER BY x.number""",  # noqa: S608
    "payments.csv": f"""
        SELECT i.number AS invoice, m.client_id, u.name AS client, i.currency, x.amount,
               x.reference, x.received_on, x.recorded_by, x.created_at AS recorded_at
          FROM payments AS x {_OF_INVOICE}
         WHERE x.created_at >= :since AND x.created_at < :until
         ORDER BY x.created_at, x.id""",  # noqa: S608
    "journal.csv": """
        SELECT e.id AS entry, e.created_at AS booked_at, e.kind, e.mandate_id, e.fee_period_id,
               i.number AS invoice, e.currency, l.account, l.amount
          FROM journal_entries AS e JOIN journal_lines AS l ON l.entry_id = e.id
          LEFT JOIN invoices AS i ON i.id = e.invoice_id
         WHERE e.created_at >= :since AND e.created_at < :until
         ORDER BY e.created_at, e.id, l.account""",
    "statements.csv": """
        SELECT p.id AS period, m.client_id, u.name AS client, m.name AS mandate, p.starts_at,
               p.ends_at, p.status, p.is_billable, p.net_profit, p.high_water_mark_before, p.base,
               p.rate, p.fee, p.high_water_mark_after, a.value ->> 'label' AS account,
               a.value ->> 'rows' AS ledger_rows, a.value ->> 'digest' AS ledger_sha256
          FROM fee_periods AS p JOIN mandates AS m ON m.id = p.mandate_id
          JOIN users AS u ON u.id = m.client_id
          LEFT JOIN LATERAL jsonb_array_elements(p.evidence -> 'accounts') AS a(value) ON true
         WHERE p.ends_at > :since AND p.ends_at <= :until
         ORDER BY p.ends_at, p.id, a.value ->> 'account_id'""",
}


async def files(actor: Actor, first: date, last: date) -> Mapping[str, str]:
    """Return the CSV files of a period by name, all of one moment; for the desk.

    Args:
        first, last: days in UTC, both included. Bookings count by when they were made, statements
            by when their month ended in market time.

    Raises:
        Invalid: the fields "first" or "last".
    """
    if last < first:
        raise Invalid({"last": "The last day must not be before the first"})
    if last - first >= timedelta(days=DAYS_MAX):
        raise Invalid({"last": f"At most {DAYS_MAX} days at once"})
    bound = {
        "since": datetime.combine(first, time(), UTC),
        "until": datetime.combine(last, time(), UTC) + timedelta(days=1),
    }
    found: dict[str, str] = {}
    async with desk_reading(actor, snapshot=True) as session:
        for name, statement in _FILES.items():
            rows = await session.execute(text(statement), bound)
            found[name] = csv_files.as_csv(list(rows.keys()), rows.all())
    return found
