"""Agreements with clients: sign, change the rate from the next month on, end."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.db.market_time import market_now
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import MandateEnded, MandateRateChanged, MandateSigned
from patriot_app.core.domain.mandates import FeeMeasure, WithdrawalPolicy, opening_mark
from patriot_app.core.domain.periods import month_of, zone_of
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.mandates import Mandate, MandateAccount, MandateTerm
from patriot_app.core.unit_of_work import UnitOfWork

INVOICE_MINIMUM = Decimal(10)

_ACCOUNTS = text(
    "SELECT a.id, a.client_id, a.label, s.unrealised_pnl, m.mandate_id FROM accounts AS a"
    " LEFT JOIN account_states AS s ON s.account_id = a.id"
    " LEFT JOIN mandate_accounts AS m ON m.account_id = a.id AND m.left_at IS NULL"
    " WHERE a.id = ANY(:ids) ORDER BY a.id"
)
_LEAVE = text(
    "UPDATE mandate_accounts SET left_at = :at WHERE mandate_id = :mandate_id AND left_at IS NULL"
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
    invoice_minimum: Decimal = INVOICE_MINIMUM,
) -> UUID:
    """Sign a mandate over accounts of one client, netted against each other.

    It starts with the mark max(0, unrealised profit), so that profit made before is not billed.

    Args:
        rate: fraction of the new profit, 0 <= rate < 1.
        starts_at: market time; None: now.

    Raises:
        Invalid: by field; Refused: an account is in a mandate already; NotFound: no such account.
    """
    _check_fields(name, account_ids, rate, time_zone, invoice_minimum)
    unrealised = await _check_accounts(uow, client_id, account_ids)
    start = starts_at or await market_now(uow.session, wall=uow.now)
    mandate_id = new_id()
    uow.session.add(
        Mandate(
            id=mandate_id,
            client_id=client_id,
            name=name.strip(),
            currency=currency,
            time_zone=time_zone,
            measure=measure,
            withdrawal_policy=withdrawal_policy,
            starts_at=start,
            opening_mark=opening_mark(unrealised),
            invoice_minimum=invoice_minimum,
        )
    )
    await uow.session.flush()
    uow.session.add(MandateTerm(id=new_id(), mandate_id=mandate_id, rate=rate, valid_from=start))
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


async def change_rate(uow: UnitOfWork, mandate_id: UUID, *, rate: Decimal) -> datetime:
    """Agree on another rate from the next month on; return when that begins.

    Raises:
        Invalid: rate out of range; Refused: the mandate has ended.
    """
    if not 0 <= rate < 1:
        raise Invalid({"rate": "A rate is a fraction from 0 to below 1"})
    mandate = await get_for_update(uow.session, Mandate, mandate_id)
    if mandate.ends_at is not None:
        raise Refused(f"{mandate.name} has ended")
    now = await market_now(uow.session, wall=uow.now)
    valid_from = month_of(now, zone=zone_of(mandate.time_zone)).end
    await uow.session.execute(
        insert(MandateTerm)
        .values(id=new_id(), mandate_id=mandate_id, rate=rate, valid_from=valid_from)
        .on_conflict_do_update(index_elements=["mandate_id", "valid_from"], set_={"rate": rate})
    )
    uow.record(
        MandateRateChanged(
            client_id=mandate.client_id, subject=mandate_id, rate=rate, valid_from=valid_from
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


async def _check_accounts(uow: UnitOfWork, client_id: UUID, account_ids: Sequence[UUID]) -> Decimal:
    """Return the accounts' unrealised profit in USDT."""
    rows = (await uow.session.execute(_ACCOUNTS, {"ids": list(account_ids)})).all()
    if len(rows) != len(set(account_ids)):
        raise NotFound("One of the accounts does not exist")
    for row in rows:
        if row.client_id != client_id:
            raise Refused(f"{row.label} belongs to another client")
        if row.mandate_id is not None:
            raise Refused(f"{row.label} is in a mandate already")
    return sum((row.unrealised_pnl or Decimal(0) for row in rows), Decimal(0))


def _check_fields(
    name: str, account_ids: Sequence[UUID], rate: Decimal, time_zone: str, minimum: Decimal
) -> None:
    fields: dict[str, str] = {}
    if not name.strip():
        fields["name"] = "Please give a name"
    if not account_ids:
        fields["accounts"] = "Choose at least one account"
    if not 0 <= rate < 1:
        fields["rate"] = "A rate is a fraction from 0 to below 1"
    if minimum < 0:
        fields["invoice_minimum"] = "It cannot be negative"
    if fields:
        raise Invalid(fields)
    zone_of(time_zone)
