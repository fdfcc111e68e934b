"""An order of which every frame was lost is asked about, booked and protected."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from daemon.execution import fan_out, order_audit, protector, reading
from daemon.execution.streams import Streams
from daemon.jobs import audit_orders
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.entries import limit_entry
from patriot_app.core.domain.orders import TimeInForce
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server
from tests.waiting import until

EXCHANGES = (Exchange.BINANCE, Exchange.BYBIT)
PATHS = {Exchange.BINANCE: "/fapi/v1/userTrades", Exchange.BYBIT: "/v5/execution/list"}


@pytest.fixture(params=EXCHANGES, ids=[exchange.value for exchange in EXCHANGES])
async def trader(
    request: pytest.FixtureRequest, server: Server, as_daemon: str, database_name: str
) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=1, exchanges=(request.param,)
    ) as trader:
        yield trader


def pass_time(trader: Trader, seconds: int = 60) -> None:
    """Let the orders in the books be older than they are, and the looks at them too."""
    trader.desk.execute("UPDATE attempts SET sending_at = sending_at - interval '1 minute'")
    trader.context.asked = {
        attempt_id: (times, at - seconds, can_rest)
        for attempt_id, (times, at, can_rest) in trader.context.asked.items()
    }


def is_booked(trader: Trader) -> bool:
    """Tell whether the position of the account is in the books, with its stop."""
    rows = trader.desk.execute(
        "SELECT quantity <> 0 AND wanted_stop IS NOT NULL AND unprotected_since IS NULL"
        " FROM positions WHERE account_id = %s",
        trader.desk.accounts[0],
    )
    return rows == [(True,)]


async def until_booked(trader: Trader) -> None:
    """Wait for what is asked about to be a position with its stop; Bybit shows that one late."""

    async def is_guarded() -> bool:
        await protector.guard(trader.context, trader.desk.accounts)
        return is_booked(trader)

    [(quantity,)] = trader.desk.execute(
        "SELECT quantity FROM positions WHERE account_id = %s", trader.desk.accounts[0]
    )
    assert quantity == await trader.held(trader.desk.accounts[0]) != 0
    await until(is_guarded)


async def opened(trader: Trader) -> UUID:
    """Open a position of which nobody hears; return its order."""
    signal_id = await trader.signal()
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    assert trader.desk.states() == {"open": 1}
    assert not is_booked(trader)
    [[attempt_id]] = trader.desk.execute(
        "SELECT attempts.id FROM attempts JOIN intents ON intents.id = intent_id"
        " WHERE signal_id = %s",
        signal_id,
    )
    assert isinstance(attempt_id, UUID)
    return attempt_id


async def rested(trader: Trader) -> None:
    """Let an entry rest 1 % below the market."""
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
    assert trader.desk.states() == {"open": 1}


async def test_an_order_that_just_left_is_the_streams_business(trader: Trader) -> None:
    await opened(trader)
    trader.desk.execute("UPDATE attempts SET sending_at = now() + interval '1 minute'")
    await audit_orders.run(trader.context)
    assert trader.context.asked == {}
    assert trader.desk.states() == {"open": 1}


async def test_a_fill_that_nobody_told_of_is_booked_and_protected(trader: Trader) -> None:
    await opened(trader)
    pass_time(trader)
    await audit_orders.run(trader.context)
    await until_booked(trader)


async def test_an_order_stays_open_until_its_trades_are_read(trader: Trader) -> None:
    order = await opened(trader)
    pass_time(trader)
    path = PATHS[trader.sessions[0].exchange]
    await trader.paper.plan_fault("drop_before", path, method="GET")
    await audit_orders.run(trader.context)
    assert trader.desk.states() == {"open": 1}
    assert trader.context.asked[order][0] == 0
    pass_time(trader)
    await audit_orders.run(trader.context)
    await until_booked(trader)


async def test_an_order_that_its_exchange_shows_open_is_asked_about_more_rarely(
    trader: Trader,
) -> None:
    order = await opened(trader)
    # As if it had been looked up often, the last time a quarter of a minute ago.
    now = trader.context.clock.monotonic()
    trader.context.asked[order] = (len(order_audit.PAUSES_S), now - 15, False)
    pass_time(trader, seconds=0)
    await audit_orders.run(trader.context)
    assert trader.desk.states() == {"open": 1}
    pass_time(trader, seconds=30)
    await audit_orders.run(trader.context)
    await until_booked(trader)


async def test_an_order_whose_end_was_told_without_its_trades_is_booked(trader: Trader) -> None:
    await opened(trader)
    session = trader.sessions[0]
    await reading.read_orders(trader.context, session)
    assert trader.desk.states() == {"filled": 1}
    assert not is_booked(trader)
    await audit_orders.run(trader.context)
    assert not is_booked(trader)
    trader.desk.execute("UPDATE attempts SET resolved_at = resolved_at - interval '1 minute'")
    await audit_orders.run(trader.context)
    await until_booked(trader)


async def test_a_resting_entry_that_filled_unheard_is_booked_at_its_turn(trader: Trader) -> None:
    await rested(trader)
    await trader.paper.set_price(SYMBOL, (await trader.price()) * Decimal("0.985"))
    pass_time(trader)
    await audit_orders.run(trader.context)
    await audit_orders.run_resting(trader.context)
    assert trader.desk.states() == {"open": 1}
    pass_time(trader, seconds=31)
    await audit_orders.run_resting(trader.context)
    await until_booked(trader)


async def test_resting_orders_wait_while_the_rate_limits_leave_nothing_over(
    trader: Trader,
) -> None:
    await rested(trader)
    await trader.paper.set_price(SYMBOL, (await trader.price()) * Decimal("0.985"))
    pass_time(trader)
    await audit_orders.run_resting(trader.context)
    pass_time(trader, seconds=31)
    session = trader.sessions[0]
    address = (session.exchange, session.mode, session.source_address)
    trader.context.gateway.throttle.observe(
        address, status=429, headers={"Retry-After": "60"}, body=b""
    )
    await audit_orders.run_resting(trader.context)
    assert trader.desk.states() == {"open": 1}


async def test_a_trade_whose_frames_are_all_lost_on_standing_streams_is_booked(
    server: Server, as_daemon: str, database_name: str
) -> None:
    async with running_trader(server, database_name, accounts=2, exchanges=EXCHANGES) as trader:
        streams = Streams(trader.context)
        task = asyncio.create_task(streams.run())
        try:
            await until(lambda: streams.connected == len(trader.desk.accounts))
            await trader.paper.control("POST", "/faults", {"kind": "event_missing", "times": None})
            await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)

            async def is_heard_of() -> bool:
                await audit_orders.run(trader.context)
                return protected(trader) == len(trader.desk.accounts)

            await until(is_heard_of)
            assert streams.connected == len(trader.desk.accounts)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def protected(trader: Trader) -> int:
    """Return how many accounts have a booked position with its stop."""
    [[count]] = trader.desk.execute(
        "SELECT count(*) FROM positions WHERE account_id = ANY(%s) AND quantity <> 0"
        " AND wanted_stop IS NOT NULL AND unprotected_since IS NULL",
        list(trader.desk.accounts),
    )
    assert isinstance(count, int)
    return count
