"""Count the codes that a Telegram account comes with, so that nobody guesses one."""

from sqlalchemy import text

from patriot_app.core.db.locks import lock
from patriot_app.core.domain.telegram import TRIES_MAX, TRIES_WITHIN
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.unit_of_work import UnitOfWork

TOO_MANY = "Too many codes that were not right. Wait ten minutes, then get a new one."

_COUNT = text(
    "SELECT count(*) FROM telegram_tries WHERE telegram_id = :telegram_id AND at > :since"
)
_NOTE = text("INSERT INTO telegram_tries (id, telegram_id, at) VALUES (:id, :telegram_id, :at)")
_FORGET = text("DELETE FROM telegram_tries WHERE telegram_id = :telegram_id OR at < :before")


async def note_try(uow: UnitOfWork, telegram_id: int) -> None:
    """Count a code before it is looked at, in a transaction of its own.

    Raises:
        Refused: there were too many.
    """
    await lock(uow.session, "telegram_try", telegram_id)
    bound = {"telegram_id": telegram_id, "since": uow.now - TRIES_WITHIN}
    if (await uow.session.execute(_COUNT, bound)).scalar_one() >= TRIES_MAX:
        raise Refused(TOO_MANY)
    await uow.session.execute(_NOTE, {"id": new_id(), "telegram_id": telegram_id, "at": uow.now})


async def forget_tries(uow: UnitOfWork, telegram_id: int) -> None:
    """Begin to count anew after a code that was right."""
    await uow.session.execute(
        _FORGET, {"telegram_id": telegram_id, "before": uow.now - TRIES_WITHIN}
    )
