"""Agreements with clients: sign, amend from the next month on, end."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.db.market_time import market_now
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import (
    HighWaterMarkReset,
    MandateEnded,
    MandateSigned,
    MandateTermsChanged,
)
from patriot_app.core.domain.mandates import (
    FeeMeasure,
    Terms,
    WithdrawalPolicy,
    opening_mark,
    problems_of,
)
from patriot_app.core.domain.periods import month_of, zone_of
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.mandates import Mandate, MandateAccount, MandateMark, MandateTerm
from patriot_app.core.unit_of_work import UnitOfWork

INVOICE_MINIMUM = Decimal(10)

_ACCOUNTS = text(
    "SELECT a.id, a.client_id, a.label, s.unrealised_pnl, m.mandate_id,"
    " EXISTS (SELECT 1 FROM positions AS p WHERE p.account_id = a.id AND p.quantity <> 0)"
    " AS holds_positions FROM accounts AS a"
    " LEFT JOIN account_states AS s ON s.account_id = a.id"
    " LEFT JOIN mandate_accounts AS m ON m.account_id = a.id AND m.left_at IS NULL"
    " WHERE a.id = ANY(:ids) ORDER BY a.id"
)
_LEAVE = text(
    "UPDATE mandate_accounts SET left_at = :at WHERE mandate_id = :mandate_id AND left_at IS NULL"
)


_MARK = text(
    """
    SELECT greatest(
        coalesce(latest.mark, m.opening_mark),
        (SELECT max(p.high_water_mark_after) FROM fee_periods AS p
          WHERE p.mandate_id = m.id AND p.status = 'finalised'
            AND (latest.valid_from IS NULL OR p.starts_at >= latest.valid_from))) AS mark
      FROM mandates AS m
      LEFT JOIN LATERAL (SELECT r.mark, r.valid_from FROM mandate_marks AS r
           WHERE r.mandate_id = m.id ORDER BY r.valid_from DESC LIMIT 1) AS latest ON true
     WHERE m.id = :mandate_id
    """
)


async def sign(
    uow: UnitOfWork,
    *,
    client_id: UUID,
    name: str,
    account_ids: Sequence[UUID],
    rate: Decimal,
    starts_at: datetime | None = None,
    currency: str = "USDT",
    time_zone: str = "UTC",
    measure: FeeMeasure = FeeMeasure.PRUDENT,
    withdrawal_policy: WithdrawalPolicy = WithdrawalPolicy.DOLLAR,
    hurdle: Decimal = Decimal(0),
    invoice_minimum: Decimal = INVOICE_MINIMUM,
    must_be_flat: bool = False,
) -> UUID:
    """Sign a mandate over accounts of one client, netted against each other.

    It starts with the mark max(0, unrealised profit), so that profit made before is not billed.

    Args:
        rate: fraction of the new profit, 0 <= rate < 1.
        starts_at: market time; None: now.
        must_be_flat: it was agreed to start without open positions.

    Raises:
        Invalid: by field; Refused: an account is in a mandate already, or not flat although that
        was agreed; NotFound: no such account.
    """
    terms = Terms(rate, measure, withdrawal_policy, hurdle, invoice_minimum)
    _check_fields(name, account_ids, time_zone, terms)
    unrealised = await _check_accounts(uow, client_id, account_ids, must_be_flat=must_be_flat)
    start = starts_at or await market_now(uow.session, wall=uow.now)
    mandate_id = new_id()
    uow.session.add(
        Mandate(
            id=mandate_id,
            client_id=client_id,
            name=name.strip(),
            currency=currency,
            time_zone=time_zone,
            starts_at=start,
            opening_mark=opening_mark(unrealised),
        )
    )
    await uow.session.flush()
    await _agree(uow, mandate_id, terms, valid_from=start)
    await uow.session.execute(
        insert(MandateAccount),
        [
            {
                "id": new_id(),
                "mandate_id": mandate_id,
                "account_id": account_id,
                "joined_at": start,
            }
            for account_id in account_ids
        ],
    )
    uow.record(
        MandateSigned(
            client_id=client_id,
            subject=mandate_id,
            name=name.strip(),
            rate=rate,
            measure=measure.value,
            starts_at=start,
        )
    )
    uow.touch("fees", "clients")
    return mandate_id


async def change_terms(uow: UnitOfWork, mandate_id: UUID, terms: Terms, *, reason: str) -> datetime:
    """Agree on other terms from the next month on; return when that begins.

    Raises:
        Invalid: by field, or no reason; Refused: the mandate has ended.
    """
    need_reason(reason)
    if fields := problems_of(terms):
        raise Invalid(fields)
    mandate, valid_from = await _next_period(uow, mandate_id)
    await _agree(uow, mandate_id, terms, valid_from=valid_from)
    uow.record(
        MandateTermsChanged(
            client_id=mandate.client_id,
            subject=mandate_id,
            rate=terms.rate,
            measure=terms.measure.value,
            withdrawal_policy=terms.withdrawal_policy.value,
            hurdle=terms.hurdle,
            invoice_minimum=terms.invoice_minimum,
            valid_from=valid_from,
            reason=reason.strip(),
        )
    )
    uow.touch("fees", "clients")
    return valid_from


async def reset_mark(uow: UnitOfWork, mandate_id: UUID, mark: Decimal, *, reason: str) -> datetime:
    """Set the high-water mark anew from the next month on; return when that begins.

    Raises:
        Invalid: by field, or no reason; Refused: the mandate has ended, or its mark is set anew
        from then on already.
    """
    need_reason(reason)
    if mark < 0:
        raise Invalid({"mark": "A mark cannot be negative"})
    mandate, valid_from = await _next_period(uow, mandate_id)
    before = (await uow.session.execute(_MARK, {"mandate_id": mandate_id})).scalar_one()
    added = await uow.session.execute(
        insert(MandateMark)
        .values(id=new_id(), mandate_id=mandate_id, mark=mark, valid_from=valid_from, reason=reason)
        .on_conflict_do_nothing(index_elements=["mandate_id", "valid_from"])
        .returning(MandateMark.id)
    )
    if added.first() is None:
        raise Refused(f"The mark of {mandate.name} is set anew from {valid_from:%Y-%m-%d} already")
    uow.record(
        HighWaterMarkReset(
            client_id=mandate.client_id,
            subject=mandate_id,
            mark=mark,
            mark_before=before,
            valid_from=valid_from,
            reason=reason.strip(),
        )
    )
    uow.touch("fees")
    return valid_from


async def end(uow: UnitOfWork, mandate_id: UUID, *, reason: str) -> None:
    """End a mandate now; its last, shorter period is closed as usual.

    Raises:
        Invalid: no reason; Refused: it has ended before.
    """
    need_reason(reason)
    mandate = await get_for_update(uow.session, Mandate, mandate_id)
    if mandate.ends_at is not None:
        raise Refused(f"{mandate.name} has ended already")
    mandate.ends_at = await market_now(uow.session, wall=uow.now)
    await uow.session.execute(_LEAVE, {"mandate_id": mandate_id, "at": mandate.ends_at})
    uow.record(
        MandateEnded(
            client_id=mandate.client_id,
            subject=mandate_id,
            ends_at=mandate.ends_at,
            reason=reason,
        )
    )
    uow.touch("fees", "clients")


async def _next_period(uow: UnitOfWork, mandate_id: UUID) -> tuple[Mandate, datetime]:
    """Return the mandate, locked, and the start of its next month."""
    mandate = await get_for_update(uow.session, Mandate, mandate_id)
    if mandate.ends_at is not None:
        raise Refused(f"{mandate.name} has ended")
    now = await market_now(uow.session, wall=uow.now)
    return mandate, month_of(now, zone=zone_of(mandate.time_zone)).end


async def _agree(uow: UnitOfWork, mandate_id: UUID, terms: Terms, *, valid_from: datetime) -> None:
    agreed = asdict(terms)
    await uow.session.execute(
        insert(MandateTerm)
        .values(id=new_id(), mandate_id=mandate_id, valid_from=valid_from, **agreed)
        .on_conflict_do_update(index_elements=["mandate_id", "valid_from"], set_=agreed)
    )


async def _check_accounts(
    uow: UnitOfWork, client_id: UUID, account_ids: Sequence[UUID], *, must_be_flat: bool
) -> Decimal:
    """Return the accounts' unrealised profit in USDT."""
    rows = (await uow.session.execute(_ACCOUNTS, {"ids": list(account_ids)})).all()
    if len(rows) != len(set(account_ids)):
        raise NotFound("One of the accounts does not exist")
    for row in rows:
        if row.client_id != client_id:
            raise Refused(f"{row.label} belongs to another client")
        if row.mandate_id is not None:
            raise Refused(f"{row.label} is in a mandate already")
        if must_be_flat and row.holds_positions:
            raise Refused(f"{row.label} holds open positions; close them, or start with a mark")
    return sum((row.unrealised_pnl or Decimal(0) for row in rows), Decimal(0))


def _check_fields(name: str, account_ids: Sequence[UUID], time_zone: str, terms: Terms) -> None:
    fields = problems_of(terms)
    if not name.strip():
        fields["name"] = "Please give a name"
    if not account_ids:
        fields["accounts"] = "Choose at least one account"
    if fields:
        raise Invalid(fields)
    zone_of(time_zone)
