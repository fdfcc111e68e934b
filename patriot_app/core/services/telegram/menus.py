"""What the buttons under a screen do: kept here, for one person in his chat, good once and for a while.

The chat holds an opaque word and a number; a pressed menu is used up as a whole, so that a second
press, another person's press and a press of yesterday's screen do nothing.
"""

import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from patriot_app.core.domain.invitations import hash_token
from patriot_app.core.domain.telegram import (
    CODE_BYTES,
    MENU_LASTS,
    QUESTION_LASTS,
    TYPED_CODES,
    QuestionKind,
    code_from,
)
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.unit_of_work import UnitOfWork

STALE = "This screen is out of date; nothing was done. Send the command again."
WRONG_CODE = "This is not the code that was shown, or its time is over. Nothing was done."

Choice = tuple[str, ...]
"""What a button does, then what it is about."""

_KEEP = text(
    "INSERT INTO telegram_questions"
    " (id, nonce_hash, telegram_id, kind, subject_id, choices, expires_at)"
    " VALUES (:id, :nonce_hash, :telegram_id, :kind, :person, CAST(:choices AS jsonb), :expires_at)"
)
_FORGET = text(
    "DELETE FROM telegram_questions WHERE telegram_id = :telegram_id"
    " AND kind IN ('menu', 'typed') AND expires_at < :now"
)
_PRESS = text(
    "UPDATE telegram_questions SET answered_at = :now WHERE nonce_hash = :nonce_hash"
    " AND telegram_id = :telegram_id AND subject_id = :person AND kind = 'menu'"
    " AND answered_at IS NULL AND expires_at > :now RETURNING choices"
)
# The newest code alone counts, and one try alone.
_TYPED = text(
    "UPDATE telegram_questions SET answered_at = :now WHERE id = ("
    " SELECT id FROM telegram_questions WHERE telegram_id = :telegram_id AND subject_id = :person"
    " AND kind = 'typed' AND answered_at IS NULL AND expires_at > :now"
    " ORDER BY created_at DESC, id DESC LIMIT 1) RETURNING id, nonce_hash, choices"
)


async def keep(
    uow: UnitOfWork,
    choices: Sequence[Choice],
    *,
    telegram_id: int,
    lasts: timedelta = MENU_LASTS,
) -> str:
    """Note what each button of the actor's screen does; return the word that they carry."""
    nonce = code_from(secrets.token_bytes(CODE_BYTES))
    await uow.session.execute(_FORGET, {"telegram_id": telegram_id, "now": uow.now})
    await _insert(
        uow,
        QuestionKind.MENU,
        new_id(),
        hash_token(nonce),
        choices,
        telegram_id=telegram_id,
        lasts=lasts,
    )
    return nonce


async def press(uow: UnitOfWork, nonce: str, index: int, *, telegram_id: int) -> Choice:
    """Use a menu up; return what the pressed button does.

    Raises:
        Refused: unknown, another person's, pressed already or too old, which is not told apart.
    """
    bound = {
        "nonce_hash": hash_token(nonce),
        "telegram_id": telegram_id,
        "person": uow.actor.user_id,
        "now": uow.now,
    }
    choices: Any = (await uow.session.execute(_PRESS, bound)).scalar_one_or_none()
    if choices is None or not 0 <= index < len(choices):
        raise Refused(STALE)
    return tuple(choices[index])


async def ask_to_type(uow: UnitOfWork, choice: Choice, *, telegram_id: int) -> str:
    """Return the digits that the actor must type within the minute for it to be done."""
    question_id, digits = new_id(), f"{secrets.randbelow(TYPED_CODES):04d}"
    await _insert(
        uow,
        QuestionKind.TYPED,
        question_id,
        _hash_typed(question_id, digits),
        [choice],
        telegram_id=telegram_id,
        lasts=QUESTION_LASTS,
    )
    return digits


async def was_typed(uow: UnitOfWork, digits: str, *, telegram_id: int) -> Choice | None:
    """Use the newest code up; return what it confirms, None if it was not the right one.

    Nothing is raised, so that a wrong try is committed as used.
    """
    bound = {"telegram_id": telegram_id, "person": uow.actor.user_id, "now": uow.now}
    row = (await uow.session.execute(_TYPED, bound)).one_or_none()
    if row is None or not hmac.compare_digest(_hash_typed(row.id, digits), row.nonce_hash):
        return None
    return tuple(row.choices[0])


async def _insert(
    uow: UnitOfWork,
    kind: QuestionKind,
    question_id: UUID,
    nonce_hash: bytes,
    choices: Sequence[Choice],
    *,
    telegram_id: int,
    lasts: timedelta,
) -> None:
    await uow.session.execute(
        _KEEP,
        {
            "id": question_id,
            "nonce_hash": nonce_hash,
            "telegram_id": telegram_id,
            "kind": kind.value,
            "person": uow.actor.user_id,
            "choices": orjson.dumps(choices).decode(),
            "expires_at": uow.now + lasts,
        },
    )


def _hash_typed(question_id: UUID, digits: str) -> bytes:
    return hash_token(f"{question_id}|{digits}")
