"""Authenticator apps: the seed is sealed to the web process's own key, never to the trading key."""

import base64
import secrets
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain import recovery_codes
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import (
    RecoveryCodesRenewed,
    SecondFactorChanged,
    SecondFactorReset,
)
from patriot_app.core.domain.one_time_codes import accepted_step
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.schema.users import User
from patriot_app.core.sealing import pack, public_key_of, seal
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.unit_of_work import UnitOfWork

SEED_BYTES = 20

_FORGET_CODES = text("DELETE FROM recovery_codes WHERE user_id = :user_id")
_END_SESSIONS = text(
    "UPDATE sessions SET ended_at = :now WHERE user_id = :user_id AND ended_at IS NULL"
)
_KEEP_CODES = text("INSERT INTO recovery_codes (user_id, code_hash) VALUES (:user_id, :code_hash)")


def new_seed() -> str:
    """Return a fresh seed in base32, to be shown once."""
    return base64.b32encode(secrets.token_bytes(SEED_BYTES)).decode()


async def enrol(uow: UnitOfWork, user_id: UUID, *, seed: str, code: str) -> tuple[str, ...]:
    """Bind an app to a person once its first code proves that it has the seed.

    Returns:
        Recovery codes, to be shown once; what was given before is void.

    Raises:
        Invalid: field "code"; Refused: another person's factor.
    """
    _only_own(uow, user_id)
    step = accepted_step(seed, code, now=uow.now, last_step=None)
    if step is None:
        raise Invalid({"code": "This code is not right; check the clock of your phone"})
    user = await get_for_update(uow.session, User, user_id)
    key = read_key(get_settings().web_key_file, name="PATRIOT_WEB_KEY_FILE")
    user.totp_box = pack(seal(public_key_of(key), seed, context=f"totp|{user_id}"))
    user.totp_last_step = step
    uow.record(SecondFactorChanged(client_id=user_id, is_enrolled=True))
    uow.touch("clients")
    return await _replace_codes(uow, user_id)


async def renew_recovery_codes(uow: UnitOfWork, user_id: UUID) -> tuple[str, ...]:
    """Return new recovery codes, to be shown once; the old ones are void.

    Raises:
        Refused: another person's, or nothing is set up that they could stand in for.
    """
    _only_own(uow, user_id)
    user = await get_for_update(uow.session, User, user_id)
    if user.totp_box is None:
        raise Refused("Set up an authenticator app first")
    uow.record(RecoveryCodesRenewed(client_id=user_id))
    return await _replace_codes(uow, user_id)


async def remove(uow: UnitOfWork, user_id: UUID) -> None:
    """Forget a person's app.

    Raises:
        Refused: another person's factor.
    """
    _only_own(uow, user_id)
    user = await get_for_update(uow.session, User, user_id)
    user.totp_box = None
    user.totp_last_step = None
    await uow.session.execute(_FORGET_CODES, {"user_id": user_id})
    uow.record(SecondFactorChanged(client_id=user_id, is_enrolled=False))
    uow.touch("clients")


async def reset(uow: UnitOfWork, user_id: UUID, *, reason: str) -> None:
    """Forget the app and the codes that a person has lost; his sessions end and he is told.

    Only four-eyes leads here: whoever could do it alone could take over an account whose password
    he has a link to.

    Raises:
        Invalid: no reason; NotFound; Refused: oneself, or nothing is set up.
    """
    need_reason(reason)
    if uow.actor.user_id == user_id:
        raise Refused("Another person must reset your second factor")
    user = await get_for_update(uow.session, User, user_id)
    if user.totp_box is None:
        raise Refused(f"{user.name} has no second factor set up")
    user.totp_box, user.totp_last_step = None, None
    user.totp_wrong, user.totp_locked_until = 0, None
    await uow.session.execute(_FORGET_CODES, {"user_id": user_id})
    await uow.session.execute(_END_SESSIONS, {"user_id": user_id, "now": uow.now})
    uow.record(SecondFactorReset(client_id=user_id, reason=reason.strip()))
    uow.touch("clients", "staff", "sessions")


async def _replace_codes(uow: UnitOfWork, user_id: UUID) -> tuple[str, ...]:
    pepper = read_key(get_settings().session_pepper_file, name="PATRIOT_SESSION_PEPPER_FILE")
    codes = recovery_codes.new_codes()
    await uow.session.execute(_FORGET_CODES, {"user_id": user_id})
    await uow.session.execute(
        _KEEP_CODES,
        [
            {
                "user_id": user_id,
                "code_hash": recovery_codes.hash_code(code, user_id=user_id, pepper=pepper),
            }
            for code in codes
        ],
    )
    return codes


def _only_own(uow: UnitOfWork, user_id: UUID) -> None:
    if uow.actor.user_id != user_id:
        raise Refused("Everybody sets up his own second factor")
