"""Hold clients whose invoices have been overdue for too long: their accounts open nothing more.

Off unless the invoicing details say after how many days. Each invoice holds its client once: whoever
lets the accounts trade again decides for good. Exits and stops go on.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db import invoicing_terms
from patriot_app.core.domain.events import ClientHeldForOverdue
from patriot_app.core.domain.invoicing import days_overdue
from patriot_app.core.unit_of_work import UnitOfWork

BATCH = 50
_OVERDUE = text(
    """
    UPDATE invoices AS i SET suspended_at = :now
      FROM mandates AS m
     WHERE m.id = i.mandate_id AND i.id IN (
           SELECT id FROM invoices
            WHERE status = 'open' AND amount > paid + credited AND suspended_at IS NULL
              AND due_at + make_interval(days => :days) <= :now
            ORDER BY due_at, id LIMIT :count FOR UPDATE SKIP LOCKED)
    RETURNING i.id, i.number, i.due_at, m.client_id
    """
)
_ACTIVE = text("SELECT id FROM accounts WHERE client_id = :client_id AND status = 'active'")


@dataclass(frozen=True, slots=True)
class Hold:
    """An account that is to be suspended, and why."""

    account_id: UUID
    reason: str


async def begin_holds(uow: UnitOfWork) -> list[Hold]:
    """Note which invoices hold their clients from now on; return the accounts to be suspended."""
    days = (await invoicing_terms.current(uow.session)).suspend_after_days
    if days is None:
        return []
    bound = {"days": days, "now": uow.now, "count": BATCH}
    rows = (await uow.session.execute(_OVERDUE, bound)).all()
    holds: dict[UUID, Hold] = {}
    for row in sorted(rows, key=lambda row: str(row.number)):
        late = days_overdue(row.due_at, now=uow.now)
        found = await uow.session.execute(_ACTIVE, {"client_id": row.client_id})
        accounts = [account_id for account_id in found.scalars() if account_id not in holds]
        reason = f"Invoice {row.number} has been overdue for {late} days"
        holds |= {account_id: Hold(account_id, reason) for account_id in accounts}
        uow.record(
            ClientHeldForOverdue(
                client_id=row.client_id,
                subject=row.id,
                number=row.number,
                days=late,
                accounts=len(accounts),
            )
        )
    return list(holds.values())
