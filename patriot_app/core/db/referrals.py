"""Whose code a person registers with, and who recommended him, in the caller's transaction."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.domain.referrals import UNKNOWN, normalise
from patriot_app.core.errors import Invalid

_WHOSE = text(
    "SELECT c.client_id FROM referral_codes AS c JOIN users AS u ON u.id = c.client_id"
    " WHERE c.code = :code AND u.status <> 'closed'"
)
_KEEP = text(
    "INSERT INTO referrals (client_id, referrer_id, code) VALUES (:client_id, :referrer_id, :code)"
)


async def find_referrer(session: AsyncSession, given: str) -> tuple[UUID, str] | None:
    """Return whose code was given, and the code; None where nothing was.

    Raises:
        Invalid: field "code": nobody has it.
    """
    if not given.strip():
        return None
    code = normalise(given)
    found = (await session.execute(_WHOSE, {"code": code})).scalar_one_or_none()
    if code is None or found is None:
        raise Invalid({"code": UNKNOWN})
    return found, code


async def keep_referral(
    session: AsyncSession, client_id: UUID, *, referrer_id: UUID, code: str
) -> None:
    """Keep who recommended the desk to a person who registers; it is never changed."""
    await session.execute(_KEEP, {"client_id": client_id, "referrer_id": referrer_id, "code": code})
