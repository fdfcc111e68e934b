"""Positions before a planned maintenance: kept, made smaller or closed, as their strategy says."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest

from daemon.execution import fan_out, reading
from daemon.jobs import leave_for_maintenance, watch_maintenance
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.entries import limit_entry
from patriot_app.core.domain.orders import TimeInForce
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import maintenance
from patriot_app.core.unit_of_work import begin
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=2, exchanges=tuple(Exchange)
    ) as trader:
        # Each test is about its own windows: what is left behind would close others' exchanges.
        yield trader
        trader.desk.execute("DELETE FROM maintenance_windows")


async def hold(trader: Trader) -> list[Decimal]:
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    await read_all(trader)
    held = [await trader.held(account) for account in trader.desk.accounts]
    assert all(quantity > 0 for quantity in held)
    return held


async def read_all(trader: Trader) -> None:
    for session in trader.sessions:
        await reading.read_orders(trader.context, session)
        await reading.read_fills(trader.context, session, SYMBOL)


def decide(trader: Trader, what: str) -> None:
    trader.desk.execute(
        "INSERT INTO strategy_versions (id, strategy_id, number, parameters)"
        " SELECT gen_random_uuid(), strategy_id, number + 1, parameters || jsonb_build_object("
        " 'at_maintenance', %s::text, 'maintenance_part', '0.5') FROM strategy_versions WHERE id = %s",
        what,
        trader.desk.version_id,
    )
    trader.desk.execute(
        "UPDATE deployments SET version_id = (SELECT id FROM strategy_versions AS v"
        " WHERE v.strategy_id = deployments.strategy_id ORDER BY number DESC LIMIT 1)"
        " WHERE id = %s",
        trader.desk.deployment_id,
    )


async def enter_windows(trader: Trader, *, starts_in: timedelta) -> None:
    for exchange in Exchange:
        async with begin(SYSTEM) as uow:
            await maintenance.plan(
                uow,
                exchange=exchange,
                starts_at=uow.now + starts_in,
                ends_at=uow.now + starts_in + timedelta(hours=1),
                reason="Its status page says so",
            )
    await watch_maintenance.run(trader.context)


async def leave(trader: Trader) -> list[Decimal]:
    """Let the job look twice; return what is held then."""
    for _ in range(2):
        await leave_for_maintenance.run(trader.context)
        await read_all(trader)
    return [await trader.held(account) for account in trader.desk.accounts]


def told(trader: Trader) -> list[tuple[object, ...]]:
    return trader.desk.execute(
        "SELECT payload->>'decision', count(*) FROM events WHERE type = 'MaintenanceExitDecided'"
        " AND subject_id = ANY(%s) GROUP BY 1",
        list(trader.desk.accounts),
    )


async def test_positions_stay_with_their_stops_where_nothing_else_was_said(trader: Trader) -> None:
    held = await hold(trader)
    await enter_windows(trader, starts_in=timedelta(minutes=4))
    assert await leave(trader) == held
    assert told(trader) == []


@pytest.mark.parametrize(("what", "left"), [("close", Decimal(0)), ("reduce", Decimal("0.5"))])
async def test_positions_are_left_once_in_the_last_minutes(
    trader: Trader, what: str, left: Decimal
) -> None:
    held = await hold(trader)
    decide(trader, what)
    await enter_windows(trader, starts_in=timedelta(minutes=8))
    assert await leave(trader) == held

    trader.desk.execute("UPDATE maintenance_windows SET starts_at = now() + interval '4 min'")
    await watch_maintenance.run(trader.context)
    after = await leave(trader)
    for before, now in zip(held, after, strict=True):
        assert abs(now - before * left) <= Decimal("0.001")
    assert told(trader) == [(what, 2)]


async def test_an_entry_that_rests_goes_where_its_position_would_not_stay(trader: Trader) -> None:
    decide(trader, "close")
    price = ((await trader.price()) * Decimal("0.99")).quantize(Decimal(1))
    signal_id = await trader.signal(
        stop_loss=(price * Decimal("0.98")).quantize(Decimal(1)),
        entry=limit_entry(
            price,
            time_in_force=TimeInForce.GTC,
            market_now=trader.context.market_now(),
            life=timedelta(hours=1),
        ),
    )
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    await enter_windows(trader, starts_in=timedelta(minutes=8))
    await read_all(trader)
    rows = trader.desk.execute(
        "SELECT attempts.state, cancel_cause FROM attempts JOIN intents ON intents.id = intent_id"
        " WHERE signal_id = %s AND leg = 'entry'",
        signal_id,
    )
    assert rows == [("canceled", "maintenance")] * 2
