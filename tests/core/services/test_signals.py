"""A signal is recorded once, and each shard gets its part."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.fan_outs import FanOutState
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.errors import Refused
from patriot_app.core.services import signals
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.desk import Desk, make_desk
from tests.factories.market import make_signal


@pytest.fixture
def desk(server: Server, database_name: str) -> Desk:
    return make_desk(server, database_name, accounts=6, shards=3)


async def record(desk: Desk, key: str, **overrides: object) -> UUID | None:
    async with begin(SYSTEM) as uow:
        return await signals.record(
            uow,
            deployment_id=desk.deployment_id,
            version_id=desk.version_id,
            signal=make_signal(key=key, **overrides),
            valid_until=SystemClock().now() + timedelta(seconds=20),
        )


async def test_a_signal_opens_one_part_per_shard(as_daemon: str, desk: Desk) -> None:
    signal_id = await record(desk, uuid4().hex)
    async with begin(SYSTEM) as uow:
        pending = await signals.pending_fan_outs(uow, [0, 1, 2])
    mine = [each for each in pending if each.signal_id == signal_id]
    assert [each.shard for each in mine] == [0, 1, 2]
    assert all(each.state is FanOutState.PENDING for each in mine)


async def test_the_same_signal_again_is_recorded_once(as_daemon: str, desk: Desk) -> None:
    key = uuid4().hex
    first = await asyncio.gather(*(record(desk, key) for _ in range(5)))
    assert sum(signal_id is not None for signal_id in first) == 1


async def test_a_key_used_for_another_decision_is_refused(as_daemon: str, desk: Desk) -> None:
    key = uuid4().hex
    await record(desk, key)
    with pytest.raises(Refused, match="other content"):
        await record(desk, key, stop_loss="48000")


async def test_a_paused_deployment_takes_closing_signals_only(as_daemon: str, desk: Desk) -> None:
    desk.execute("UPDATE deployments SET status = 'paused' WHERE id = %s", desk.deployment_id)
    with pytest.raises(Refused, match="paused"):
        await record(desk, uuid4().hex)
    assert await record(desk, uuid4().hex, action=SignalAction.CLOSE) is not None


async def test_a_finished_part_is_pending_no_more(as_daemon: str, desk: Desk) -> None:
    signal_id = await record(desk, uuid4().hex)
    assert signal_id is not None
    async with begin(SYSTEM) as uow:
        await signals.finish_fan_outs(uow, signal_id, [0, 1])
    async with begin(SYSTEM) as uow:
        pending = await signals.pending_fan_outs(uow, [0, 1, 2])
    assert [each.shard for each in pending if each.signal_id == signal_id] == [2]


async def test_a_loaded_signal_is_the_recorded_one(as_daemon: str, desk: Desk) -> None:
    wanted = make_signal(key=uuid4().hex, take_profit="52000")
    async with begin(SYSTEM) as uow:
        signal_id = await signals.record(
            uow,
            deployment_id=desk.deployment_id,
            version_id=desk.version_id,
            signal=wanted,
            valid_until=SystemClock().now(),
        )
        assert signal_id is not None
        recorded = await signals.load(uow, signal_id)
    assert recorded.signal == wanted
    assert recorded.strategy_id == desk.strategy_id
    assert recorded.parameters["risk_per_trade"] == "0.01"
