"""Commands are claimed once, ended once, return from a dead owner and expire."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from patriot_app.core.domain.commands import CommandStatus, FlattenAccount
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import commands
from patriot_app.core.services.commands import ClaimedCommand
from patriot_app.core.unit_of_work import begin


@pytest.fixture(autouse=True)
async def nothing_waits(as_daemon: str) -> None:
    async with begin(SYSTEM) as uow:
        await uow.session.execute(text("UPDATE commands SET status = 'expired'"))


async def issue(*, shard: int | None = 1, ttl: timedelta = timedelta(minutes=5)) -> UUID:
    async with begin(SYSTEM) as uow:
        return await uow.issue(
            FlattenAccount(account_id=uuid4()), idempotency_key=uuid4().hex, shard=shard, ttl=ttl
        )


async def claim(process: str = "a", *, shards: tuple[int, ...] = (1,)) -> list[ClaimedCommand]:
    async with begin(SYSTEM) as uow:
        return await commands.claim(uow, process=process, shards=shards, count=10, ttl_s=60)


async def end(command_id: UUID, *, process: str = "a") -> bool:
    async with begin(SYSTEM) as uow:
        return await commands.end(
            uow, command_id, process=process, status=CommandStatus.SUCCEEDED, result={"n": 1}
        )


async def test_a_command_is_claimed_by_one_process_and_ended_by_it_alone() -> None:
    command_id = await issue()
    assert [one.id for one in await claim("a")] == [command_id]
    assert await claim("b") == []
    assert not await end(command_id, process="b")
    assert await end(command_id, process="a")
    assert not await end(command_id, process="a")


async def test_only_the_owner_of_a_shard_takes_its_commands() -> None:
    await issue(shard=7)
    anyone = await issue(shard=None)
    assert [one.id for one in await claim(shards=(1,))] == [anyone]


async def test_a_claim_whose_owner_died_returns() -> None:
    command_id = await issue()
    await claim("dead")
    async with begin(SYSTEM) as uow:
        await uow.session.execute(
            text("UPDATE commands SET claim_expires_at = clock_timestamp() - interval '1 s'")
        )
    assert [one.id for one in await claim("heir")] == [command_id]
    assert not await end(command_id, process="dead")


async def test_who_has_taken_a_shard_over_takes_the_claims_of_its_former_owner() -> None:
    command_id = await issue(shard=1)
    await claim("former")
    await lease("former", shard=1)
    assert await claim("heir") == []
    await lease("heir", shard=1)
    assert await claim("bystander") == []
    assert [one.id for one in await claim("heir")] == [command_id]
    assert await claim("heir") == [], "what one carries out oneself is not taken twice"
    assert not await end(command_id, process="former")
    assert await end(command_id, process="heir")


async def lease(owner: str, *, shard: int) -> None:
    async with begin(SYSTEM) as uow:
        await uow.session.execute(
            text(
                "INSERT INTO shard_leases (shard, owner, epoch, expires_at)"
                " VALUES (:shard, :owner, 1, clock_timestamp() + interval '1 hour')"
                " ON CONFLICT (shard) DO UPDATE SET owner = excluded.owner"
            ),
            {"owner": owner, "shard": shard},
        )


async def test_a_command_past_its_time_is_never_carried_out() -> None:
    command_id = await issue(ttl=timedelta(seconds=-1))
    assert await claim() == []
    async with begin(SYSTEM) as uow:
        status = await uow.session.execute(
            text("SELECT status FROM commands WHERE id = :id"), {"id": command_id}
        )
        assert status.scalar_one() == "expired"


async def test_a_payload_that_cannot_be_read_says_what_is_wrong() -> None:
    command_id = await issue()
    async with begin(SYSTEM) as uow:
        await uow.session.execute(
            text("UPDATE commands SET payload = '{\"nonsense\": 1}' WHERE id = :id"),
            {"id": command_id},
        )
    (claimed,) = await claim()
    assert claimed.command is None
    assert "nonsense" in claimed.problem
