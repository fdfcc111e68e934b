"""Operators enter, move and end windows; what exchanges say is taken in once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from patriot_app.core.clock import FrozenClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.maintenance import Notice, NoticeState
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries import maintenance as queries
from patriot_app.core.services import maintenance, maintenance_notices
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.rows import OPERATOR

BYBIT = Exchange.BYBIT, AccountMode.LIVE
MINUTE = timedelta(minutes=1)


@pytest.fixture
def now(server: Server, database_name: str) -> Iterator[datetime]:
    yield datetime.now(UTC).replace(microsecond=0)
    with psycopg.connect(server.uri, dbname=database_name, autocommit=True) as connection:
        connection.execute("DELETE FROM maintenance_windows")


async def plan(starts_at: datetime, ends_at: datetime) -> UUID:
    async with begin(OPERATOR) as uow:
        return await maintenance.plan(
            uow,
            exchange=Exchange.BYBIT,
            starts_at=starts_at,
            ends_at=ends_at,
            reason="Announced by mail",
        )


async def facts() -> list[tuple[str, object]]:
    async with begin(SYSTEM) as uow:
        rows = await uow.session.execute(
            text(
                "SELECT type, payload ->> 'reason' FROM events WHERE subject_id IN"
                " (SELECT id FROM maintenance_windows) ORDER BY recorded_at, sequence"
            )
        )
        return [(row[0], row[1]) for row in rows]


async def hear(*notices: Notice) -> None:
    async with begin(SYSTEM) as uow:
        await maintenance_notices.hear(uow, *BYBIT, notices)


async def states() -> list[tuple[str, bool, bool]]:
    found = await queries.windows(OPERATOR)
    return [(w.window.state.value, w.window.is_reported, w.window.is_expected) for w in found]


async def test_an_operators_window_is_entered_moved_and_called_off(
    as_web: str, now: datetime
) -> None:
    window_id = await plan(now + 60 * MINUTE, now + 90 * MINUTE)
    async with begin(OPERATOR) as uow:
        await maintenance.change(
            uow,
            window_id,
            starts_at=now + 30 * MINUTE,
            ends_at=now + 90 * MINUTE,
            reason="Earlier, says its page",
        )
    (listed,) = await queries.windows(OPERATOR)
    assert listed.window.no_entries_from == now + 20 * MINUTE
    assert listed.window.starts_at == now + 30 * MINUTE
    async with begin(OPERATOR) as uow:
        await maintenance.end(uow, window_id, reason="Called off")
    assert [kind for kind, _ in await facts()] == [
        "MaintenancePlanned",
        "MaintenanceChanged",
        "MaintenanceWithdrawn",
    ]
    assert (await queries.live()).windows == ()
    with pytest.raises(Refused, match="over"):
        async with begin(OPERATOR) as uow:
            await maintenance.end(uow, window_id, reason="Once more")


async def test_a_running_window_binds_until_a_daemon_has_recorded_its_end(
    as_web: str, now: datetime
) -> None:
    window_id = await plan(now - MINUTE, now + 30 * MINUTE)
    with pytest.raises(Refused, match="beginning is over"):
        async with begin(OPERATOR) as uow:
            await maintenance.change(
                uow, window_id, starts_at=now + MINUTE, ends_at=now + 30 * MINUTE, reason="Later"
            )
    async with begin(OPERATOR) as uow:
        await maintenance.end(uow, window_id, reason="It trades again")
    (window,) = (await queries.live()).windows
    assert window.is_dismissed
    assert window.ends_at is not None
    assert window.ends_at <= datetime.now(UTC)


async def test_a_window_without_sense_is_refused(as_web: str, now: datetime) -> None:
    with pytest.raises(Invalid) as caught:
        await plan(now + 30 * MINUTE, now + 20 * MINUTE)
    assert set(caught.value.fields) == {"ends_at"}


async def test_what_an_exchange_announces_is_taken_in_once_and_followed(
    as_daemon: str, now: datetime
) -> None:
    told = Notice("b-1", "Upgrade", NoticeState.SCHEDULED, now + 60 * MINUTE, now + 90 * MINUTE)
    await hear(told)
    await hear(told)
    assert await states() == [("planned", False, True)]
    await hear(
        Notice("b-1", "Upgrade", NoticeState.SCHEDULED, now + 70 * MINUTE, now + 90 * MINUTE)
    )
    await hear(Notice("b-1", "Upgrade", NoticeState.CANCELED, now + 70 * MINUTE, now + 90 * MINUTE))
    assert await states() == [("withdrawn", False, True)]
    assert await facts() == [
        ("MaintenancePlanned", "Upgrade"),
        ("MaintenanceChanged", "The exchange says so"),
        ("MaintenanceWithdrawn", "The exchange called it off"),
    ]
    with pytest.raises(Refused, match="over"):
        async with begin(OPERATOR) as uow:
            await maintenance.end(uow, (await queries.windows(OPERATOR))[0].id, reason="Mine")


async def test_its_own_window_keeps_its_own_times(as_daemon: str, now: datetime) -> None:
    await hear(
        Notice("b-2", "Upgrade", NoticeState.SCHEDULED, now + 60 * MINUTE, now + 90 * MINUTE)
    )
    (window,) = (await queries.live()).windows
    with pytest.raises(Refused, match="its own"):
        async with begin(OPERATOR) as uow:
            await maintenance.change(
                uow, window.id, starts_at=now, ends_at=now + 90 * MINUTE, reason="No"
            )


async def test_what_was_completed_before_we_heard_of_it_is_nobodys_business(
    as_daemon: str, now: datetime
) -> None:
    await hear(Notice("b-3", "Past", NoticeState.COMPLETED, now - 90 * MINUTE, now - 60 * MINUTE))
    assert await states() == []


async def test_one_that_runs_and_was_not_told_before_is_unexpected_unless_covered(
    as_daemon: str, now: datetime
) -> None:
    await hear(Notice("", "system_maintenance", NoticeState.ONGOING))
    assert await states() == [("planned", True, False)]
    async with begin(SYSTEM) as uow:
        assert await maintenance_notices.move_on(uow) == 1
    assert await states() == [("running", True, False)]
    await hear()
    async with begin(SYSTEM) as uow:
        assert await maintenance_notices.move_on(uow) == 1
    assert await states() == [("over", False, False)]


async def test_a_daemon_whose_clock_runs_ahead_neither_ends_a_window_nor_puts_it_off(
    as_daemon: str, now: datetime
) -> None:
    ahead = FrozenClock(now + 60 * MINUTE)
    await plan(now - MINUTE, now + 30 * MINUTE)
    async with begin(SYSTEM, clock=ahead) as uow:
        assert await maintenance_notices.move_on(uow) == 1
    async with begin(SYSTEM, clock=ahead) as uow:
        assert await maintenance_notices.move_on(uow) == 0
    assert await states() == [("running", False, True)]
    told = Notice("", "system_maintenance", NoticeState.ONGOING)
    async with begin(SYSTEM, clock=ahead) as uow:
        await maintenance_notices.hear(uow, *BYBIT, [told])
    heard = next(w for w in (await queries.live()).windows if w.is_reported)
    assert heard.starts_at <= datetime.now(UTC)


async def test_an_expected_one_takes_its_end_from_the_window_that_told_of_it(
    as_daemon: str, now: datetime
) -> None:
    await plan(now + 5 * MINUTE, now + 30 * MINUTE)
    await hear(Notice("", "system_maintenance", NoticeState.ONGOING))
    heard = next(w for w in (await queries.live()).windows if w.is_reported)
    assert heard.is_expected
    assert heard.ends_at == now + 30 * MINUTE
