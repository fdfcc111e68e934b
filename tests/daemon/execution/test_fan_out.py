"""One signal reaches every account once, whatever happens on the way."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pytest

from daemon.execution import fan_out, reading, resolver
from patriot_app.core.clock import SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.services import signals, turns
from patriot_app.core.unit_of_work import begin
from tests.cutting_relay import cutting_relay
from tests.daemon.execution.trading import Trader, running_trader
from tests.database import Server
from tests.waiting import until

BOTH = (Exchange.BINANCE, Exchange.BYBIT)
NEVER_S = 300.0
MARKING = "SET state = 'sending', timestamp_ms"
HALT_WITH_THE_ORDERS = """
CREATE FUNCTION halt_with_the_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO halts (id, scope, scope_id, state, reason)
    VALUES (gen_random_uuid(), 'desk', '', 'reducing', '');
    RETURN NULL;
END $$;
CREATE TRIGGER halt_with_the_orders AFTER INSERT ON attempts
   FOR EACH STATEMENT EXECUTE FUNCTION halt_with_the_orders();
"""


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=3) as trader:
        yield trader


@pytest.fixture
async def both(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=4, exchanges=BOTH) as trader:
        yield trader


async def settle(trader: Trader) -> None:
    """Look at every account by REST, as a stream with a gap would."""
    for session in trader.sessions:
        await reading.read_orders(trader.context, session)
        await reading.read_fills(trader.context, session, "BTCUSDT")


async def test_a_signal_fills_on_both_exchanges(both: Trader) -> None:
    signal_id = await both.signal()
    report = await fan_out.run(both.context, signal_id, both.desk.all_shards)
    assert (report.accounts, report.attempts, report.unsent) == (4, 4, 0)
    await settle(both)
    for account in both.desk.accounts:
        booked = both.desk.execute(
            "SELECT quantity, leverage FROM positions WHERE account_id = %s", account
        )
        assert booked == [(await both.held(account), 10)]
    states = both.desk.execute(
        "SELECT DISTINCT attempts.state, intents.state FROM attempts"
        " JOIN intents ON intents.id = intent_id WHERE intents.signal_id = %s",
        signal_id,
    )
    assert states == [("filled", "done")]
    shards = both.desk.execute(
        "SELECT DISTINCT state FROM fan_outs WHERE signal_id = %s", signal_id
    )
    assert shards == [("finished",)]


async def test_the_timeline_of_an_order_is_complete(trader: Trader) -> None:
    signal_id = await trader.signal()
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    await settle(trader)
    rows = trader.desk.execute(
        "SELECT array_agg(type ORDER BY events.sequence) FROM events"
        " JOIN intents ON intents.id = subject_id WHERE signal_id = %s GROUP BY subject_id",
        signal_id,
    )
    assert len(rows) == 3
    for (types,) in rows:
        assert isinstance(types, list)
        assert types[:2] == ["OrderPlanned", "OrderAnswered"]
        assert "FillRecorded" in types
    times = trader.desk.execute(
        "SELECT count(*) FROM attempts WHERE acknowledged_at >= sending_at"
        " AND sending_at >= created_at AND state = 'filled' AND account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    assert times[0][0] == 3


async def test_a_signal_delivered_five_times_trades_once(trader: Trader) -> None:
    signal_id = await trader.signal()
    await asyncio.gather(
        *(fan_out.run(trader.context, signal_id, trader.desk.all_shards) for _ in range(5))
    )
    assert [await trader.trades(account) for account in trader.desk.accounts] == [1, 1, 1]


async def test_an_accepted_order_whose_answer_was_lost_is_found_and_not_doubled(
    trader: Trader,
) -> None:
    await trader.paper.plan_fault("drop_after", "/fapi/v1/order", method="POST", times=3)
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    assert trader.desk.states() == {"unknown": 3}
    await resolver.run(trader.context)
    assert trader.desk.states() == {"filled": 3}
    assert [await trader.trades(account) for account in trader.desk.accounts] == [1, 1, 1]


async def test_an_order_that_never_arrived_is_proved_absent_and_sent_anew(
    server: Server, as_daemon: str, database_name: str
) -> None:
    async with running_trader(
        server,
        database_name,
        accounts=1,
        receive_window_ms=2_000,
        clock_skew_ms=0,
        send_margin_ms=0,
    ) as trader:
        await trader.paper.plan_fault("drop_before", "/fapi/v1/order", method="POST")
        await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
        while trader.desk.states().get("unknown"):
            await resolver.run(trader.context)
        await settle(trader)
        assert trader.desk.states() == {"absent": 1, "filled": 1}
        assert await trader.trades(trader.desk.accounts[0]) == 1


async def have_all_arrived(trader: Trader) -> bool:
    """Tell whether the planned faults have met as many requests as they wait for."""
    planned = (await trader.paper.control("GET", "/faults"))["planned"]
    return all(rule["times"] == 0 for rule in planned)


async def test_a_crash_between_mark_and_post_doubles_nothing(trader: Trader) -> None:
    signal_id = await trader.signal()
    await trader.paper.plan_fault(
        "delay_before", "/fapi/v1/order", method="POST", times=3, delay_s=NEVER_S
    )
    task = asyncio.create_task(fan_out.run(trader.context, signal_id, trader.desk.all_shards))
    await until(lambda: have_all_arrived(trader))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert trader.desk.states() == {"unknown": 3}
    # The next process finds them and the fan-out unfinished.
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    assert trader.desk.states() == {"unknown": 3}
    assert [await trader.trades(account) for account in trader.desk.accounts] == [0, 0, 0]


async def test_recorded_orders_that_were_never_sent_are_sent_by_the_next_run(
    trader: Trader,
) -> None:
    signal_id = await trader.signal()
    epochs = trader.context.lease._leases
    trader.context.lease._ready.clear()
    report = await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    assert report.unsent == 3
    assert trader.desk.states() == {"created": 3}
    trader.context.lease._ready.update(epochs)
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    await settle(trader)
    assert trader.desk.states() == {"filled": 3}


async def test_a_daemon_without_its_lease_sends_nothing(trader: Trader) -> None:
    trader.desk.lease(owner="another", epoch=99)
    report = await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    assert report.unsent == 3
    assert [await trader.trades(account) for account in trader.desk.accounts] == [0, 0, 0]
    assert trader.desk.states() == {"created": 3}


async def test_a_duplicate_id_is_adopted(trader: Trader) -> None:
    await trader.paper.plan_fault(
        "respond_after",
        "/fapi/v1/order",
        method="POST",
        times=3,
        status=400,
        body='{"code":-4116,"msg":"clientOrderId is duplicated."}',
    )
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    await resolver.run(trader.context)
    assert trader.desk.states() == {"filled": 3}


async def test_a_refused_order_fails_and_frees_what_it_reserved(trader: Trader) -> None:
    await trader.paper.plan_fault(
        "respond",
        "/fapi/v1/order",
        method="POST",
        times=3,
        status=400,
        body='{"code":-2019,"msg":"Margin is insufficient."}',
    )
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    assert trader.desk.states() == {"rejected": 3}
    rows = trader.desk.execute(
        "SELECT DISTINCT state, reserved_notional FROM intents WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    assert rows == [("failed", 0)]


async def test_a_halt_raised_before_sending_voids_the_entries(trader: Trader) -> None:
    signal_id = await trader.signal()
    # Raised by the database itself, in the moment in which the orders are recorded.
    trader.desk.execute(HALT_WITH_THE_ORDERS)
    try:
        await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    finally:
        trader.desk.execute("DROP FUNCTION halt_with_the_orders() CASCADE")
        trader.desk.lift()
    assert trader.desk.states() == {"void": 3}
    assert [await trader.trades(account) for account in trader.desk.accounts] == [0, 0, 0]


async def test_a_reversal_exits_first_and_then_enters(trader: Trader) -> None:
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    await settle(trader)
    price = (await trader.price()).quantize(Decimal(1))
    second = await trader.signal(
        action=SignalAction.OPEN_SHORT, stop_loss=(price * Decimal("1.02")).quantize(Decimal(1))
    )
    await fan_out.run(trader.context, second, trader.desk.all_shards)
    await settle(trader)
    for account in trader.desk.accounts:
        held = await trader.held(account)
        assert held < 0
        assert trader.desk.execute(
            "SELECT quantity FROM positions WHERE account_id = %s", account
        ) == [(held,)]


async def test_an_entry_whose_exit_was_refused_is_not_sent(trader: Trader) -> None:
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    await settle(trader)
    before = [await trader.held(account) for account in trader.desk.accounts]
    await trader.paper.plan_fault(
        "respond",
        "/fapi/v1/order",
        method="POST",
        times=3,
        status=400,
        body='{"code":-2022,"msg":"ReduceOnly Order is rejected."}',
    )
    price = (await trader.price()).quantize(Decimal(1))
    second = await trader.signal(
        action=SignalAction.OPEN_SHORT, stop_loss=(price * Decimal("1.02")).quantize(Decimal(1))
    )
    await fan_out.run(trader.context, second, trader.desk.all_shards)
    assert [await trader.held(account) for account in trader.desk.accounts] == before
    rows = trader.desk.execute(
        "SELECT leg, attempts.state FROM attempts JOIN intents ON intents.id = intent_id"
        " WHERE signal_id = %s GROUP BY 1, 2 ORDER BY 1",
        second,
    )
    assert rows == [("entry", "void"), ("exit", "rejected")]


async def test_orders_marked_by_a_commit_whose_answer_was_lost_are_sent_once(
    server: Server, database_name: str, trader: Trader
) -> None:
    signal_id = await trader.signal()
    async with cutting_relay(server, statement=MARKING) as relay:
        engine = create_engine(
            f"postgresql+psycopg://patriot_daemon@127.0.0.1:{relay.port}/{database_name}",
            process_name="tests-cut",
            pool_size=5,
        )
        use_engine(engine)
        await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
        await engine.dispose()
    assert relay.cuts == 1
    assert [await trader.trades(account) for account in trader.desk.accounts] == [1, 1, 1]


async def entered(trader: Trader, signal_id: UUID) -> int:
    """Return how many accounts have opened what a signal wants."""
    found = trader.desk.execute(
        "SELECT count(*) FROM attempts JOIN intents ON intents.id = intent_id"
        " WHERE signal_id = %s AND leg = 'entry' AND attempts.acknowledged_at IS NOT NULL",
        signal_id,
    )
    return int(str(found[0][0]))


async def test_an_account_whose_leverage_is_not_answered_holds_up_no_other(
    trader: Trader,
) -> None:
    await trader.paper.plan_fault(
        "delay_before", "/fapi/v1/leverage", method="POST", times=1, delay_s=NEVER_S
    )
    signal_id = await trader.signal()
    task = asyncio.create_task(fan_out.run(trader.context, signal_id, trader.desk.all_shards))

    async def others_are_through() -> bool:
        return await entered(trader, signal_id) == 2

    await until(others_are_through)
    assert trader.desk.states()["created"] == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_an_account_whose_exit_is_not_answered_holds_up_no_other_entry(
    trader: Trader,
) -> None:
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    await settle(trader)
    await trader.paper.plan_fault(
        "delay_before", "/fapi/v1/order", method="POST", times=1, delay_s=NEVER_S
    )
    price = (await trader.price()).quantize(Decimal(1))
    second = await trader.signal(
        action=SignalAction.OPEN_SHORT, stop_loss=(price * Decimal("1.02")).quantize(Decimal(1))
    )
    task = asyncio.create_task(fan_out.run(trader.context, second, trader.desk.all_shards))

    async def others_are_through() -> bool:
        return await entered(trader, second) == 2

    await until(others_are_through)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await settle(trader)
    held = sorted([await trader.held(account) > 0 for account in trader.desk.accounts])
    assert held == [False, False, True]


async def test_accounts_take_turns_at_being_first(trader: Trader) -> None:
    began = []
    for _ in range(4):
        # Long for who is flat, nothing for who is long already: the turn counts all the same.
        signal_id = await trader.signal()
        await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
        await settle(trader)
        places = trader.desk.execute(
            "SELECT account_id FROM fan_out_accounts WHERE signal_id = %s ORDER BY place", signal_id
        )
        first = trader.desk.execute(
            "SELECT DISTINCT first_account_id FROM fan_outs WHERE signal_id = %s", signal_id
        )
        assert first == [places[0]]
        began.append(places[0][0])
    assert began == [*trader.desk.accounts, trader.desk.accounts[0]]


async def test_a_fan_out_goes_on_in_its_order_after_a_crash(trader: Trader) -> None:
    signal_id = await trader.signal()
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    await settle(trader)
    signal_id = await trader.signal()
    async with begin(SYSTEM) as uow:
        recorded = await signals.load(uow, signal_id)
        before = await turns.in_turn(uow, recorded, trader.desk.all_shards)
    first, second, third = before.undecided
    assert before.first == first == trader.desk.accounts[1]
    trader.desk.execute(
        "INSERT INTO fan_out_accounts (signal_id, account_id, shard, place, decision, decided_at)"
        " VALUES (%s, %s, %s, 0, 'skipped', now())",
        signal_id,
        first,
        trader.desk.shards[first],
    )
    async with begin(SYSTEM) as uow:
        after = await turns.in_turn(uow, recorded, trader.desk.all_shards)
    assert (after.first, after.undecided, after.next_place) == (first, [second, third], 1)
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    places = trader.desk.execute(
        "SELECT account_id, place FROM fan_out_accounts WHERE signal_id = %s ORDER BY place",
        signal_id,
    )
    assert places == [(first, 0), (second, 1), (third, 2)]


class TellingClock(SystemClock):
    """Tells when somebody waits."""

    def __init__(self, waited: asyncio.Event) -> None:
        self._waited = waited

    async def sleep(self, seconds: float) -> None:
        self._waited.set()
        await super().sleep(seconds)


async def unpriced_signal(trader: Trader) -> UUID:
    """Record a signal of which the trader has no price, as after its start."""
    price = await trader.price()
    stop = (price * Decimal("0.98")).quantize(Decimal(1))
    return await trader.desk.signal(reference_price=price, stop_loss=stop, ttl_s=NEVER_S)


def decisions(trader: Trader) -> list[tuple[object, ...]]:
    """Return how every account of the desk was decided."""
    return trader.desk.execute(
        "SELECT decision, reason_code, count(*) FROM fan_out_accounts"
        " WHERE account_id = ANY(%s) GROUP BY 1, 2",
        list(trader.desk.accounts),
    )


async def test_a_trader_without_a_price_yet_waits_for_the_first_one(trader: Trader) -> None:
    signal_id = await unpriced_signal(trader)
    trader.context.settings.first_price_wait_s = NEVER_S
    looked = asyncio.Event()
    trader.context.clock = TellingClock(looked)
    running = asyncio.create_task(
        fan_out.run(trader.context, signal_id, trader.desk.all_shards), name="fan-out"
    )
    await looked.wait()
    assert decisions(trader) == []
    trader.context.prices.put(
        Exchange.BINANCE, AccountMode.PAPER, "BTCUSDT", mark=await trader.price()
    )
    report = await running
    assert (report.attempts, report.unsent) == (3, 0)
    assert decisions(trader) == [("planned", "", 3)]


async def test_accounts_are_skipped_when_no_price_comes_in_time(trader: Trader) -> None:
    signal_id = await unpriced_signal(trader)
    trader.context.settings.first_price_wait_s = 0.0
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    assert decisions(trader) == [("skipped", "PRICE_STALE", 3)]
