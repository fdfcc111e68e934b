"""What a person decides about a ledger: what a type of rows means, that a gap hides nothing."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.events import LedgerGapAccepted, LedgerTypeClassified
from patriot_app.core.domain.ledger import CLASSIFICATION, LedgerClass
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.schema.ledger import LedgerCursor, LedgerType
from patriot_app.core.unit_of_work import UnitOfWork

_APPLY = text(
    """
    UPDATE ledger_rows AS r SET classification = :classification FROM accounts AS a
     WHERE a.id = r.account_id AND a.exchange = :exchange AND r.row_type = :row_type
       AND r.classification = 'unknown'
    """
)


async def classify(
    uow: UnitOfWork,
    exchange: Exchange,
    row_type: str,
    *,
    classification: LedgerClass,
    reason: str,
) -> int:
    """Decide what a type means for rows there are and rows to come; return how many there are.

    Raises:
        Invalid: no reason, or nothing was chosen; Refused: the type is known already.
    """
    need_reason(reason)
    if classification is LedgerClass.UNKNOWN:
        raise Invalid({"classification": "Choose what the rows mean"})
    if row_type in CLASSIFICATION[exchange]:
        raise Refused(f"{row_type} of {exchange.value} is a known type")
    added = await uow.session.execute(
        insert(LedgerType)
        .values(
            exchange=exchange,
            row_type=row_type,
            classification=classification,
            reason=reason.strip(),
            decided_by=uow.actor.name,
        )
        .on_conflict_do_nothing()
        .returning(LedgerType.row_type)
    )
    if added.first() is None:
        raise Refused(f"{row_type} of {exchange.value} is classified already")
    applied = await uow.session.execute(
        _APPLY,
        {
            "exchange": exchange.value,
            "row_type": row_type,
            "classification": classification.value,
        },
    )
    rows = int(getattr(applied, "rowcount", 0))
    uow.record(
        LedgerTypeClassified(
            exchange=exchange.value,
            row_type=row_type,
            classification=classification.value,
            rows=rows,
            reason=reason.strip(),
        )
    )
    uow.touch("ledger", "fees", "billing")
    return rows


async def accept_gap(uow: UnitOfWork, account_id: UUID, *, reason: str) -> None:
    """Say that nothing of account is missing in a ledger's gap; its months go on.

    Raises:
        Invalid: no reason; NotFound: no such ledger; Refused: it has no gap.
    """
    need_reason(reason)
    cursor = await get_for_update(uow.session, LedgerCursor, account_id)
    if cursor.gap_from is None:
        raise Refused("This ledger has no gap")
    uow.record(
        LedgerGapAccepted(account_id=account_id, gap_from=cursor.gap_from, reason=reason.strip())
    )
    cursor.gap_from = None
    uow.touch("ledger", "fees", "billing")
