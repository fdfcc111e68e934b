"""What exchanges say of their maintenance, and how far each window is: the daemon's part.

A window is over when the time that was told has passed and the exchange no longer says that it is
under maintenance. In the same transaction every account of it becomes not ready, so that nothing
opens before it was read afresh.

Times are the database's, by which the fences bind: a daemon whose own clock runs ahead would record
the end of a window that still binds, and let orders go to a closed exchange.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, text

from patriot_app.core.db.locks import lock
from patriot_app.core.db.maintenance_windows import window_of
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.events import (
    MaintenanceBegan,
    MaintenanceBeganUnexpectedly,
    MaintenanceChanged,
    MaintenanceEnded,
    MaintenanceOverran,
    MaintenancePlanned,
    MaintenanceWithdrawn,
)
from patriot_app.core.domain.maintenance import (
    LIVE,
    REASON_LENGTH_MAX,
    TOPIC,
    TRANSITIONS,
    Notice,
    NoticeState,
    WindowSource,
    WindowState,
)
from patriot_app.core.domain.transitions import advance
from patriot_app.core.ids import new_id
from patriot_app.core.schema.maintenance import MaintenanceWindow
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

READ_AFRESH = "Maintenance is over: orders, trades and positions are being read"
_NOW = text("SELECT clock_timestamp()")
UNNAMED = "status:"
"""Begins the keys of what an exchange only says to be running."""
_NOT_READY = text(
    """
    UPDATE account_states AS state SET is_ready = false, not_ready_reason = :reason
      FROM accounts AS account
     WHERE account.id = state.account_id AND account.exchange = :exchange
       AND :mode IN ('', account.mode) AND account.status <> 'disabled'
    """
)


async def hear(
    uow: UnitOfWork, exchange: Exchange, mode: AccountMode, notices: Sequence[Notice]
) -> None:
    """Take in all that an exchange says now of its maintenance.

    Args:
        notices: empty where it says that it works and nothing is announced.
    """
    await lock(uow.session, TOPIC, "")
    now = await _now(uow)
    keys = [notice.key for notice in notices if notice.key]
    known = {each.notice_key: each for each in await _heard_of(uow, exchange, mode, keys)}
    for notice in notices:
        window = known.get(notice.key) if notice.key else _running(known.values())
        if window is None:
            await _open(uow, exchange, mode, notice, now=now)
        else:
            _follow(uow, window, notice, now=now)
    named = {notice.key for notice in notices if notice.state is NoticeState.ONGOING}
    for key, window in known.items():
        if window.is_reported and ("" if key.startswith(UNNAMED) else key) not in named:
            window.is_reported = False
            uow.touch(TOPIC)
    await uow.session.flush()


async def move_on(uow: UnitOfWork) -> int:
    """Record which windows have begun, last too long or are over; return how many moved."""
    await lock(uow.session, TOPIC, "")
    live = await _live(uow)
    if not live:
        return 0
    now, moved = await _now(uow), 0
    for window in live:
        moved += await _move(uow, window, now=now)
    if moved:
        uow.touch(TOPIC, "system", "accounts")
    await uow.session.flush()
    return moved


async def _move(uow: UnitOfWork, window: MaintenanceWindow, *, now: datetime) -> bool:
    is_moved = False
    if window.state is WindowState.PLANNED and window.starts_at <= now:
        window.state = advance(TRANSITIONS, window.state, WindowState.RUNNING)
        kind = MaintenanceBegan if window.is_expected else MaintenanceBeganUnexpectedly
        uow.record(kind(**_told(window), reason=window.reason))
        is_moved = True
    if window.state is not WindowState.RUNNING:
        return is_moved
    seen = window_of(window)
    if seen.is_finished(now):
        window.state, window.over_at = advance(TRANSITIONS, window.state, WindowState.OVER), now
        bound = {"exchange": window.exchange.value, "mode": window.mode, "reason": READ_AFRESH}
        accounts: Any = await uow.session.execute(_NOT_READY, bound)
        uow.record(MaintenanceEnded(**_told(window), accounts=accounts.rowcount))
        return True
    if seen.is_overrun(now) and window.overran_at is None:
        window.overran_at = now
        uow.record(MaintenanceOverran(**_told(window)))
        return True
    return is_moved


async def _open(
    uow: UnitOfWork, exchange: Exchange, mode: AccountMode, notice: Notice, *, now: datetime
) -> None:
    """Write down what was not known; what is over already is nobody's business any more."""
    is_running = notice.state is NoticeState.ONGOING
    if not is_running and notice.state is not NoticeState.SCHEDULED:
        return
    starts_at = notice.starts_at or now
    ends_at, is_expected = notice.ends_at, not is_running
    covering = [each for each in await _live(uow) if _covers(each, exchange, mode, now)]
    if is_running and covering:
        is_expected = True
        known_ends = [each.ends_at for each in covering if each.ends_at is not None]
        ends_at = ends_at or max(known_ends, default=None)
    window_id = new_id()
    window = MaintenanceWindow(
        id=window_id,
        exchange=exchange,
        mode=mode.value,
        source=WindowSource.EXCHANGE,
        notice_key=notice.key or f"{UNNAMED}{window_id}",
        starts_at=starts_at,
        ends_at=None if ends_at is None else max(ends_at, starts_at),
        no_entries_from=starts_at - get_settings().maintenance_lead,
        reason=notice.title[:REASON_LENGTH_MAX] or "Announced by the exchange",
        state=WindowState.PLANNED,
        is_reported=is_running,
        is_expected=is_expected,
        is_dismissed=False,
    )
    uow.session.add(window)
    await uow.session.flush()
    if not is_running:
        source = WindowSource.EXCHANGE.value
        uow.record(MaintenancePlanned(**_told(window), source=source, reason=window.reason))
    uow.touch(TOPIC)


