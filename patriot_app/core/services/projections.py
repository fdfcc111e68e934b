"""Read models that come from the record: taken forward event by event, or made anew from nothing."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from patriot_app.core.domain.events import schemas
from patriot_app.core.domain.projections import (
    PROJECTION_TRANSITIONS,
    ProjectionState,
    Recorded,
    count_days,
    status_changes,
)
from patriot_app.core.domain.transitions import advance as walk
from patriot_app.core.schema.base import Base
from patriot_app.core.schema.projections import (
    ActivityDay,
    Projection,
    ProjectionPosition,
    StatusSpan,
)
from patriot_app.core.unit_of_work import UnitOfWork

BATCH = 2_000

_DUE = """
    WITH due AS (
        SELECT h.stream, coalesce(p.sequence, 0) AS taken, h.sequence AS newest
          FROM {heads} AS h
          LEFT JOIN projection_positions AS p ON p.projection = :name AND p.stream = h.stream
         WHERE h.sequence > coalesce(p.sequence, 0)
         ORDER BY h.stream LIMIT :batch
    )
    SELECT e.id, e.stream, e.sequence, e.type, e.version, e.payload, e.subject_id, e.actor,
           e.surface, e.recorded_at
      FROM due JOIN events AS e
        ON e.stream = due.stream AND e.sequence > due.taken AND e.sequence <= due.newest
     ORDER BY e.stream, e.sequence LIMIT :batch
"""
_ALL_DUE = text(_DUE.format(heads="stream_heads"))
_DUE_UP_TO = text(
    _DUE.format(
        heads="(SELECT * FROM unnest(CAST(:streams AS text[]), CAST(:sequences AS bigint[]))"
        " AS given(stream, sequence))"
    )
)


@dataclass(frozen=True, slots=True)
class ReadModel:
    """A read model that comes from the record.

    Attributes:
        version: raised whenever `take` or the tables change; a model of another version is made
            anew by itself.
        tables: what it fills, emptied when it is made anew.
        take: takes events in, each once.
    """

    name: str
    version: int
    tables: tuple[type[Base], ...]
    take: Callable[[UnitOfWork, Sequence[Recorded]], Awaitable[None]]


async def catch_up(uow: UnitOfWork, model: ReadModel) -> None:
    """Take in all that the record holds, for who must read it whole."""
    while await advance(uow, model) == BATCH:
        continue


async def advance(
    uow: UnitOfWork, model: ReadModel, *, up_to: Mapping[str, int] | None = None
) -> int:
    """Take the next events of the record in, at most BATCH; return how many.

    Args:
        up_to: the last event to take in by stream; None: all there are.

    Other processes that want the same leave it alone meanwhile. An event that cannot be read stops
    the model, which then says so until it is made anew.
    """
    row = await _locked(uow, model)
    if row is not None and row.version != model.version:
        await rebuild(uow, model)
        row = await _locked(uow, model)
    if row is None or row.state is ProjectionState.FAILED:
        return 0
    events, problem = await _due(uow, model, up_to)
    if events:
        await model.take(uow, events)
        await _remember(uow, model, events)
    await uow.session.execute(
        update(Projection)
        .where(Projection.name == model.name)
        .values(
            state=_state_after(row.state, len(events), problem),
            events=Projection.events + len(events),
            error=problem,
            advanced_at=uow.now,
        )
    )
    return len(events)


def _state_after(state: ProjectionState, taken: int, problem: str) -> ProjectionState:
    if problem:
        return walk(PROJECTION_TRANSITIONS, state, ProjectionState.FAILED)
    is_up_to_date = taken < BATCH
    return walk(PROJECTION_TRANSITIONS, state, ProjectionState.RUNNING) if is_up_to_date else state


async def positions(uow: UnitOfWork, model: ReadModel) -> dict[str, int]:
    """Return the newest event taken in by stream; nobody else takes any in until the commit."""
    await _locked(uow, model, wait=True)
    rows = await uow.session.execute(
        select(ProjectionPosition.stream, ProjectionPosition.sequence).where(
            ProjectionPosition.projection == model.name
        )
    )
    return {row.stream: row.sequence for row in rows}


async def rebuild(uow: UnitOfWork, model: ReadModel) -> None:
    """Empty a read model; what advances it next makes it anew from the first event."""
    await _locked(uow, model, wait=True)
    for table in model.tables:
        await uow.session.execute(delete(table))
    await uow.session.execute(
        delete(ProjectionPosition).where(ProjectionPosition.projection == model.name)
    )
    await uow.session.execute(
        update(Projection)
        .where(Projection.name == model.name)
        .values(
            state=ProjectionState.REBUILDING,
            version=model.version,
            events=0,
            error="",
            rebuilt_at=uow.now,
        )
    )


async def _locked(uow: UnitOfWork, model: ReadModel, *, wait: bool = False) -> Projection | None:
    """Return the model's own row, locked; None while somebody else has it."""
    await uow.session.execute(
        upsert(Projection)
        .values(name=model.name, version=model.version, state=ProjectionState.REBUILDING, events=0)
        .on_conflict_do_nothing()
    )
    wanted = select(Projection).where(Projection.name == model.name)
    found = await uow.session.execute(
        wanted.with_for_update(skip_locked=not wait).execution_options(populate_existing=True)
    )
    return found.scalar_one_or_none()


