"""Windows of maintenance: those that bind, and the list for people."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.maintenance_windows import ALL_LIVE, COLUMNS, window_of, windows_of
from patriot_app.core.domain.maintenance import Window
from patriot_app.core.domain.permissions import SYSTEM, Actor
from patriot_app.core.queries.reader import desk_reading, reading

PAST_SHOWN = 20
_NOW = text("SELECT clock_timestamp()")
_LIST = text(
    f"""
    SELECT {", ".join(f"w.{name.strip()}" for name in COLUMNS.split(","))}, w.over_at,
           entered.name AS entered_by, ended.name AS ended_by
      FROM maintenance_windows AS w
      LEFT JOIN users AS entered ON entered.id = w.entered_by
      LEFT JOIN users AS ended ON ended.id = w.ended_by
     WHERE w.state IN ('planned', 'running') OR w.id IN (
           SELECT id FROM maintenance_windows WHERE state IN ('over', 'withdrawn')
            ORDER BY starts_at DESC, id LIMIT :past)
     ORDER BY (w.state IN ('planned', 'running')) DESC,
              CASE WHEN w.state IN ('planned', 'running') THEN w.starts_at END,
              w.starts_at DESC, w.id
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class LiveWindows:
    """The windows that bind, and the time by which they do.

    Attributes:
        read_at: of the database.
    """

    windows: tuple[Window, ...]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class ListedWindow:
    """One window with whom it is of.

    Attributes:
        over_at: when its end was recorded.
        entered_by, ended_by: names; "" where no person did.
    """

    window: Window
    over_at: datetime | None
    entered_by: str
    ended_by: str

    @property
    def id(self) -> UUID:
        return self.window.id


async def live(actor: Actor = SYSTEM) -> LiveWindows:
    """Return the windows that are planned or running, for whoever asks."""
    async with reading(actor) as session:
        found = windows_of(await session.execute(ALL_LIVE))
        return LiveWindows(found, (await session.execute(_NOW)).scalar_one())


async def windows(actor: Actor) -> tuple[ListedWindow, ...]:
    """Return what is coming and runs, soonest first, then the last ones that are over."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_LIST, {"past": PAST_SHOWN})
        return tuple(
            ListedWindow(window_of(row), row.over_at, row.entered_by or "", row.ended_by or "")
            for row in rows
        )
