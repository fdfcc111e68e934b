"""Release a month that would be held for good: what nobody measured is decided, or left out.

Two ways lead on where a key was gone over the end of a month. Its open positions there are given a
value with evidence; or, where the key never came back, the account leaves the mandate at the end of
the last day that its rows explained. Both only let the month be computed again.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text

from patriot_app.core.db import boundary_values
from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.boundary_values import EVIDENCE_LENGTH_MIN, ValueSource
from patriot_app.core.domain.events import AccountLeftMandate, AccountValued
from patriot_app.core.domain.invoices import FeePeriodStatus
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.schema.billing import FeePeriod
from patriot_app.core.schema.mandates import Mandate, MandateAccount
from patriot_app.core.unit_of_work import UnitOfWork

_LAST_PROVED = text(
    """
    SELECT max(d.day) + interval '1 day' FROM ledger_days AS d
      JOIN ledger_cursors AS c ON c.account_id = d.account_id
     WHERE d.account_id = :account_id AND d.state = 'tied'
       AND d.day + interval '1 day' <= least(c.complete_until, CAST(:until AS timestamptz))
    """
)
_VALUED = text(
    "SELECT 1 FROM equity_snapshots WHERE account_id = :account_id AND resolution IN"
    " ('minute', 'hour') AND taken_at < :moment AND taken_at >= CAST(:moment AS timestamptz)"
    " - CASE resolution WHEN 'hour' THEN interval '1 hour' ELSE interval '5 minutes' END LIMIT 1"
)
_FINAL_UNTIL = text(
    "SELECT max(ends_at) FROM fee_periods WHERE mandate_id = :mandate_id"
    " AND status IN ('finalised', 'empty')"
)


@dataclass(frozen=True, slots=True)
class _Held:
    """A held month, an account's place in its mandate, and until when it counts there."""

    period: FeePeriod
    mandate: Mandate
    place: MandateAccount
    cut_off: datetime


async def value_account(
    uow: UnitOfWork,
    period_id: UUID,
    account_id: UUID,
    *,
    unrealised_pnl: Decimal,
    evidence: str,
    reason: str,
) -> None:
    """Say what an account's open positions were worth when a held month ended.

    Args:
        unrealised_pnl: USDT; negative: an open loss.
        evidence: what anybody can check it with; it stands in the statement.

    Raises:
        Invalid: no evidence or no reason; NotFound; Refused: the month is not held, or the account
            was valued then.
    """
    need_reason(reason)
    if len(evidence.strip()) < EVIDENCE_LENGTH_MIN:
        raise Invalid({"evidence": "Say what it can be checked with, in at least 10 characters"})
    held = await _held(uow, period_id, account_id)
    bound = {"account_id": account_id, "moment": held.cut_off}
    was_measured = (await uow.session.execute(_VALUED, bound)).first() is not None
    if was_measured or not await boundary_values.keep(
        uow.session,
        account_id,
        held.cut_off,
        unrealised_pnl=unrealised_pnl,
        source=ValueSource.PERSON,
        evidence=evidence.strip(),
    ):
        raise Refused("Its open positions were valued at that moment; the month waits for more")
    uow.record(
        AccountValued(
            client_id=held.mandate.client_id,
            subject=period_id,
            account_id=account_id,
            moment=held.cut_off,
            unrealised_pnl=unrealised_pnl,
            source=ValueSource.PERSON.value,
            evidence=evidence.strip(),
            reason=reason.strip(),
        )
    )
    uow.touch("fees", "billing")


async def leave_mandate(
    uow: UnitOfWork, period_id: UUID, account_id: UUID, *, reason: str
) -> datetime:
    """Let an account leave the mandate of a held month after its last proved day; return when.

    Raises:
        Invalid: no reason; NotFound; Refused: the month is not held, its evidence reaches to the
            end, or no day after the last final month is proved.
    """
    need_reason(reason)
    held = await _held(uow, period_id, account_id)
    bound = {"account_id": account_id, "until": held.cut_off}
    last: datetime | None = (await uow.session.execute(_LAST_PROVED, bound)).scalar_one()
    final = (
        await uow.session.execute(_FINAL_UNTIL, {"mandate_id": held.mandate.id})
    ).scalar_one_or_none()
    earliest = max(held.place.joined_at, final or held.place.joined_at)
    if last is None or last < earliest:
        raise Refused(
            f"No day since {earliest:%Y-%m-%d} is proved for this account; accept the gap of its"
            " ledger, or have its key replaced"
        )
    if last >= held.cut_off:
        raise Refused("Its rows explain every day of this month; nothing has to be left out")
    held.place.left_at = last
    uow.record(
        AccountLeftMandate(
            client_id=held.mandate.client_id,
            subject=period_id,
            account_id=account_id,
            left_at=last,
            reason=reason.strip(),
        )
    )
    uow.touch("fees", "billing", "clients")
    return last


async def _held(uow: UnitOfWork, period_id: UUID, account_id: UUID) -> _Held:
    period = await get_for_update(uow.session, FeePeriod, period_id)
    if period.status is not FeePeriodStatus.SUSPECT_INCOMPLETE:
        raise Refused("Only a month that is held can be released")
    mandate = await uow.session.get_one(Mandate, period.mandate_id)
    places = await uow.session.scalars(
        select(MandateAccount)
        .where(
            MandateAccount.mandate_id == period.mandate_id,
            MandateAccount.account_id == account_id,
            MandateAccount.joined_at < period.ends_at,
        )
        .order_by(MandateAccount.joined_at.desc())
        .with_for_update()
    )
    place = places.first()
    if place is None or (place.left_at is not None and place.left_at <= period.starts_at):
        raise NotFound("This account is not part of that month")
    return _Held(period, mandate, place, min(place.left_at or period.ends_at, period.ends_at))
