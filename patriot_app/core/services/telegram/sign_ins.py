"""What the chat says of a browser that asks to be let in: nothing is opened here, only answered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.devices import device_name
from patriot_app.core.domain.events import (
    SignInFailed,
    TelegramSignInAllowed,
    TelegramSignInRefused,
)
from patriot_app.core.domain.invitations import hash_token
from patriot_app.core.domain.telegram import QUESTION_LASTS, QuestionKind
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.services.telegram import questions
from patriot_app.core.unit_of_work import UnitOfWork

NOT_GOOD = "This sign-in is not valid any more. Begin again on the sign-in page."

_ASK = text(
    "UPDATE telegram_sign_ins SET telegram_id = :telegram_id, user_id = :user_id, asked_at = :now"
    " WHERE code_hash = :code_hash AND asked_at IS NULL AND used_at IS NULL AND expires_at > :now"
    " RETURNING id, ip, user_agent, created_at"
)
_ANSWER = text(
    "UPDATE telegram_sign_ins SET answer = :answer, answered_at = :now WHERE id = :id"
    " AND user_id = :user_id AND answer = '' AND used_at IS NULL AND expires_at > :now"
    " RETURNING ip, user_agent"
)
_EMAIL = text("SELECT lower(email) FROM users WHERE id = :id")
_NOTE_FAILURE = text(
    "INSERT INTO sign_in_attempts (id, subject, ip, at, succeeded)"
    " VALUES (:id, :subject, :ip, :at, false)"
)


@dataclass(frozen=True, slots=True)
class Asking:
    """What a person is told of the browser before he answers.

    Attributes:
        nonce: what the buttons carry.
    """

    device: str
    ip: str
    began_at: datetime
    ends_at: datetime
    nonce: str


async def ask(uow: UnitOfWork, code: str, *, telegram_id: int) -> Asking:
    """Bind a waiting browser to the actor's chat and ask whether it is he.

    Raises:
        Refused: unknown, asked already or expired, which is not told apart.
    """
    assert uow.actor.user_id is not None
    found = await uow.session.execute(
        _ASK,
        {
            "code_hash": hash_token(code),
            "telegram_id": telegram_id,
            "user_id": uow.actor.user_id,
            "now": uow.now,
        },
    )
    row = found.one_or_none()
    if row is None:
        raise Refused(NOT_GOOD)
    nonce = await questions.ask(uow, QuestionKind.SIGN_IN, row.id, telegram_id=telegram_id)
    return Asking(
        device=device_name(row.user_agent),
        ip=row.ip,
        began_at=row.created_at,
        ends_at=uow.now + QUESTION_LASTS,
        nonce=nonce,
    )


async def settle(uow: UnitOfWork, sign_in_id: UUID, *, is_yes: bool) -> None:
    """Note the actor's answer; a No counts as a failed try and is told to him by other ways too.

    Raises:
        Refused: it is over.
    """
    user_id = uow.actor.user_id
    assert user_id is not None
    found = await uow.session.execute(
        _ANSWER,
        {
            "id": sign_in_id,
            "user_id": user_id,
            "answer": "yes" if is_yes else "no",
            "now": uow.now,
        },
    )
    row = found.one_or_none()
    if row is None:
        raise Refused(NOT_GOOD)
    device = device_name(row.user_agent)
    if is_yes:
        uow.record(TelegramSignInAllowed(client_id=user_id, ip=row.ip, device=device))
        return
    email = (await uow.session.execute(_EMAIL, {"id": user_id})).scalar_one()
    await uow.session.execute(
        _NOTE_FAILURE, {"id": new_id(), "subject": email, "ip": row.ip, "at": uow.now}
    )
    uow.record(TelegramSignInRefused(client_id=user_id, ip=row.ip, device=device))
    uow.record(
        SignInFailed(email=email, ip=row.ip, reason="answered No in Telegram", subject=user_id)
    )
    uow.touch("sign_ins")
