"""Give a customer the code by which he recommends the desk."""

import secrets

from sqlalchemy import text

from patriot_app.core.db.locks import lock
from patriot_app.core.domain.events import ReferralCodeIssued
from patriot_app.core.domain.referrals import CODE_LENGTH, code_from
from patriot_app.core.errors import Refused
from patriot_app.core.unit_of_work import UnitOfWork

TRIES = 5

_OWN = text("SELECT code FROM referral_codes WHERE client_id = :client_id")
_ISSUE = text(
    "INSERT INTO referral_codes (client_id, code) VALUES (:client_id, :code)"
    " ON CONFLICT (code) DO NOTHING RETURNING code"
)


async def issue(uow: UnitOfWork) -> str:
    """Return the actor's own code; who has none is given one, which then stays his.

    Raises:
        Refused: the actor is no person, or chance failed again and again.
    """
    client_id = uow.actor.user_id
    if client_id is None:
        raise Refused("Sign in or connect this chat first")
    await lock(uow.session, "referral_code", client_id)
    known = (await uow.session.execute(_OWN, {"client_id": client_id})).scalar_one_or_none()
    if known is not None:
        return str(known)
    for _ in range(TRIES):
        bound = {"client_id": client_id, "code": code_from(secrets.token_bytes(CODE_LENGTH))}
        code = (await uow.session.execute(_ISSUE, bound)).scalar_one_or_none()
        if code is not None:
            uow.record(ReferralCodeIssued(client_id=client_id, code=code))
            uow.touch("clients")
            return str(code)
    raise Refused("No code was free; try again")
