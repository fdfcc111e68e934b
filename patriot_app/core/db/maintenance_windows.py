"""Windows of maintenance as statements ask for them: the fences, planning and those who look.

The fences ask by time and not by state: a window binds from its beginning on, whether a daemon has
noticed it or not, until one has recorded its end.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.maintenance import (
    CLOSE_AHEAD,
    LIVE,
    Window,
    WindowSource,
    WindowState,
)

_LIVE = in_list(LIVE)
_CONCERNS = (
    f"SELECT 1 FROM maintenance_windows AS closed WHERE closed.state IN ({_LIVE})"  # noqa: S608
    " AND closed.exchange = account.exchange AND closed.mode IN ('', account.mode)"
)
_SOON = f"clock_timestamp() + interval '{CLOSE_AHEAD.total_seconds():.0f} seconds'"
IS_CLOSED = f"EXISTS ({_CONCERNS} AND closed.starts_at <= {_SOON} OFFSET 0)"
"""Nothing may be sent to the exchange of `account`."""
IS_CLOSED_TO_INTENT = (
    f"EXISTS ({_CONCERNS} AND (closed.starts_at <= {_SOON} OR (intent.leg = 'entry'"
    " AND closed.no_entries_from <= clock_timestamp())) OFFSET 0)"
)
"""The order of `intent` may not be sent to the exchange of `account`."""
COLUMNS = (
    "id, exchange, mode, source, starts_at, ends_at, no_entries_from, reason, state, is_reported,"
    " is_expected, is_dismissed, overran_at"
)
ALL_LIVE = text(
    f"SELECT {COLUMNS} FROM maintenance_windows WHERE state IN ({_LIVE})"  # noqa: S608
    " ORDER BY starts_at, id"
)


def window_of(row: Any) -> Window:
    """Return a row as the domain knows it."""
    return Window(
        id=row.id,
        exchange=Exchange(row.exchange),
        mode=AccountMode(row.mode) if row.mode else None,
        source=WindowSource(row.source),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        no_entries_from=row.no_entries_from,
        reason=row.reason,
        state=WindowState(row.state),
        is_reported=row.is_reported,
        is_expected=row.is_expected,
        is_dismissed=row.is_dismissed,
        overran_at=row.overran_at,
    )


def windows_of(rows: Iterable[Any]) -> tuple[Window, ...]:
    """Return rows as the domain knows them."""
    return tuple(window_of(row) for row in rows)
