"""An entry may rest: it waits for its price, ends in time, gives way, and is never lost."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from daemon.execution import entries, fan_out, protector, reading
from patriot_app.core.clock import MarketClock
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.entries import limit_entry
from patriot_app.core.domain.orders import TimeInForce
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.queries.orders import detail
from tests.daemon.execution.trading import Trader, running_trader
from tests.database import Server
from tests.waiting import until

BOTH = (Exchange.BINANCE, Exchange.BYBIT)
BELOW = Decimal("0.99")
LIFE = timedelta(hours=2)


@pytest.fixture
async def both(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=2, exchanges=BOTH) as trader:
        yield trader


async def settle(trader: Trader) -> None:
    """Look at every account by REST, as a stream with a gap would."""
    for session in trader.sessions:
        await reading.read_orders(trader.context, session)
        await reading.read_fills(trader.context, session, "BTCUSDT")


async def limit_signal(
    trader: Trader,
    *,
    ratio: Decimal = BELOW,
    time_in_force: TimeInForce = TimeInForce.GTC,
    life: timedelta = LIFE,
    action: SignalAction = SignalAction.OPEN_LONG,
) -> UUID:
    """Record a signal whose entry is a limit order at a ratio of the market's price."""
    price = ((await trader.price()) * ratio).quantize(Decimal("0.1"))
    stop = Decimal("0.97") if action is SignalAction.OPEN_LONG else Decimal("1.03")
    return await trader.signal(
        action=action,
        stop_loss=(price * stop).quantize(Decimal("0.1")),
        entry=limit_entry(
            price,
            time_in_force=time_in_force,
            market_now=trader.context.market_now(),
            life=life,
        ),
    )


async def enter(trader: Trader, signal_id: UUID) -> fan_out.FanOutReport:
    return await fan_out.run(trader.context, signal_id, trader.desk.all_shards)


def to_market_time(trader: Trader, moment: datetime) -> None:
    """Let the desk's market clock show a moment and stand there."""
    now = trader.context.clock.now()
    trader.context.market_clock = MarketClock(
        wall_origin=now, market_origin=moment, speed=Decimal(1), paused=True
    )


def cancel_causes(trader: Trader) -> list[object]:
    rows = trader.desk.execute(
        "SELECT cancel_cause FROM attempts WHERE account_id = ANY(%s) AND state = 'canceled'",
        list(trader.desk.accounts),
    )
    return [cause for (cause,) in rows]


def warnings(trader: Trader) -> object:
    """Return how often the end of an entry was announced."""
    return trader.desk.execute(
        "SELECT count(*) FROM events JOIN intents ON intents.id = subject_id"
        " WHERE type = 'EntryExpiresSoon' AND account_id = ANY(%s)",
        list(trader.desk.accounts),
    )[0][0]


