"""The few figures that pushes carry to every open page."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.reader import desk_reading


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """What every open page of the console shows and refreshes with each push."""

    equity: Decimal
    day_profit: Decimal
    open_positions: int
    unprotected_positions: int
    active_halts: int
    beat_age_s: Decimal | None


_LIVE = text(
    """
    SELECT (SELECT coalesce(sum(s.equity), 0) FROM account_states AS s) AS equity,
           (SELECT coalesce(sum(s.equity - s.day_opening_equity), 0) FROM account_states AS s)
             AS day_profit,
           (SELECT count(*) FROM positions WHERE quantity <> 0) AS positions,
           (SELECT count(*) FROM positions WHERE unprotected_since IS NOT NULL
             AND quantity <> 0) AS unprotected,
           (SELECT count(*) FROM halts WHERE lifted_at IS NULL) AS halts,
           (SELECT extract(epoch FROM now() - max(beat_at)) FROM heartbeats) AS beat_age_s
    """
)


async def figures(actor: Actor) -> LiveFigures:
    """Return the few figures that pushes carry."""
    async with desk_reading(actor) as session:
        return LiveFigures(*(await session.execute(_LIVE)).one())
