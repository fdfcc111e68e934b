"""How far the read models are that come from the record, and the record as it is replayed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.projections import ProjectionState
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import build

BATCH = 2_000

_STATES = text(
    """
    SELECT p.name, p.version, p.state, p.events, p.error, p.advanced_at, p.rebuilt_at,
           (SELECT count(*) FROM events) - p.events AS behind
      FROM projections AS p ORDER BY p.name
    """
)
_REPLAY = text(
    """
    SELECT id, stream, sequence, type, version, payload, subject_id, actor, surface, recorded_at,
           correlation_id
      FROM events
     WHERE (:stream = '' OR stream = :stream)
       AND (:kind = '' OR type = :kind)
       AND (CAST(:since AS timestamptz) IS NULL OR recorded_at >= :since)
       AND (CAST(:until AS timestamptz) IS NULL OR recorded_at < :until)
       AND (recorded_at, stream, sequence)
           > (CAST(:last_at AS timestamptz), :last_stream, :last_sequence)
     ORDER BY recorded_at, stream, sequence LIMIT :batch
    """
)
_BEGINNING = datetime.fromisoformat("0001-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class ProjectionView:
    """One read model; `behind` events of the record are not in it yet."""

    name: str
    version: int
    state: ProjectionState
    events: int
    error: str
    advanced_at: datetime | None
    rebuilt_at: datetime | None
    behind: int


async def states(actor: Actor) -> tuple[ProjectionView, ...]:
    """Return how every read model is.

    Raises:
        NotFound: the actor is no member of the desk.
    """
    async with desk_reading(actor) as session:
        rows = await session.execute(_STATES)
        return tuple(
            build(ProjectionView, (*row[:2], ProjectionState(row.state), *row[3:])) for row in rows
        )


async def replayed(
    actor: Actor,
    *,
    stream: str = "",
    kind: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> AsyncIterator[Any]:
    """Yield recorded events in the order of their times, in batches: the memory stays flat.

    Args:
        since, until: half-open.

    Raises:
        NotFound: the actor is no member of the desk.
    """
    last: tuple[datetime, str, int] = (_BEGINNING, "", 0)
    async with desk_reading(actor, snapshot=True) as session:
        while True:
            bound = {
                "stream": stream,
                "kind": kind,
                "since": since,
                "until": until,
                "last_at": last[0],
                "last_stream": last[1],
                "last_sequence": last[2],
                "batch": BATCH,
            }
            rows = (await session.execute(_REPLAY, bound)).all()
            for row in rows:
                yield row
            if len(rows) < BATCH:
                return
            last = (rows[-1].recorded_at, rows[-1].stream, rows[-1].sequence)
