"""What operators know of an exchange's maintenance: enter a window, change it, end it.

What the exchanges say themselves is taken in by `maintenance_notices`, which also records how far each
window is.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.db.locks import lock
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.events import (
    MaintenanceChanged,
    MaintenanceEndAsked,
    MaintenancePlanned,
    MaintenanceWithdrawn,
)
from patriot_app.core.domain.maintenance import (
    LIVE,
    TOPIC,
    TRANSITIONS,
    WindowSource,
    WindowState,
    check_times,
)
from patriot_app.core.domain.transitions import advance
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.maintenance import MaintenanceWindow
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork


async def plan(
    uow: UnitOfWork, *, exchange: Exchange, starts_at: datetime, ends_at: datetime, reason: str
) -> UUID:
    """Enter a window for every mode of an exchange; it binds at its commit.

    Raises:
        Invalid: times that are no window, or no reason.
    """
    check_times(starts_at, ends_at, reason, now=uow.now)
    await lock(uow.session, TOPIC, "")
    window_id = new_id()
    uow.session.add(
        MaintenanceWindow(
            id=window_id,
            exchange=exchange,
            mode="",
            source=WindowSource.OPERATOR,
            notice_key="",
            starts_at=starts_at,
            ends_at=ends_at,
            no_entries_from=starts_at - get_settings().maintenance_lead,
            reason=reason.strip(),
            state=WindowState.PLANNED,
            entered_by=uow.actor.user_id,
        )
    )
    uow.record(
        MaintenancePlanned(
            subject=window_id,
            exchange=exchange.value,
            mode="",
            starts_at=starts_at,
            ends_at=ends_at,
            source=WindowSource.OPERATOR.value,
            reason=reason.strip(),
        )
    )
    uow.touch(TOPIC)
    return window_id


async def change(
    uow: UnitOfWork, window_id: UUID, *, starts_at: datetime, ends_at: datetime, reason: str
) -> None:
    """Move a window of ours; one that runs keeps its beginning.

    Raises:
        NotFound; Invalid: times that are no window, or no reason;
        Refused: it is over, its exchange announced it, or it runs and its beginning would move.
    """
    check_times(starts_at, ends_at, reason, now=uow.now)
    await lock(uow.session, TOPIC, "")
    window = await get_for_update(uow.session, MaintenanceWindow, window_id)
    _need_live(window)
    if window.source is WindowSource.EXCHANGE:
        raise Refused("The exchange announced this window; it can be ended, its times are its own")
    if _has_begun(window, uow.now) and starts_at != window.starts_at:
        raise Refused("This window runs: its end can be moved, its beginning is over")
    previous = window.starts_at, window.ends_at
    window.starts_at, window.ends_at = starts_at, ends_at
    window.no_entries_from = starts_at - get_settings().maintenance_lead
    window.reason = reason.strip()
    uow.record(
        MaintenanceChanged(
            subject=window_id,
            exchange=window.exchange.value,
            mode=window.mode,
            starts_at=starts_at,
            ends_at=ends_at,
            previous_starts_at=previous[0],
            previous_ends_at=previous[1],
            reason=reason.strip(),
        )
    )
    uow.touch(TOPIC)


async def end(uow: UnitOfWork, window_id: UUID, *, reason: str) -> None:
    """Call a window off, or end one that runs; its accounts are read before they open anything.

    A daemon records the end within seconds; until then the window binds.

    Raises:
        NotFound; Invalid: no reason; Refused: it is over.
    """
    need_reason(reason)
    await lock(uow.session, TOPIC, "")
    window = await get_for_update(uow.session, MaintenanceWindow, window_id)
    _need_live(window)
    window.ended_by = uow.actor.user_id
    told: dict[str, Any] = {
        "subject": window_id,
        "exchange": window.exchange.value,
        "mode": window.mode,
        "starts_at": window.starts_at,
        "reason": reason,
    }
    if _has_begun(window, uow.now):
        window.ends_at, window.is_dismissed = max(uow.now, window.starts_at), True
        uow.record(MaintenanceEndAsked(ends_at=window.ends_at, **told))
    else:
        window.state = advance(TRANSITIONS, window.state, WindowState.WITHDRAWN)
        window.is_dismissed = True
        uow.record(MaintenanceWithdrawn(ends_at=window.ends_at, **told))
    uow.touch(TOPIC)


def _need_live(window: MaintenanceWindow) -> None:
    if window.state not in LIVE:
        raise Refused("This window is over; enter another one")


def _has_begun(window: MaintenanceWindow, now: datetime) -> bool:
    return window.state is WindowState.RUNNING or window.starts_at <= now