def _follow(uow: UnitOfWork, window: MaintenanceWindow, notice: Notice, *, now: datetime) -> None:
    """Bring a window of an exchange up to what it says now; one that is over stays so."""
    if window.state not in LIVE:
        return
    window.is_reported = notice.state is NoticeState.ONGOING
    if notice.state is NoticeState.CANCELED and window.state is WindowState.PLANNED:
        window.state = advance(TRANSITIONS, window.state, WindowState.WITHDRAWN)
        uow.record(MaintenanceWithdrawn(**_told(window), reason="The exchange called it off"))
        uow.touch(TOPIC)
        return
    starts_at, ends_at = notice.starts_at or window.starts_at, notice.ends_at or window.ends_at
    if notice.state in {NoticeState.COMPLETED, NoticeState.CANCELED}:
        ends_at = now if ends_at is None else min(ends_at, now)
    if window.state is WindowState.RUNNING:
        starts_at = window.starts_at
    if not window.is_dismissed:
        _set_times(uow, window, starts_at, None if ends_at is None else max(ends_at, starts_at))


def _set_times(
    uow: UnitOfWork, window: MaintenanceWindow, starts_at: datetime, ends_at: datetime | None
) -> None:
    previous = window.starts_at, window.ends_at
    if (starts_at, ends_at) == previous:
        return
    window.starts_at, window.ends_at = starts_at, ends_at
    window.no_entries_from = starts_at - get_settings().maintenance_lead
    uow.record(
        MaintenanceChanged(
            **_told(window),
            previous_starts_at=previous[0],
            previous_ends_at=previous[1],
            reason="The exchange says so",
        )
    )
    uow.touch(TOPIC)


def _running(windows: Iterable[MaintenanceWindow]) -> MaintenanceWindow | None:
    """Return the window of what an exchange says to be running, without naming it.

    One that an operator ended stays the one until the exchange has said once that it works.
    """
    return next((w for w in windows if w.is_reported and w.notice_key.startswith(UNNAMED)), None)


def _covers(
    window: MaintenanceWindow, exchange: Exchange, mode: AccountMode, now: datetime
) -> bool:
    """Tell whether what begins now was to be expected from a window."""
    return (
        window.exchange is exchange
        and window.mode in {"", mode.value}
        and window.no_entries_from <= now
        and window.is_expected
    )


async def _heard_of(
    uow: UnitOfWork, exchange: Exchange, mode: AccountMode, keys: Sequence[str]
) -> Sequence[MaintenanceWindow]:
    """Return the windows that an exchange speaks of now, or spoke of as running until now."""
    rows = await uow.session.execute(
        select(MaintenanceWindow)
        .where(
            MaintenanceWindow.exchange == exchange,
            MaintenanceWindow.mode == mode.value,
            MaintenanceWindow.source == WindowSource.EXCHANGE,
            or_(MaintenanceWindow.notice_key.in_(keys), MaintenanceWindow.is_reported),
        )
        .order_by(MaintenanceWindow.starts_at, MaintenanceWindow.id)
    )
    return rows.scalars().all()


async def _now(uow: UnitOfWork) -> datetime:
    now: datetime = (await uow.session.execute(_NOW)).scalar_one()
    return now


async def _live(uow: UnitOfWork) -> Sequence[MaintenanceWindow]:
    rows = await uow.session.execute(
        select(MaintenanceWindow)
        .where(MaintenanceWindow.state.in_(LIVE))
        .order_by(MaintenanceWindow.starts_at, MaintenanceWindow.id)
    )
    return rows.scalars().all()


def _told(window: MaintenanceWindow) -> dict[str, Any]:
    return {
        "subject": window.id,
        "exchange": window.exchange.value,
        "mode": window.mode,
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
    }
