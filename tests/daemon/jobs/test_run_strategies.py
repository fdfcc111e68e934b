"""Strategies are asked at closed bars; one that breaks is set aside and delays no other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from daemon.jobs.run_strategies import Strategies
from daemon.strategies.isolation import StrategyProcesses
from patriot_app.core.clock import MarketClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.candles import MINUTE, Candle
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import market
from patriot_app.core.unit_of_work import begin
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server
from tests.factories.desk import Desk, make_desk
from tests.waiting import until

OTHER = "ETHUSDT"
CLOSED_AT = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=1) as trader:
        now = trader.context.clock.now()
        trader.context.market_clock = MarketClock(
            wall_origin=now, market_origin=CLOSED_AT, speed=1.0, paused=False
        )
        # An administrator, who is to hear of what broke.
        trader.desk.execute(
            "INSERT INTO users (id, email, name, status, risk_profile, roles)"
            " VALUES (gen_random_uuid(), %s, 'A', 'active', 'medium', '{admin}')",
            f"{trader.desk.client_id.hex}@firm.example",
        )
        yield trader
        trader.desk.execute("UPDATE deployments SET status = 'stopped'")


@asynccontextmanager
async def asking(
    trader: Trader, catalogue: str, *, decide_s_max: float
) -> AsyncIterator[Strategies]:
    made = Strategies(
        trader.context,
        StrategyProcesses(
            catalogue=f"tests.daemon.strategies.broken:{catalogue}", decide_s_max=decide_s_max
        ),
    )
    try:
        yield made
    finally:
        await made.close()


async def close_bars(strategies: Strategies, trader: Trader, symbol: str) -> None:
    """Store a quarter of an hour of bars and tell of the last one."""
    bars = [
        Candle(
            CLOSED_AT - (15 - n) * MINUTE,
            CLOSED_AT - (14 - n) * MINUTE,
            *[Decimal(100)] * 4,
            Decimal(1),
        )
        for n in range(15)
    ]
    async with begin(SYSTEM) as uow:
        await market.add_candles(uow, Exchange.BINANCE, AccountMode.PAPER, symbol, bars)
    await strategies.on_bar(trader.context, Exchange.BINANCE, AccountMode.PAPER, symbol, bars[-1])


def status(desk: Desk) -> tuple[object, ...]:
    return desk.execute(
        "SELECT status, status_reason FROM deployments WHERE id = %s", desk.deployment_id
    )[0]


def signals_of(desk: Desk) -> int:
    return len(desk.execute("SELECT 1 FROM signals WHERE deployment_id = %s", desk.deployment_id))


def failures(desk: Desk) -> int:
    return len(
        desk.execute(
            "SELECT 1 FROM events WHERE type = 'StrategyFailed' AND subject_id = %s",
            desk.deployment_id,
        )
    )


async def test_a_strategy_that_never_ends_delays_no_other(
    trader: Trader, server: Server, database_name: str
) -> None:
    sound = make_desk(server, database_name, accounts=1, symbols=(OTHER,))
    sound.execute(
        "UPDATE strategies SET kind = 'donchian_breakout' WHERE id = %s", sound.strategy_id
    )
    async with asking(trader, "BESIDE", decide_s_max=600.0) as strategies:
        await close_bars(strategies, trader, SYMBOL)
        await close_bars(strategies, trader, OTHER)
        await until(lambda: signals_of(sound) == 1)
        assert status(trader.desk) == ("running", "")


async def test_a_strategy_that_never_ends_is_paused_and_told_of(trader: Trader) -> None:
    async with asking(trader, "BESIDE", decide_s_max=1.0) as strategies:
        await close_bars(strategies, trader, SYMBOL)
        await strategies.settle()
    state, reason = status(trader.desk)
    assert state == "paused"
    assert "did not decide within 1 s" in str(reason)
    assert failures(trader.desk) == 1
    told = trader.desk.execute(
        "SELECT DISTINCT n.channel FROM notifications AS n JOIN events AS e ON e.id = n.event_id"
        " WHERE e.type = 'StrategyFailed' AND e.subject_id = %s ORDER BY 1",
        trader.desk.deployment_id,
    )
    assert told == [("console",), ("email",)]


async def test_bars_behind_the_one_it_broke_on_are_not_asked(trader: Trader) -> None:
    async with asking(trader, "RAISES", decide_s_max=60.0) as strategies:
        for _ in range(3):
            await close_bars(strategies, trader, SYMBOL)
        await strategies.settle()
    assert status(trader.desk)[0] == "paused"
    assert failures(trader.desk) == 1
    assert signals_of(trader.desk) == 0


async def test_a_bar_of_long_ago_is_not_asked_about(trader: Trader) -> None:
    clock = trader.context.market_clock
    trader.context.market_clock = MarketClock(
        wall_origin=clock.wall_origin - timedelta(minutes=1),
        market_origin=CLOSED_AT,
        speed=1.0,
        paused=False,
    )
    async with asking(trader, "RAISES", decide_s_max=60.0) as strategies:
        await close_bars(strategies, trader, SYMBOL)
        await strategies.settle()
    assert status(trader.desk) == ("running", "")
