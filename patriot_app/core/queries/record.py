"""The event log and its seals as an auditor reads them: everything, in order, raw."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.domain.checkpoints import Checkpoint, Head
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.reader import desk_reading

BATCH = 2_000

_EVENTS = text(
    """
    SELECT stream, sequence, previous_hash, hash,
           (jsonb_build_array(stream, sequence, id::text, subject_id::text, type, version, severity,
               actor_id::text, actor, surface, correlation_id, extract(epoch FROM recorded_at),
               payload) || CASE WHEN origin IS NULL THEN '[]'::jsonb
                                ELSE jsonb_build_array(origin) END)::text AS told
      FROM events WHERE (stream, sequence) > (:stream, :sequence)
     ORDER BY stream, sequence LIMIT :batch
    """
)
_HEADS = text("SELECT stream, sequence, hash FROM stream_heads WHERE sequence > 0 ORDER BY stream")
_CHECKPOINTS = text(
    """
    SELECT number, sealed_at, events, previous, root, key_id, signature, moved
      FROM checkpoints WHERE number > :after ORDER BY number LIMIT :batch
    """
)
_HASHES = text(
    """
    SELECT m.stream, e.hash
      FROM unnest(CAST(:streams AS text[]), CAST(:sequences AS bigint[])) AS m(stream, sequence)
      LEFT JOIN events AS e ON e.stream = m.stream AND e.sequence = m.sequence
    """
)


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """One event as the chain sees it.

    Attributes:
        told: the text that its hash covers, after `previous_hash`.
    """

    stream: str
    sequence: int
    previous_hash: bytes
    hash: bytes
    told: str


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """One seal with the streams that it moved, as the database has them."""

    checkpoint: Checkpoint
    moved: Mapping[str, int]


class Record:
    """The whole record at one moment; opened by `opened`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def events(self) -> AsyncIterator[RecordedEvent]:
        """Yield every event, stream by stream, in batches: the memory stays flat."""
        stream, sequence = "", 0
        while True:
            bound = {"stream": stream, "sequence": sequence, "batch": BATCH}
            rows = (await self._session.execute(_EVENTS, bound)).all()
            for row in rows:
                yield RecordedEvent(*row)
            if len(rows) < BATCH:
                return
            stream, sequence = rows[-1].stream, rows[-1].sequence

    async def heads(self) -> dict[str, Head]:
        """Return what each stream says its newest event is."""
        return {row.stream: Head(*row) for row in await self._session.execute(_HEADS)}

    async def checkpoints(self) -> AsyncIterator[StoredCheckpoint]:
        """Yield every seal, oldest first."""
        after = 0
        while True:
            bound = {"after": after, "batch": BATCH}
            rows = (await self._session.execute(_CHECKPOINTS, bound)).all()
            for *facts, moved in rows:
                yield StoredCheckpoint(Checkpoint(*facts), moved)
            if len(rows) < BATCH:
                return
            after = rows[-1].number

    async def hashes(self, moved: Mapping[str, int]) -> dict[str, bytes | None]:
        """Return the hash of one event of each stream; None where there is no such event."""
        bound = {"streams": list(moved), "sequences": list(moved.values())}
        rows = await self._session.execute(_HASHES, bound)
        return {row.stream: row.hash for row in rows}


async def checkpoints_after(actor: Actor, number: int) -> list[Checkpoint]:
    """Return the seals with a higher number, oldest first, at most two thousand."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_CHECKPOINTS, {"after": number, "batch": BATCH})
        return [Checkpoint(*facts) for *facts, _ in rows]


@asynccontextmanager
async def opened(actor: Actor) -> AsyncIterator[Record]:
    """Open the record as it is at one moment.

    Raises:
        NotFound: the actor is no member of the desk.
    """
    async with desk_reading(actor, snapshot=True) as session:
        yield Record(session)
