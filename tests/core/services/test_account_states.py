"""What the daemon sees of accounts: older looks never win, a new market day opens anew."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from patriot_app.core.domain.orders import PositionSide
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.positions import BalanceReport, PositionReport
from patriot_app.core.queries.reader import reading
from patriot_app.core.services import account_readings, account_states, portfolio
from patriot_app.core.services.account_readings import AccountReading, Flow
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.desk import Desk, make_desk

DAY = datetime(2030, 5, 4, tzinfo=UTC)
LATER = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def desk(as_daemon: str, server: Server, database_name: str) -> Desk:
    return make_desk(server, database_name, accounts=1)


def make_reading(
    account: UUID,
    equity: str,
    *,
    at: datetime = LATER,
    market_at: datetime = DAY + timedelta(hours=1),
    quantity: str | None = None,
) -> AccountReading:
    money = Decimal(equity)
    position = PositionReport(
        symbol="BTCUSDT",
        position_side=PositionSide.BOTH,
        quantity=Decimal(quantity or "0"),
        entry_price=Decimal(100),
        mark_price=Decimal(110),
        unrealised_pnl=Decimal(1),
        liquidation_price=Decimal(50),
        leverage=5,
        stop_loss=None,
        updated_at=at,
    )
    return AccountReading(
        account_id=account,
        balance=BalanceReport(
            wallet_balance=money,
            equity=money,
            unrealised_pnl=Decimal(0),
            available_balance=money,
            initial_margin=Decimal(0),
            maintenance_margin=Decimal(0),
            updated_at=at,
        ),
        positions=(position,) if quantity else (),
        observed_at=at,
        market_at=market_at,
    )


async def record(*readings: AccountReading) -> None:
    async with begin(SYSTEM) as uow:
        await account_readings.record_readings(uow, readings)


async def row(table: str, account: UUID) -> Any:
    async with reading(SYSTEM) as session:
        found = await session.execute(
            text(f"SELECT * FROM {table} WHERE account_id = :id"), {"id": account}
        )
        return found.first()


async def test_a_valuation_says_nothing_newer_of_a_quantity_than_the_streams_told(
    desk: Desk,
) -> None:
    account = desk.accounts[0]
    await record(make_reading(account, "9000", quantity="2"))
    told = LATER - timedelta(minutes=1)
    valued = make_reading(account, "9100", at=LATER + timedelta(seconds=3))
    await record(replace(valued, held_at=told))
    position = await row("positions", account)
    assert (position.exchange_quantity, position.observed_at) == (2, LATER)
    assert (await row("account_states", account)).equity == 9100

    flat_since = LATER + timedelta(seconds=1)
    await record(replace(valued, held_at=told, told_at={"BTCUSDT": flat_since}))
    position = await row("positions", account)
    assert (position.exchange_quantity, position.observed_at) == (0, flat_since)


async def test_an_older_look_never_overwrites_a_newer_one(desk: Desk) -> None:
    account = desk.accounts[0]
    await record(make_reading(account, "11000"))
    await record(make_reading(account, "9000", at=LATER - timedelta(seconds=1)))
    assert (await row("account_states", account)).equity == 11000


async def test_a_new_market_day_opens_at_the_equity_then_seen(desk: Desk) -> None:
    account = desk.accounts[0]
    await record(make_reading(account, "11000"))
    await record(make_reading(account, "12000", at=LATER + timedelta(seconds=1)))
    assert (await row("account_states", account)).day_opening_equity == 11000
    await record(
        make_reading(
            account, "12500", at=LATER + timedelta(seconds=2), market_at=DAY + timedelta(days=1)
        )
    )
    assert (await row("account_states", account)).day_opening_equity == 12500
    assert (await row("account_states", account)).peak_equity == 12500


async def test_a_position_that_the_exchange_no_longer_lists_is_flat_there(desk: Desk) -> None:
    account = desk.accounts[0]
    await record(make_reading(account, "10000", quantity="0.5"))
    assert (await row("positions", account)).exchange_quantity == Decimal("0.5")
    await record(make_reading(account, "10000", at=LATER + timedelta(seconds=1)))
    assert (await row("positions", account)).exchange_quantity == 0


async def test_parking_is_recorded_once_and_undone_with_a_reason(desk: Desk) -> None:
    account = desk.accounts[0]
    for _ in range(2):
        async with begin(SYSTEM) as uow:
            await account_states.park(uow, account, reason="unexplained difference")
    async with begin(SYSTEM) as uow:
        await account_states.unpark(uow, account, reason="explained")
    async with reading(SYSTEM) as session:
        types = await session.execute(
            text("SELECT type FROM events WHERE subject_id = :id ORDER BY sequence"),
            {"id": account},
        )
        assert [one.type for one in types] == ["AccountParked", "AccountUnparked"]


async def test_snapshots_are_one_a_minute_and_leave_stale_accounts_out(desk: Desk) -> None:
    account = desk.accounts[0]
    await record(make_reading(account, "10000"))
    minute = datetime(2030, 5, 4, 10, 30, 20, tzinfo=UTC)

    async def snapshot(at: datetime, *, fresh_after: datetime) -> None:
        async with begin(SYSTEM) as uow:
            await portfolio.record_snapshots(
                uow,
                market_now=at,
                shards=desk.all_shards,
                fresh_after=fresh_after,
            )

    await snapshot(minute, fresh_after=LATER - timedelta(seconds=30))
    await snapshot(minute + timedelta(seconds=5), fresh_after=LATER - timedelta(seconds=30))
    await snapshot(minute + timedelta(minutes=1), fresh_after=LATER + timedelta(seconds=1))
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            text(
                "SELECT resolution, count(*) AS n FROM equity_snapshots"
                " WHERE account_id = :id GROUP BY 1"
            ),
            {"id": account},
        )
        assert {one.resolution: one.n for one in rows} == {"minute": 1, "hour": 1, "day": 1}
    async with begin(SYSTEM) as uow:
        await portfolio.forget_snapshots(uow, market_now=minute + timedelta(days=31))
    async with reading(SYSTEM) as session:
        kept = await session.execute(
            text("SELECT resolution FROM equity_snapshots WHERE account_id = :id ORDER BY 1"),
            {"id": account},
        )
        assert [one.resolution for one in kept] == ["day", "hour"]


async def test_a_deposit_is_neither_a_profit_of_the_day_nor_a_new_peak(desk: Desk) -> None:
    account = desk.accounts[0]
    opened = DAY + timedelta(hours=1)
    await record(make_reading(account, "11000", market_at=opened))
    async with begin(SYSTEM) as uow:
        await account_readings.move_by_flows(
            uow,
            account,
            [
                Flow(Decimal(500), opened + timedelta(minutes=1)),
                Flow(Decimal(9000), opened - timedelta(minutes=1)),
            ],
        )
    state = await row("account_states", account)
    assert (state.day_opening_equity, state.peak_equity) == (11500, 11500)
    assert state.net_flows == 9500
