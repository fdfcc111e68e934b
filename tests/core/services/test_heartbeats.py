"""Leases: one owner a shard, growing epochs, and a successor that waits long enough."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import heartbeats
from patriot_app.core.services.heartbeats import Lease
from patriot_app.core.unit_of_work import begin

WAIT_S = 14.5
TTL_S = 8.0


@pytest.fixture
async def shards(as_daemon: str) -> None:
    async with begin(SYSTEM) as uow:
        await heartbeats.open_shards(uow, shards=4)
        await uow.session.execute(
            text("UPDATE shard_leases SET owner = '', epoch = 0, expires_at = '-infinity'")
        )


async def take(owner: str, *, count: int = 4, ttl_s: float = TTL_S) -> list[Lease]:
    async with begin(SYSTEM) as uow:
        return await heartbeats.take_leases(
            uow, owner=owner, count=count, ttl_s=ttl_s, wait_s=WAIT_S
        )


async def expire(owner: str) -> None:
    async with begin(SYSTEM) as uow:
        await uow.session.execute(
            text(
                "UPDATE shard_leases SET expires_at = clock_timestamp() - interval '1 s'"
                " WHERE owner = :owner"
            ),
            {"owner": owner},
        )


@pytest.mark.usefixtures("shards")
async def test_a_shard_has_one_owner_while_its_lease_lasts() -> None:
    assert len(await take("first")) == 4
    assert await take("second") == []


@pytest.mark.usefixtures("shards")
async def test_a_shard_never_owned_may_be_traded_at_once() -> None:
    async with begin(SYSTEM) as uow:
        now = await heartbeats.database_now(uow)
    for lease in await take("first"):
        assert lease.ready_at - now < timedelta(seconds=1)


@pytest.mark.usefixtures("shards")
async def test_the_successor_of_a_dead_owner_waits_for_its_last_possible_order() -> None:
    before = {lease.shard: lease for lease in await take("first")}
    await expire("first")
    async with begin(SYSTEM) as uow:
        now = await heartbeats.database_now(uow)
    for lease in await take("second"):
        assert lease.epoch > before[lease.shard].epoch
        assert lease.ready_at - now > timedelta(seconds=WAIT_S - 2)


@pytest.mark.usefixtures("shards")
async def test_a_released_shard_waits_only_for_the_last_order_that_left() -> None:
    await take("first")
    async with begin(SYSTEM) as uow:
        now = await heartbeats.database_now(uow)
        await heartbeats.release_leases(uow, owner="first", shards=[0, 1, 2, 3], idle_s=60.0)
    for lease in await take("second"):
        assert lease.ready_at < now


async def renew(owner: str, leases: list[Lease], *, off_by: int = 0) -> frozenset[int]:
    async with begin(SYSTEM) as uow:
        held = {lease.shard: lease.epoch + off_by for lease in leases}
        renewal = await heartbeats.renew_leases(uow, owner=owner, held=held, ttl_s=TTL_S)
    return renewal.kept


@pytest.mark.usefixtures("shards")
async def test_an_expired_lease_cannot_be_renewed() -> None:
    leases = await take("first")
    await expire("first")
    assert await renew("first", leases) == set()


@pytest.mark.usefixtures("shards")
async def test_an_owner_renews_only_what_is_its_own() -> None:
    first = await take("first", count=2)
    second = await take("second", count=2)
    assert await renew("first", first + second) == {lease.shard for lease in first}


@pytest.mark.usefixtures("shards")
async def test_a_lease_is_not_renewed_under_an_epoch_that_is_over() -> None:
    leases = await take("first")
    assert await renew("first", leases, off_by=-1) == set()
