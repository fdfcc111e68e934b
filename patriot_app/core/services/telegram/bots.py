"""The one reader of the bot's messages: Telegram hands each message to whoever asks, so one asks."""

from sqlalchemy import text

from patriot_app.core.unit_of_work import UnitOfWork

_HOLD = text(
    "INSERT INTO telegram_bots AS held (id, owner, expires_at)"
    " VALUES (1, :owner, clock_timestamp() + make_interval(secs => :ttl_s))"
    " ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at"
    " WHERE held.owner = excluded.owner OR held.expires_at < clock_timestamp() RETURNING owner"
)
_RELEASE = text(
    "UPDATE telegram_bots SET expires_at = clock_timestamp() WHERE id = 1 AND owner = :owner"
)
_INTRODUCE = text(
    "UPDATE telegram_bots SET bot_id = :bot_id, username = :username, problem = ''"
    " WHERE id = 1 AND owner = :owner"
)
_COMPLAIN = text(
    "UPDATE telegram_bots SET problem = :problem WHERE id = 1 AND owner = :owner"
    " AND problem <> :problem"
)
_PROBLEM_LENGTH = 300


async def hold(uow: UnitOfWork, *, owner: str, ttl_s: float) -> bool:
    """Take or keep the right to read the bot's messages; False while another process has it."""
    found = await uow.session.execute(_HOLD, {"owner": owner, "ttl_s": ttl_s})
    return found.scalar_one_or_none() is not None


async def release(uow: UnitOfWork, *, owner: str) -> None:
    """Give the right back, so that a successor need not wait for its end."""
    await uow.session.execute(_RELEASE, {"owner": owner})


async def introduce(uow: UnitOfWork, *, owner: str, bot_id: int, username: str) -> None:
    """Note which bot answers: the web process has no token and links to it by this name."""
    await uow.session.execute(
        _INTRODUCE, {"owner": owner, "bot_id": bot_id, "username": username[:64]}
    )


async def complain(uow: UnitOfWork, *, owner: str, problem: str) -> None:
    """Note why the bot does not answer; "" once it does again."""
    await uow.session.execute(_COMPLAIN, {"owner": owner, "problem": problem[:_PROBLEM_LENGTH]})
