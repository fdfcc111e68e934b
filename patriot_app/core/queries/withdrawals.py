"""How far the latest wish to take entries back has come, over all traders that have a part in it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list
from patriot_app.core.domain.attempts import ENDED
from patriot_app.core.domain.entries import WithdrawalCause
from patriot_app.core.domain.orders import AttemptState
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.reader import desk_reading

_OVER = in_list(ENDED | {AttemptState.FILLED})
_LATEST = text(
    f"""
    WITH newest AS (
        SELECT split_part(idempotency_key, ':', 1) AS token FROM commands
         WHERE type = 'CancelEntries' AND created_at > now() - interval '15 minutes'
         ORDER BY created_at DESC LIMIT 1
    ), wish AS (
        SELECT min(part.created_at) AS asked_at, max(part.completed_at) AS completed_at,
               count(*) AS parts,
               count(*) FILTER (WHERE part.status IN ('pending', 'claimed')) AS waiting,
               count(*) FILTER (WHERE part.status IN ('failed', 'expired')) AS failed,
               coalesce(max(part.error) FILTER (WHERE part.status = 'failed'), '') AS error,
               array_agg(part.shard) AS shards
          FROM commands AS part, newest
         WHERE part.type = 'CancelEntries' AND part.created_at > now() - interval '20 minutes'
           AND split_part(part.idempotency_key, ':', 1) = newest.token
    )
    SELECT wish.asked_at, wish.completed_at, wish.parts, wish.waiting, wish.failed, wish.error,
           count(attempt.id), count(attempt.id) FILTER (WHERE attempt.state IN ({_OVER})),
           count(attempt.id) FILTER (WHERE attempt.state = 'filled')
      FROM wish LEFT JOIN attempts AS attempt
        ON attempt.shard = ANY(wish.shards) AND attempt.cancel_requested_at >= wish.asked_at
       AND attempt.cancel_cause = '{WithdrawalCause.OPERATOR}'
     WHERE wish.parts > 0
     GROUP BY wish.asked_at, wish.completed_at, wish.parts, wish.waiting, wish.failed, wish.error
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One wish to take entries back.

    Attributes:
        completed_at: when the last part that answered did so.
        parts, waiting, failed: shards that have such entries; those that have not answered yet, and
            those that could not act.
        error: of one that failed.
        marked: orders whose cancel was sent; what a waiting part will mark is not known yet.
        ended, filled: of the marked ones, how many are over, and how many filled before.
    """

    asked_at: datetime
    completed_at: datetime | None
    parts: int
    waiting: int
    failed: int
    error: str
    marked: int
    ended: int
    filled: int

    @property
    def is_over(self) -> bool:
        return self.waiting == 0 and self.ended == self.marked


async def latest(actor: Actor) -> Withdrawal | None:
    """Return the newest wish of the last quarter of an hour, None if there is none."""
    async with desk_reading(actor) as session:
        row = (await session.execute(_LATEST)).one_or_none()
    return None if row is None else Withdrawal(*row)