async def _due(
    uow: UnitOfWork, model: ReadModel, up_to: Mapping[str, int] | None
) -> tuple[list[Recorded], str]:
    """Return the next events and, where one cannot be read, which and why."""
    bound: dict[str, Any] = {"name": model.name, "batch": BATCH}
    if up_to is not None:
        bound |= {"streams": list(up_to), "sequences": list(up_to.values())}
    rows = await uow.session.execute(_ALL_DUE if up_to is None else _DUE_UP_TO, bound)
    events: list[Recorded] = []
    for row in rows:
        try:
            fact = schemas.read(row.type, row.version, row.payload, subject=row.subject_id)
        except schemas.Unreadable as error:
            return events, f"{row.stream} {row.sequence}: {error}"
        events.append(
            Recorded(
                row.id, row.stream, row.sequence, fact, row.actor, row.surface, row.recorded_at
            )
        )
    return events, ""


async def _remember(uow: UnitOfWork, model: ReadModel, events: Sequence[Recorded]) -> None:
    newest = {event.stream: event.sequence for event in events}
    statement = upsert(ProjectionPosition)
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["projection", "stream"],
            set_={"sequence": statement.excluded.sequence},
        ),
        [
            {"projection": model.name, "stream": stream, "sequence": sequence}
            for stream, sequence in newest.items()
        ],
    )


async def _take_days(uow: UnitOfWork, events: Sequence[Recorded]) -> None:
    counted: Counter[Any] = count_days(events)
    statement = upsert(ActivityDay)
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["day", "kind", "surface"],
            set_={"events": ActivityDay.events + statement.excluded.events},
        ),
        [
            {"day": day, "kind": kind, "surface": surface, "events": count}
            for (day, kind, surface), count in counted.items()
        ],
    )


async def _take_statuses(uow: UnitOfWork, events: Sequence[Recorded]) -> None:
    if changes := status_changes(events):
        await uow.session.execute(insert(StatusSpan), [asdict(change) for change in changes])


DAYS = ReadModel("activity_days", 1, (ActivityDay,), _take_days)
STATUSES = ReadModel("status_spans", 1, (StatusSpan,), _take_statuses)
READ_MODELS = (DAYS, STATUSES)
"""Every read model that comes from the record alone."""


async def fingerprint(uow: UnitOfWork, model: ReadModel) -> str:
    """Return a text that tells whether a read model holds the same as before, whatever the order."""
    parts = []
    for table in model.tables:
        name = table.__tablename__
        digest = func.md5(func.string_agg(text("t::text"), text("E'\\n' ORDER BY t::text")))
        found = await uow.session.execute(select(digest).select_from(text(f"{name} AS t")))
        parts.append(found.scalar_one() or "")
    return " ".join(parts)


async def problem_of(uow: UnitOfWork, model: ReadModel) -> str:
    """Return what a read model stopped at; "": nothing."""
    found = await uow.session.execute(select(Projection.error).where(Projection.name == model.name))
    return found.scalar_one()
