"""Changes of shares are asked for, taken back, and applied once by a rebalancing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.permissions import SYSTEM, Actor
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.queries import allocations
from patriot_app.core.services import allocation_changes, rebalancing
from patriot_app.core.unit_of_work import UnitOfWork, begin
from tests.factories.rows import (
    OPERATOR,
    DaemonRows,
    customer,
    make_account,
    make_client,
    make_deployment,
)

Engines = tuple[AsyncEngine, AsyncEngine]


@pytest.fixture
def clean(engines: Engines, rows: DaemonRows) -> Engines:
    """Act as the web process; no run of another test is under way."""
    use_engine(engines[0])
    rows.instrument("BTCUSDT")
    rows.instrument("ETHUSDT")
    rows.execute(
        "UPDATE rebalancings SET state = 'done', finished_at = now() WHERE state = 'running'"
    )
    return engines


@asynccontextmanager
async def daemon(engines: Engines) -> AsyncIterator[UnitOfWork]:
    """Open a unit of work of the daemon, under its role."""
    use_engine(engines[1])
    try:
        async with begin(SYSTEM) as uow:
            yield uow
    finally:
        use_engine(engines[0])


class Divided:
    """A client whose account follows two strategies."""

    client: Actor
    account_id: UUID
    first: UUID
    second: UUID

    def shares(self, first: str, second: str) -> dict[UUID, Decimal]:
        return {self.first: Decimal(first), self.second: Decimal(second)}


async def make_divided(rows: DaemonRows) -> Divided:
    made = Divided()
    client_id = await make_client()
    made.client = customer(client_id)
    made.account_id = await make_account(client_id)
    rows.state(made.account_id)
    made.first = await make_deployment([made.account_id], symbols=["BTCUSDT"])
    made.second = await make_deployment([made.account_id], symbols=["ETHUSDT"])
    return made


async def held(account_id: UUID) -> dict[UUID, Decimal]:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text(
                "SELECT deployment_id, share FROM allocations"
                " WHERE account_id = :id AND released_at IS NULL"
            ),
            {"id": account_id},
        )
        return {row.deployment_id: row.share for row in found}


async def state_of(account_id: UUID) -> list[str]:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text(
                "SELECT state FROM allocation_changes WHERE account_id = :id ORDER BY asked_at, id"
            ),
            {"id": account_id},
        )
        return list(found.scalars())


async def run_by_person(engines: Engines) -> UUID:
    """Carry a run out as the job does."""
    async with begin(OPERATOR) as uow:
        run_id = await rebalancing.ask(uow, reason="Told to")
    await carry_out(engines, run_id)
    return run_id


async def carry_out(engines: Engines, run_id: UUID) -> None:
    async with daemon(engines) as uow:
        await rebalancing.prepare(uow, run_id)
    async with daemon(engines) as uow:
        accounts = await rebalancing.pending(uow, run_id)
    for account_id in accounts:
        async with daemon(engines) as uow:
            await rebalancing.settle(uow, run_id, account_id)
    async with daemon(engines) as uow:
        assert await rebalancing.finish(uow, run_id)


async def test_a_client_asks_and_a_rebalancing_applies_it_once(
    clean: Engines, rows: DaemonRows
) -> None:
    made = await make_divided(rows)
    wanted = made.shares("0.6", "0.4")
    seen = await allocations.preview(made.client, made.account_id, wanted)
    assert not seen.is_refused
    async with begin(made.client) as uow:
        due_at = await allocation_changes.ask(uow, made.account_id, wanted)
    assert due_at == seen.effective_at
    assert due_at > datetime.now(UTC) - timedelta(minutes=1)
    (mine,) = await allocations.of_client(made.client, made.client.user_id or made.account_id)
    assert mine.waiting is not None
    assert mine.waiting.shares == wanted
    assert await held(made.account_id) == made.shares("1", "1")
    run_id = await run_by_person(clean)
    assert await held(made.account_id) == wanted
    assert await state_of(made.account_id) == ["applied"]
    async with daemon(clean) as uow:
        await rebalancing.settle(uow, run_id, made.account_id)
    assert await held(made.account_id) == wanted
    (past,) = await allocations.past(made.client, made.account_id)
    assert past.state == "applied"


async def test_asking_again_replaces_what_waits_and_it_can_be_taken_back(
    clean: Engines, rows: DaemonRows
) -> None:
    made = await make_divided(rows)
    for wanted in (made.shares("0.6", "0.4"), made.shares("0.3", "0.4")):
        async with begin(made.client) as uow:
            await allocation_changes.ask(uow, made.account_id, wanted)
    async with begin(made.client) as uow:
        await allocation_changes.withdraw(uow, made.account_id)
    assert await state_of(made.account_id) == ["replaced", "withdrawn"]
    await run_by_person(clean)
    assert await held(made.account_id) == made.shares("1", "1")
    async with begin(made.client) as uow:
        with pytest.raises(Refused, match="No change waits"):
            await allocation_changes.withdraw(uow, made.account_id)


@pytest.mark.parametrize("surface", ["portal", "bot"])
async def test_nobody_divides_the_account_of_another(
    clean: Engines, rows: DaemonRows, surface: str
) -> None:
    made = await make_divided(rows)
    stranger = customer(await make_client(name="Eve"))
    actor = Actor(stranger.user_id, "Eve", stranger.roles, surface)
    async with begin(actor) as uow:
        with pytest.raises(NotFound):
            await allocation_changes.ask(uow, made.account_id, made.shares("0.6", "0.4"))
    with pytest.raises(NotFound):
        await allocations.get(actor, made.account_id)


async def test_bad_shares_and_a_reached_limit_are_refused(clean: Engines, rows: DaemonRows) -> None:
    made = await make_divided(rows)
    async with begin(made.client) as uow:
        with pytest.raises(Invalid) as caught:
            await allocation_changes.ask(uow, made.account_id, made.shares("0.02", "0.4"))
    assert set(caught.value.fields) == {str(made.first)}
    async with begin(made.client) as uow:
        await allocation_changes.ask(uow, made.account_id, made.shares("0.2", "0.4"))
    await run_by_person(clean)
    rows.execute("UPDATE account_states SET equity = 9000 WHERE account_id = %s", made.account_id)
    async with begin(made.client) as uow:
        with pytest.raises(Refused, match=r"10\.00 % down today"):
            await allocation_changes.ask(uow, made.account_id, made.shares("0.3", "0.4"))


async def test_what_no_longer_fits_is_refused_when_its_time_comes(
    clean: Engines, rows: DaemonRows
) -> None:
    made = await make_divided(rows)
    async with begin(OPERATOR) as uow:
        await allocation_changes.ask(
            uow, made.account_id, made.shares("0.5", "0.5"), reason="Asked by phone"
        )
    rows.execute("UPDATE allocations SET released_at = now() WHERE deployment_id = %s", made.second)
    await run_by_person(clean)
    assert await state_of(made.account_id) == ["refused"]
    assert await held(made.account_id) == {made.first: Decimal(1)}


async def test_a_slot_is_run_once_and_takes_only_what_is_due(
    clean: Engines, rows: DaemonRows
) -> None:
    made = await make_divided(rows)
    async with begin(made.client) as uow:
        due_at = await allocation_changes.ask(uow, made.account_id, made.shares("0.6", "0.4"))
    for moment, state in ((due_at - timedelta(minutes=1), "waiting"), (due_at, "applied")):
        for _ in range(2):
            async with daemon(clean) as uow:
                run_id = await rebalancing.begin_due(uow, market_now=moment)
            if run_id is not None:
                await carry_out(clean, run_id)
        assert await state_of(made.account_id) == [state]


async def test_two_runs_are_never_under_way_together(clean: Engines) -> None:
    async with begin(OPERATOR) as uow:
        run_id = await rebalancing.ask(uow, reason="Told to")
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="under way"):
            await rebalancing.ask(uow, reason="Me too")
    await carry_out(clean, run_id)
