"""Agree with a partner on a share of a mandate's fees, and end it; the client pays the same."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.locks import lock
from patriot_app.core.domain.events import FeeShareAgreed, FeeShareEnded
from patriot_app.core.domain.fee_shares import Share, largest_sum, month_of_fee
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.unit_of_work import UnitOfWork

NAME_LENGTH_MAX = 120
_MANDATE = text(
    """
    SELECT m.client_id, m.name, m.time_zone,
           (SELECT max(p.ends_at) FROM fee_periods AS p
             WHERE p.mandate_id = m.id AND p.finalised_at IS NOT NULL) AS final_until
      FROM mandates AS m WHERE m.id = :id
    """
)
_PARTNER = text(
    """
    WITH made AS (
        INSERT INTO partners (id, name) VALUES (:id, :name) ON CONFLICT DO NOTHING RETURNING id)
    SELECT id FROM made UNION ALL SELECT id FROM partners WHERE name = :name LIMIT 1
    """
)
_SHARES = text("SELECT rate, first_month, last_month FROM fee_shares WHERE mandate_id = :id")
_AGREE = text(
    "INSERT INTO fee_shares (id, mandate_id, partner_id, rate, first_month, last_month)"
    " VALUES (:id, :mandate_id, :partner_id, :rate, :first_month, :last_month)"
)
_ONE = text(
    "SELECT s.mandate_id, p.name, s.rate, s.first_month, s.last_month FROM fee_shares AS s"
    " JOIN partners AS p ON p.id = s.partner_id WHERE s.id = :id FOR UPDATE OF s"
)
_END = text("UPDATE fee_shares SET last_month = :last_month WHERE id = :id")


async def agree(uow: UnitOfWork, mandate_id: UUID, *, partner: str, share: Share) -> UUID:
    """Let a partner have a share of a mandate's fees; a name that is new makes him known.

    Only months that are not final yet: what was shared out is not shared out again.

    Raises:
        Invalid: fields "partner", "rate", "first_month", "last_month"; NotFound: no such mandate.
    """
    name = partner.strip()
    _check(name, share)
    await lock(uow.session, "fee_shares", mandate_id)
    mandate = await _mandate(uow, mandate_id)
    final = _last_final(mandate)
    if final is not None and share.first_month <= final:
        raise Invalid({"first_month": f"{final:%B %Y} is final; begin after it"})
    known = [Share(*row) for row in await uow.session.execute(_SHARES, {"id": mandate_id})]
    together = largest_sum([*known, share])
    if together > 1:
        raise Invalid({"rate": f"All shares of the mandate would be {together:.2%} of the fee"})
    found = await uow.session.execute(_PARTNER, {"id": new_id(), "name": name})
    share_id = new_id()
    await uow.session.execute(
        _AGREE,
        {
            "id": share_id,
            "mandate_id": mandate_id,
            "partner_id": found.scalar_one(),
            "rate": share.rate,
            "first_month": share.first_month,
            "last_month": share.last_month,
        },
    )
    uow.record(
        FeeShareAgreed(
            subject=share_id,
            mandate=mandate.name,
            partner=name,
            rate=share.rate,
            first_month=f"{share.first_month:%Y-%m}",
            last_month=f"{share.last_month:%Y-%m}" if share.last_month else "",
        )
    )
    uow.touch("billing")
    return share_id


async def end(uow: UnitOfWork, share_id: UUID, *, last_month: date) -> None:
    """Let a share end with a month; what was credited stays.

    Raises:
        Invalid: field "last_month"; Refused: it ends sooner already; NotFound.
    """
    found = (await uow.session.execute(_ONE, {"id": share_id})).one_or_none()
    if found is None:
        raise NotFound(f"There is no share {share_id}")
    final = _last_final(await _mandate(uow, found.mandate_id))
    if final is not None and last_month < final:
        raise Invalid({"last_month": f"{final:%B %Y} is final and shared; end with it or later"})
    if last_month < found.first_month:
        raise Invalid({"last_month": f"It begins with {found.first_month:%B %Y}"})
    if found.last_month is not None and found.last_month <= last_month:
        raise Refused(f"It ends with {found.last_month:%B %Y} already")
    await uow.session.execute(_END, {"id": share_id, "last_month": last_month})
    uow.record(
        FeeShareEnded(subject=share_id, partner=found.name, last_month=f"{last_month:%Y-%m}")
    )
    uow.touch("billing")


async def _mandate(uow: UnitOfWork, mandate_id: UUID) -> Any:
    found = (await uow.session.execute(_MANDATE, {"id": mandate_id})).one_or_none()
    if found is None:
        raise NotFound(f"There is no mandate {mandate_id}")
    return found


def _last_final(mandate: Any) -> date | None:
    if mandate.final_until is None:
        return None
    return month_of_fee(mandate.final_until, zone=mandate.time_zone)


def _check(name: str, share: Share) -> None:
    fields: dict[str, str] = {}
    if not 1 <= len(name) <= NAME_LENGTH_MAX:
        fields["partner"] = f"Give a name, 1 to {NAME_LENGTH_MAX} characters"
    if not 0 < share.rate <= 1:
        fields["rate"] = "Must be above 0 and at most 100 per cent"
    if share.first_month.day != 1:
        fields["first_month"] = "Give a month by its first day"
    if share.last_month is not None and (
        share.last_month.day != 1 or share.last_month < share.first_month
    ):
        fields["last_month"] = "Must be a month, not before the first"
    if fields:
        raise Invalid(fields)