async def booked_as_held(trader: Trader) -> list[Decimal]:
    """Return the positions at the exchanges, which the books must show too."""
    held = [await trader.held(account) for account in trader.desk.accounts]
    rows = trader.desk.execute(
        "SELECT account_id, quantity FROM positions WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    booked = dict(rows)  # type: ignore[arg-type]
    assert [booked.get(account, Decimal(0)) for account in trader.desk.accounts] == held
    return held


async def test_a_limit_entry_rests_and_fills_at_its_price(both: Trader) -> None:
    report = await enter(both, await limit_signal(both))
    assert (report.attempts, report.unsent) == (2, 0)
    assert both.desk.states() == {"open": 2}
    await both.paper.set_price("BTCUSDT", (await both.price()) * Decimal("0.985"))
    await settle(both)
    assert both.desk.states() == {"filled": 2}
    prices = both.desk.execute(
        "SELECT intents.price, attempts.average_price FROM attempts"
        " JOIN intents ON intents.id = intent_id WHERE attempts.account_id = ANY(%s)",
        list(both.desk.accounts),
    )
    assert all(average <= price for price, average in prices)  # type: ignore[operator]
    assert all(await booked_as_held(both))


async def test_a_limit_entry_is_sized_by_its_distance_to_the_stop(both: Trader) -> None:
    await enter(both, await limit_signal(both))
    rows = both.desk.execute(
        "SELECT price, stop_loss, quantity FROM intents WHERE account_id = ANY(%s)",
        list(both.desk.accounts),
    )
    for price, stop, quantity in rows:
        risk = (price - stop) * quantity  # type: ignore[operator]
        # One per cent of 10,000 USDT, less what a step of the quantity is worth.
        assert Decimal(100) - (price - stop) * Decimal("0.001") <= risk <= 100  # type: ignore[operator]


async def test_an_entry_that_is_still_unfilled_at_its_end_is_taken_back(both: Trader) -> None:
    await enter(both, await limit_signal(both))
    end = both.context.market_now() + LIFE
    to_market_time(both, end - timedelta(minutes=10))
    await entries.tend(both.context)
    assert both.desk.states() == {"open": 2}
    assert warnings(both) == 2
    await entries.tend(both.context)
    assert warnings(both) == 2
    to_market_time(both, end)
    await entries.tend(both.context)
    assert both.desk.states() == {"canceled": 2}
    assert cancel_causes(both) == ["expired", "expired"]
    assert await booked_as_held(both) == [0, 0]
    reserved = both.desk.execute(
        "SELECT DISTINCT state, reserved_notional FROM intents WHERE account_id = ANY(%s)",
        list(both.desk.accounts),
    )
    assert reserved == [("expired", 0)]


async def test_a_newer_signal_supersedes_a_resting_entry(both: Trader) -> None:
    await enter(both, await limit_signal(both))
    second = await limit_signal(both, ratio=Decimal("0.98"))
    report = await enter(both, second)
    assert report.attempts == 2
    assert both.desk.states() == {"canceled": 2, "open": 2}
    assert cancel_causes(both) == ["superseded", "superseded"]
    order = both.desk.execute(
        "SELECT bool_and(old.resolved_at <= new.sending_at) FROM attempts AS old"
        " JOIN attempts AS new ON new.account_id = old.account_id"
        " WHERE old.state = 'canceled' AND new.state = 'open' AND old.account_id = ANY(%s)",
        list(both.desk.accounts),
    )
    assert order == [(True,)]


async def test_an_entry_that_fills_while_it_is_superseded_is_a_position(both: Trader) -> None:
    await enter(both, await limit_signal(both))
    second = await limit_signal(both, ratio=Decimal("0.9"))
    # The exchange says "no such order": it filled in the moment before.
    await both.paper.set_price("BTCUSDT", (await both.price()) * Decimal("0.985"))
    await enter(both, second)
    await settle(both)
    assert both.desk.states() == {"filled": 2}
    assert all(quantity > 0 for quantity in await booked_as_held(both))
    reasons = both.desk.execute(
        "SELECT DISTINCT reason_code FROM fan_out_accounts WHERE signal_id = %s", second
    )
    assert reasons == [("ALREADY_IN_POSITION",)]


async def test_a_close_takes_a_resting_entry_back(both: Trader) -> None:
    await enter(both, await limit_signal(both))
    await enter(both, await both.signal(action=SignalAction.CLOSE, stop_loss=None))
    assert both.desk.states() == {"canceled": 2}
    assert await booked_as_held(both) == [0, 0]


async def test_a_post_only_entry_that_would_cross_ends_without_a_trade(both: Trader) -> None:
    signal_id = await limit_signal(both, time_in_force=TimeInForce.POST_ONLY)
    # The market falls through the price before the orders arrive.
    await both.paper.set_price("BTCUSDT", (await both.price()) * Decimal("0.98"))
    await enter(both, signal_id)
    await settle(both)
    states = both.desk.states()
    # Binance refuses it at the door, Bybit accepts and then cancels it.
    assert states.pop("rejected") == 1
    assert sum(states.values()) == 1
    assert set(states) <= {"canceled", "expired", "rejected"}
    assert await booked_as_held(both) == [0, 0]


@pytest.mark.parametrize("time_in_force", [TimeInForce.IOC, TimeInForce.FOK])
async def test_an_immediate_entry_away_from_the_market_ends_at_once(
    both: Trader, time_in_force: TimeInForce
) -> None:
    await enter(both, await limit_signal(both, time_in_force=time_in_force))
    await settle(both)
    assert set(both.desk.states()) <= {"canceled", "expired", "rejected"}
    assert await booked_as_held(both) == [0, 0]


async def test_the_stop_stands_from_the_first_fill_on(both: Trader) -> None:
    await enter(both, await limit_signal(both))
    await both.paper.set_price("BTCUSDT", (await both.price()) * Decimal("0.985"))
    await settle(both)

    async def both_stand() -> bool:
        await protector.guard(both.context, list(both.desk.accounts))
        legs = both.desk.execute(
            "SELECT account_id FROM protection_legs WHERE account_id = ANY(%s)"
            " AND leg = 'stop_loss' AND state = 'placed'",
            list(both.desk.accounts),
        )
        return len(legs) == 2

    await until(both_stand)


async def test_a_shutdown_takes_entries_back_and_the_next_process_goes_on(both: Trader) -> None:
    await enter(both, await limit_signal(both))
    for path in ("/fapi/v1/order", "/v5/order/cancel"):
        method = "DELETE" if "fapi" in path else "POST"
        await both.paper.plan_fault("drop_before", path, method=method)
    await entries.withdraw_all(both.context)
    assert both.desk.states() == {"open": 2}
    both.desk.execute(
        "UPDATE attempts SET cancel_requested_at = now() - interval '1 minute'"
        " WHERE account_id = ANY(%s)",
        list(both.desk.accounts),
    )
    await entries.tend(both.context)
    assert both.desk.states() == {"canceled": 2}
    assert cancel_causes(both) == ["shutdown", "shutdown"]


async def test_a_second_entry_at_a_better_price_adds_to_the_position_once(both: Trader) -> None:
    version = uuid4()
    both.desk.execute(
        "INSERT INTO strategy_versions (id, strategy_id, number, parameters)"
        " SELECT %s, strategy_id, 2, parameters || jsonb_build_object('entries_max', '2')"
        " FROM strategy_versions WHERE id = %s",
        version,
        both.desk.version_id,
    )
    both.desk = replace(both.desk, version_id=version)
    price = await both.price()
    await enter(both, await limit_signal(both))
    await both.paper.set_price("BTCUSDT", price * Decimal("0.985"))
    await settle(both)
    first = await booked_as_held(both)
    worse = await limit_signal(both, ratio=Decimal("1.01"))
    await enter(both, worse)
    reasons = both.desk.execute(
        "SELECT DISTINCT reason_code FROM fan_out_accounts WHERE signal_id = %s", worse
    )
    assert reasons == [("PRICE_NOT_BETTER",)]
    better = await limit_signal(both, ratio=Decimal("0.998"))
    assert (await enter(both, better)).attempts == 2
    await both.paper.set_price("BTCUSDT", price * Decimal("0.98"))
    await settle(both)
    second = await booked_as_held(both)
    assert all(now > before for before, now in zip(first, second, strict=True))
    stops = both.desk.execute(
        "SELECT count(DISTINCT intents.stop_loss), bool_and(intents.stop_loss = wanted_stop)"
        " FROM intents JOIN positions USING (account_id, symbol) WHERE account_id = ANY(%s)",
        list(both.desk.accounts),
    )
    assert stops == [(1, True)]
    third = await limit_signal(both, ratio=Decimal("0.99"))
    assert (await enter(both, third)).attempts == 0


async def test_the_story_of_an_order_says_that_it_was_taken_back(both: Trader) -> None:
    await enter(both, await limit_signal(both))
    to_market_time(both, both.context.market_now() + LIFE)
    await entries.tend(both.context)
    rows = both.desk.execute(
        "SELECT id FROM attempts WHERE account_id = ANY(%s)", list(both.desk.accounts)
    )
    for (attempt_id,) in rows:
        assert isinstance(attempt_id, UUID)
        told = [(step.title, step.text) for step in (await detail(SYSTEM, attempt_id)).timeline]
        assert ("Taken back", "cause expired") in told
