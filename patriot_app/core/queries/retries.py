"""What trying a signal again would do, and what was tried again already."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.outcomes import OUTCOMES, RETRYABLE, SUPERSEDED
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.reader import desk_reading

_SIGNAL = text(
    f"""
    SELECT s.symbol, s.action, s.reference_price, s.stop_loss, s.valid_until, s.retry_of,
           s.reference_exchange, {SUPERSEDED} AS is_superseded,
           ARRAY(SELECT again.id FROM signals AS again WHERE again.retry_of = s.id
                  ORDER BY again.created_at) AS retries
      FROM signals AS s WHERE s.id = :id
    """  # noqa: S608
)
_COUNTS = text(
    f"""
    SELECT r.outcome, CASE WHEN r.outcome = 'failed' THEN 'ORDER_FAILED' ELSE r.reason_code END,
           ({RETRYABLE}) AS is_retryable, count(*)
      FROM ({OUTCOMES}) AS r GROUP BY 1, 2, 3 ORDER BY 4 DESC, 2
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Count:
    """Accounts with one outcome and reason."""

    outcome: str
    reason_code: str
    accounts: int


@dataclass(frozen=True, slots=True)
class RetryPreview:
    """Who would be tried again, and who would not.

    Attributes:
        retries: signals that tried this one again, the oldest first.
        is_superseded: a newer decision of the deployment took its place.
    """

    symbol: str
    action: str
    reference_exchange: str
    valid_until: datetime
    is_superseded: bool
    retry_of: UUID | None
    retries: tuple[UUID, ...]
    again: tuple[Count, ...]
    left_out: tuple[Count, ...]

    @property
    def accounts(self) -> int:
        """How many accounts would be tried again."""
        return sum(count.accounts for count in self.again)


async def preview(actor: Actor, signal_id: UUID) -> RetryPreview:
    """Return what trying a signal again would do now.

    Raises:
        NotFound: no such signal.
    """
    async with desk_reading(actor) as session:
        row = (await session.execute(_SIGNAL, {"id": signal_id})).one_or_none()
        if row is None:
            raise NotFound(f"There is no signal {signal_id}")
        counts = (await session.execute(_COUNTS, {"signal_ids": [signal_id]})).all()
    return RetryPreview(
        symbol=row.symbol,
        action=row.action,
        reference_exchange=row.reference_exchange,
        valid_until=row.valid_until,
        is_superseded=row.is_superseded,
        retry_of=row.retry_of,
        retries=tuple(row.retries),
        again=tuple(Count(one[0], one[1], one[3]) for one in counts if one[2]),
        left_out=tuple(Count(one[0], one[1], one[3]) for one in counts if not one[2]),
    )
