"""Let a browser in whose person said Yes in his chat: in place of the password, and of it alone.

Whoever has a second factor gives its code here as well; staff without one are not let in this way.
The session proves no password, so grave acts ask for it.
"""

import secrets
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import Clock
from patriot_app.core.domain.invitations import hash_token
from patriot_app.core.domain.permissions import VISITOR
from patriot_app.core.domain.telegram import (
    OPEN_SIGN_INS_MAX,
    SIGN_IN_LASTS,
    code_of_browser,
)
from patriot_app.core.domain.throttling import Throttled
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.services.sessions import tries
from patriot_app.core.services.sessions.browsers import TOKEN_BYTES, SignedIn, open_session
from patriot_app.core.services.sessions.proofs import problem_of, record_failure, record_success
from patriot_app.core.services.sessions.tries import Try
from patriot_app.core.unit_of_work import UnitOfWork, begin

NOT_ANSWERED = "This sign-in was not allowed in Telegram, or is over. Begin again."
WRONG_CODE = "The code is not right"
KEPT_FOR = 288 * SIGN_IN_LASTS
_USER_AGENT_LENGTH = 300

_COUNT = text(
    "SELECT count(*) FROM telegram_sign_ins WHERE ip = :ip AND created_at > :since"
    " AND used_at IS NULL"
)
_FORGET = text("DELETE FROM telegram_sign_ins WHERE created_at < :before")
_BEGIN = text(
    "INSERT INTO telegram_sign_ins (id, browser_hash, code_hash, ip, user_agent, expires_at,"
    " created_at) VALUES (:id, :browser_hash, :code_hash, :ip, :user_agent, :expires_at, :now)"
)
_ALLOWED = text(
    "SELECT s.id, u.email FROM telegram_sign_ins AS s JOIN users AS u ON u.id = s.user_id"
    " JOIN telegram_links AS l ON l.user_id = s.user_id AND l.telegram_id = s.telegram_id"
    " AND l.unlinked_at IS NULL WHERE s.browser_hash = :browser_hash AND s.answer = 'yes'"
    " AND s.used_at IS NULL AND s.expires_at > :now AND s.ip = :ip"
)
_USE = text(
    "UPDATE telegram_sign_ins SET used_at = :now WHERE id = :id AND used_at IS NULL RETURNING id"
)


@dataclass(frozen=True, slots=True)
class _Allowed:
    sign_in_id: UUID
    tried: Try


async def begin_telegram_sign_in(*, ip: str, user_agent: str, clock: Clock | None = None) -> str:
    """Return a secret for the browser's cookie; whoever has it waits for a Yes in a chat.

    Raises:
        Throttled: the address has begun too many.
    """
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    async with begin(VISITOR, clock=clock) as uow:
        bound = {"ip": ip, "since": uow.now - SIGN_IN_LASTS}
        if (await uow.session.execute(_COUNT, bound)).scalar_one() >= OPEN_SIGN_INS_MAX:
            raise Throttled(SIGN_IN_LASTS)
        await uow.session.execute(_FORGET, {"before": uow.now - KEPT_FOR})
        await uow.session.execute(
            _BEGIN,
            {
                "id": new_id(),
                "browser_hash": hash_token(secret),
                "code_hash": hash_token(code_of_browser(secret)),
                "ip": ip,
                "user_agent": user_agent[:_USER_AGENT_LENGTH],
                "expires_at": uow.now + SIGN_IN_LASTS,
                "now": uow.now,
            },
        )
    return secret


async def finish_telegram_sign_in(
    secret: str, *, code: str, ip: str, user_agent: str, clock: Clock | None = None
) -> SignedIn:
    """Open the session of a browser that was allowed in a chat; good once, from the same address.

    Args:
        code: of the second factor, for who has one.

    Raises:
        Throttled: too many wrong codes; Refused: not allowed, over, or the code is not right.
    """
    async with begin(VISITOR, clock=clock) as uow:
        allowed = await _allowed(uow, secret, ip=ip)
    async with begin(VISITOR, clock=clock) as uow:
        person = allowed.tried.person
        assert person is not None
        problem = await problem_of(uow, allowed.tried, person, code)
        if person.is_staff and person.totp_box is None and not problem:
            problem = "staff without a second factor do not come in through Telegram"
        if not problem:
            await _use(uow, allowed.sign_in_id)
            proved = await record_success(uow, allowed.tried, person)
            return await open_session(uow, proved, ip=ip, user_agent=user_agent, is_proof=False)
        await record_failure(uow, allowed.tried, f"Telegram: {problem}")
    if person.is_staff and person.totp_box is None:
        raise Refused("Staff come in through Telegram only with a second factor. Use the password.")
    raise Refused(WRONG_CODE)


async def _allowed(uow: UnitOfWork, secret: str, *, ip: str) -> _Allowed:
    bound = {"browser_hash": hash_token(secret), "now": uow.now, "ip": ip}
    row = (await uow.session.execute(_ALLOWED, bound)).one_or_none()
    if row is None:
        raise Refused(NOT_ANSWERED)
    return _Allowed(row.id, await tries.note_try(uow, row.email, ip=ip))


async def _use(uow: UnitOfWork, sign_in_id: UUID) -> None:
    used = await uow.session.execute(_USE, {"id": sign_in_id, "now": uow.now})
    if used.scalar_one_or_none() is None:
        raise Refused(NOT_ANSWERED)
