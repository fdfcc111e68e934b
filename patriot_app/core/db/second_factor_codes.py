"""Accept a code of an authenticator app or a recovery code, each once (also under two requests)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.domain import recovery_codes
from patriot_app.core.domain.one_time_codes import accepted_step
from patriot_app.core.sealing import unpack, unseal
from patriot_app.core.settings import get_settings, read_key

_USE_STEP = text(
    "UPDATE users SET totp_last_step = :step WHERE id = :id"
    " AND (totp_last_step IS NULL OR totp_last_step < :step) RETURNING id"
)
_USE_RECOVERY_CODE = text(
    "UPDATE recovery_codes SET used_at = :now"
    " WHERE user_id = :id AND code_hash = :code_hash AND used_at IS NULL RETURNING user_id"
)


class Proof(StrEnum):
    """What a code was."""

    WRONG = "wrong"
    APP = "app"
    RECOVERY = "recovery"


async def use_code(
    session: AsyncSession,
    user_id: UUID,
    *,
    totp_box: bytes,
    last_step: int | None,
    code: str,
    now: datetime,
    only_recovery: bool = False,
) -> Proof:
    """Use up a code and tell what it was.

    Args:
        totp_box: the sealed seed of the person's app.
        last_step: the newest step accepted so far, as read with the person.
        only_recovery: the app's codes are not looked at for a while.
    """
    settings = get_settings()
    key = read_key(settings.web_key_file, name="PATRIOT_WEB_KEY_FILE")
    seed = unseal(key, unpack(totp_box), context=f"totp|{user_id}").reveal()
    step = None if only_recovery else accepted_step(seed, code, now=now, last_step=last_step)
    if step is not None:
        used = await session.execute(_USE_STEP, {"id": user_id, "step": step})
        return Proof.WRONG if used.scalar_one_or_none() is None else Proof.APP
    if not recovery_codes.normalised(code):
        return Proof.WRONG
    pepper = read_key(settings.session_pepper_file, name="PATRIOT_SESSION_PEPPER_FILE")
    code_hash = recovery_codes.hash_code(code, user_id=user_id, pepper=pepper)
    used = await session.execute(
        _USE_RECOVERY_CODE, {"id": user_id, "code_hash": code_hash, "now": now}
    )
    return Proof.WRONG if used.scalar_one_or_none() is None else Proof.RECOVERY
