"""The lease keeper: recovery before readiness, and self-fencing."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from daemon.lease import LeaseKeeper
from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.db import sessions
from patriot_app.core.domain.halts import HaltLevel, HaltScope
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import halts, heartbeats
from patriot_app.core.services.heartbeats import Lease
from patriot_app.core.settings import Settings
from patriot_app.core.unit_of_work import begin
from tests.waiting import until

SETTINGS = Settings(shards=2)


@pytest.fixture(autouse=True)
async def no_owner(as_daemon: str) -> None:
    async with begin(SYSTEM) as uow:
        await uow.session.execute(text("DELETE FROM heartbeats"))
        await uow.session.execute(
            text("UPDATE shard_leases SET owner = '', epoch = 0, expires_at = '-infinity'")
        )


async def test_a_shard_is_ready_only_after_its_recovery() -> None:
    recovering = asyncio.Event()

    async def recover(_: Lease) -> None:
        await recovering.wait()

    keeper = LeaseKeeper(owner="a", settings=SETTINGS, clock=SystemClock(), recover=recover)
    await keeper.start()
    await keeper.tick()
    assert keeper.held == (0, 1)
    assert keeper.ready == ()
    assert keeper.epoch(0) is None
    recovering.set()
    await until(lambda: keeper.ready == (0, 1))
    assert keeper.epoch(0)
    await keeper.release()


async def test_without_renewal_the_keeper_fences_itself() -> None:
    async def recover(_: Lease) -> None: ...

    clock = FrozenClock(datetime(2026, 1, 1, tzinfo=UTC))
    keeper = LeaseKeeper(owner="b", settings=SETTINGS, clock=clock, recover=recover)
    await keeper.start()
    await keeper.tick()
    await until(lambda: keeper.ready == (0, 1))
    clock.advance(SETTINGS.lease_ttl_s - 1)
    assert keeper.is_fenced
    assert keeper.ready == ()
    assert keeper.epoch(0) is None
    await keeper.release()


async def test_what_is_released_can_be_taken_by_another_at_once() -> None:
    async def recover(_: Lease) -> None: ...

    first = LeaseKeeper(owner="c", settings=SETTINGS, clock=SystemClock(), recover=recover)
    await first.start()
    await first.tick()
    await first.release()
    second = LeaseKeeper(owner="d", settings=SETTINGS, clock=SystemClock(), recover=recover)
    await second.tick()
    assert second.held == (0, 1)
    await second.release()


@pytest.mark.parametrize("year", [2020, 2040])
async def test_how_long_a_successor_waits_does_not_follow_the_wall_clock(year: int) -> None:
    async def recover(_: Lease) -> None: ...

    clock = FrozenClock(datetime(year, 1, 1, tzinfo=UTC))
    first = LeaseKeeper(owner="g", settings=SETTINGS, clock=clock, recover=recover)
    await first.start()
    await first.tick()
    first.note_send()
    clock.advance(60.0)
    await first.release()
    second = LeaseKeeper(owner="h", settings=SETTINGS, clock=clock, recover=recover)
    await second.tick()
    async with begin(SYSTEM) as uow:
        now = await heartbeats.database_now(uow)
    wait_s = [(lease.ready_at - now).total_seconds() for lease in second._leases.values()]
    assert len(wait_s) == 2
    assert all(-86_400 < each <= first.wait_s - 60.0 for each in wait_s)
    await second.release()


async def test_while_the_desk_must_send_nothing_nobody_holds_a_shard() -> None:
    async def recover(_: Lease) -> None:
        return None

    keeper = LeaseKeeper(owner="a", settings=SETTINGS, clock=SystemClock(), recover=recover)
    await keeper.start()
    await keeper.tick()
    assert keeper.held == (0, 1)
    async with begin(SYSTEM) as uow:
        raised = await halts.raise_halt(
            uow, scope=HaltScope.DESK, level=HaltLevel.STOP_SENDING, reason="Doubt"
        )
    await keeper.tick()
    assert keeper.is_stopped
    assert keeper.held == ()
    async with begin(SYSTEM) as uow:
        left = await uow.session.execute(
            text("SELECT count(*) FROM shard_leases WHERE released_at IS NULL")
        )
        assert left.scalar_one() == 0
        await uow.session.execute(
            text("UPDATE halts SET lifted_at = now() WHERE id = :id"), {"id": raised.halt_id}
        )
    await keeper.tick()
    assert keeper.held == (0, 1)
    await keeper.release()


async def test_a_shard_taken_without_hearing_of_it_runs_out_and_is_taken_again() -> None:
    recovered: list[int] = []

    async def recover(lease: Lease) -> None:
        recovered.append(lease.epoch)

    keeper = LeaseKeeper(owner="e", settings=SETTINGS, clock=SystemClock(), recover=recover)
    await keeper.start()
    await keeper.tick()
    # The commit happened and its answer was lost: the database knows an owner that does not know.
    for task in keeper._recoveries.values():
        task.cancel()
    keeper._leases.clear()
    keeper._ready.clear()
    before = await expiry()
    await keeper.tick()
    assert await expiry() == before
    async with begin(SYSTEM) as uow:
        await uow.session.execute(
            text("UPDATE shard_leases SET expires_at = clock_timestamp() - interval '1 min'")
        )
    await keeper.tick()
    assert keeper.held == (0, 1)
    await keeper.release()


async def test_a_recovery_whose_first_question_fails_asks_again() -> None:
    recovered = asyncio.Event()

    async def recover(_: Lease) -> None:
        recovered.set()

    clock = FrozenClock(datetime(2026, 1, 1, tzinfo=UTC))
    keeper = LeaseKeeper(owner="f", settings=SETTINGS, clock=clock, recover=recover)
    now = clock.now()
    lease = Lease(shard=0, epoch=1, expires_at=now, ready_at=now)
    keeper._leases[0] = lease
    engine = sessions._factory
    sessions.use_engine(None)
    recovery = asyncio.create_task(keeper._recover_shard(lease))
    await until(lambda: clock.now() > now)
    sessions._factory = engine
    await until(lambda: keeper.ready == (0,) or recovery.done())
    assert recovered.is_set()
    await recovery


async def expiry() -> list[datetime]:
    async with begin(SYSTEM) as uow:
        rows = await uow.session.execute(
            text("SELECT expires_at FROM shard_leases WHERE shard < 2 ORDER BY shard")
        )
        return list(rows.scalars())
