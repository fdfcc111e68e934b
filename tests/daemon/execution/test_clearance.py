"""Behind a halt everything of ours is cleared up: once, account by account, and after a crash too."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from daemon.execution import exits, fan_out, kill_file, protector, reading
from daemon.execution.clearance import Clearance
from daemon.jobs import obey_kill_file
from patriot_app.core.db import sessions
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.halts import HaltLevel, HaltScope
from patriot_app.core.domain.orders import OrderType, Side, TimeInForce
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.services import clearing, halts
from patriot_app.core.unit_of_work import begin
from tests.daemon.exchanges.builders import make_request
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server

L = HaltLevel
BOTH = (Exchange.BINANCE, Exchange.BYBIT)


@pytest.fixture
async def trader(
    server: Server, as_daemon: str, database_name: str, tmp_path: Path
) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=4, exchanges=BOTH, kill_file=tmp_path / "KILL"
    ) as trader:
        yield trader
        trader.desk.lift()


async def enter(trader: Trader, **overrides: object) -> None:
    signal_id = await trader.signal(**overrides)
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    await look(trader)


async def look(trader: Trader) -> None:
    for session in trader.sessions:
        await reading.read_orders(trader.context, session)
        await reading.read_fills(trader.context, session, SYMBOL)


async def halt(trader: Trader, level: HaltLevel, **overrides: object) -> UUID:
    wanted = {"scope": HaltScope.CLIENT, "scope_id": str(trader.desk.client_id)} | overrides
    async with begin(SYSTEM) as uow:
        raised = await halts.raise_halt(uow, level=level, reason="Doubt", **wanted)  # type: ignore[arg-type]
    return raised.halt_id


async def clear(trader: Trader) -> None:
    """Let a new process work until nothing is due."""
    clearance = Clearance(trader.context)
    await clearance.start_due()
    await clearance.settle()


async def cleared(trader: Trader, *, rounds: int = 60) -> None:
    """Work until every account of every halt is done; Bybit acknowledges before it acts."""
    for _ in range(rounds):
        trader.desk.execute("UPDATE halt_accounts SET due_at = now() WHERE state = 'waiting'")
        await clear(trader)
        if {state for state, _ in progress(trader)} <= {"done", "failed"}:
            return
    raise AssertionError(f"never cleared: {progress(trader)}")


def progress(trader: Trader) -> list[tuple[object, ...]]:
    return trader.desk.execute(
        "SELECT c.state, c.error FROM halt_accounts AS c JOIN halts AS h ON h.id = c.halt_id"
        " WHERE h.lifted_at IS NULL ORDER BY c.account_id"
    )


async def held(trader: Trader) -> list[Decimal]:
    return [await trader.held(account) for account in trader.desk.accounts]


def sent(trader: Trader) -> int:
    rows = trader.desk.execute(
        "SELECT count(*) FROM attempts WHERE sending_at IS NOT NULL AND account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    return int(str(rows[0][0]))


async def test_k1_touches_no_order_and_lets_exits_pass_but_nothing_open(trader: Trader) -> None:
    await enter(trader)
    await halt(trader, L.NO_ENTRIES)
    before = await held(trader)
    await clear(trader)
    assert await held(trader) == before
    assert progress(trader) == []
    # A turn is an exit and an entry: the first passes.
    await enter(trader, action=SignalAction.OPEN_SHORT, stop_loss=Decimal(200_000))
    assert await held(trader) == [0, 0, 0, 0]


async def test_k3_closes_everything_of_ours_and_sweeps_the_stops(trader: Trader) -> None:
    await enter(trader)
    await protector.run(trader.context)
    await halt(trader, L.FLATTEN)
    await cleared(trader)
    assert await held(trader) == [0, 0, 0, 0]
    assert progress(trader) == [("done", "")] * 4
    await look(trader)
    await protector.run(trader.context)
    await look(trader)
    for session in trader.sessions:
        assert await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL) == []
    told = trader.desk.execute(
        "SELECT payload ->> 'done', payload ->> 'failed' FROM events WHERE type = 'HaltCleared'"
        " ORDER BY recorded_at DESC LIMIT 1"
    )
    assert told == [("4", "0")]


async def test_what_was_done_is_told_though_another_round_did_it(trader: Trader) -> None:
    await enter(trader)
    halt_id = await halt(trader, L.FLATTEN)
    first = trader.desk.accounts[0]
    await exits.close_position(trader.context, first, SYMBOL, command_id=None, cause="before")
    await look(trader)
    assert await trader.held(first) == 0
    await cleared(trader)
    results = trader.desk.execute(
        "SELECT result FROM halt_accounts WHERE halt_id = %s ORDER BY account_id", halt_id
    )
    assert results == [("1 closed",)] * 4


async def test_the_last_two_accounts_may_end_at_once(trader: Trader) -> None:
    halt_id = await halt(trader, L.FLATTEN)
    async with begin(SYSTEM) as uow:
        found = await clearing.due(uow, trader.desk.all_shards, busy=(), count=4)
        for one in found:
            await clearing.start(uow, one)
    *others, before_last, last = found

    async def finish(one: clearing.Clearing) -> None:
        async with begin(SYSTEM) as uow:
            await clearing.finish(uow, one)

    for one in others:
        await finish(one)
    async with begin(SYSTEM) as uow:
        await clearing.finish(uow, before_last)
        ending = asyncio.create_task(finish(last))
        await asyncio.wait({ending}, timeout=0.5)  # both have ended, neither has committed
    await ending
    told = trader.desk.execute(
        "SELECT count(*) FROM events WHERE type = 'HaltCleared' AND subject_id = %s", halt_id
    )
    assert told == [(1,)]


async def test_clearing_up_again_sends_nothing_more(trader: Trader) -> None:
    await enter(trader)
    await halt(trader, L.FLATTEN)
    await cleared(trader)
    before = sent(trader)
    trader.desk.execute("UPDATE halt_accounts SET state = 'running', due_at = now()")
    await cleared(trader)
    assert sent(trader) == before
    assert await held(trader) == [0, 0, 0, 0]


async def test_what_a_dead_process_left_running_is_taken_up(trader: Trader) -> None:
    await enter(trader)
    await halt(trader, L.FLATTEN)
    trader.desk.execute(
        "UPDATE halt_accounts SET state = 'running', tries = 1, started_at = now()"
        " WHERE account_id = %s",
        trader.desk.accounts[0],
    )
    await cleared(trader)
    assert await held(trader) == [0, 0, 0, 0]


async def test_an_account_whose_clearing_could_not_be_noted_is_due_again(
    trader: Trader, caplog: pytest.LogCaptureFixture
) -> None:
    await enter(trader)
    await halt(trader, L.FLATTEN)
    clearance = Clearance(trader.context)
    await clearance.start_due()
    # The database goes away before the first of them is noted as begun.
    factory = sessions._factory
    sessions.use_engine(None)
    await clearance.settle()
    sessions._factory = factory
    assert {record.message for record in caplog.records} >= {"clearing_not_stored"}
    await cleared(trader)
    assert await held(trader) == [0, 0, 0, 0]


async def test_the_largest_position_is_closed_first(trader: Trader) -> None:
    await halt(trader, L.FLATTEN)
    largest = trader.desk.accounts[2]
    trader.desk.execute(
        "UPDATE halt_accounts SET notional = 1000000 WHERE account_id = %s", largest
    )
    async with begin(SYSTEM) as uow:
        found = await clearing.due(uow, trader.desk.all_shards, busy=(), count=1)
    assert [one.account_id for one in found] == [largest]


async def test_an_account_that_cannot_be_cleared_stops_no_other_and_can_be_tried_again(
    trader: Trader,
) -> None:
    await enter(trader)
    lost = trader.desk.accounts[0]
    session = trader.context.sessions.pop(lost)
    halt_id = await halt(trader, L.FLATTEN)
    await cleared(trader)
    assert progress(trader)[0] == ("failed", "There is no opened key for this account")
    assert [state for state, _ in progress(trader)[1:]] == ["done"] * 3
    trader.context.sessions[lost] = session
    async with begin(SYSTEM) as uow:
        assert await clearing.retry_failed(uow, halt_id, reason="The key is back") == 1
    await cleared(trader)
    assert await held(trader) == [0, 0, 0, 0]


async def test_a_customers_own_position_is_left_alone(trader: Trader) -> None:
    await enter(trader)
    session = trader.sessions[0]
    own = make_request(
        session.exchange,
        symbol="ETHUSDT",
        client_order_id="by-hand-1",
        quantity=Decimal(1),
        timestamp_ms=trader.context.gateway.timestamp_ms(session.exchange, session.mode),
    )
    await trader.context.gateway.submit(session, own)
    await halt(trader, L.FLATTEN)
    await cleared(trader)
    left = await trader.context.gateway.fetch_positions(session)
    assert [(position.symbol, position.quantity) for position in left] == [("ETHUSDT", 1)]


async def test_a_halt_of_one_strategy_leaves_what_others_hold(trader: Trader) -> None:
    await enter(trader)
    await halt(
        trader,
        L.FLATTEN,
        scope=HaltScope.STRATEGY,
        scope_id=str(trader.desk.strategy_id),
    )
    trader.desk.execute(
        "UPDATE intents SET deployment_id = NULL WHERE account_id = %s", trader.desk.accounts[0]
    )
    await cleared(trader)
    assert (await trader.held(trader.desk.accounts[0])) != 0
    assert [await trader.held(a) for a in trader.desk.accounts[1:]] == [0, 0, 0]


async def test_at_k4_nothing_leaves_any_more_not_even_an_exit(trader: Trader) -> None:
    await enter(trader)
    before = await held(trader)
    await halt(trader, L.STOP_SENDING)
    await protector.run(trader.context)
    for account in trader.desk.accounts:
        done = await exits.close_position(
            trader.context, account, SYMBOL, command_id=None, cause="tests"
        )
        assert exits.describe(done) == "A halt forbids it"
    assert await held(trader) == before
    assert sent(trader) == 4
    trader.desk.lift()
    for account in trader.desk.accounts:
        await exits.close_position(
            trader.context, account, SYMBOL, command_id=None, cause="tests again"
        )
    await look(trader)
    assert await held(trader) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("", L.STOP_SENDING),
        ("K1 maintenance", L.NO_ENTRIES),
        ("k3\n", L.FLATTEN),
        ("please stop", L.STOP_SENDING),
    ],
)
def test_a_kill_file_says_how_far_and_in_doubt_all_the_way(
    tmp_path: Path, text: str, level: HaltLevel
) -> None:
    path = tmp_path / "KILL"
    assert kill_file.level_of(path) is None
    path.write_text(text)
    assert kill_file.level_of(path) is level


def test_a_kill_file_that_cannot_be_read_stops_everything(tmp_path: Path) -> None:
    assert kill_file.level_of(tmp_path) is L.STOP_SENDING
    assert kill_file.level_of(None) is None


async def test_a_kill_file_works_without_a_word_in_the_database(trader: Trader) -> None:
    assert trader.context.settings.kill_file is not None
    trader.context.settings.kill_file.write_text("K1")
    await enter(trader)
    assert await held(trader) == [0, 0, 0, 0]
    reasons = trader.desk.execute(
        "SELECT DISTINCT evidence FROM attempts WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    assert reasons == [("The kill file forbids it",)] or reasons == [("The kill file says K1",)]
    trader.context.settings.kill_file.unlink()
    await enter(trader)
    assert all(quantity != 0 for quantity in await held(trader))
    trader.context.settings.kill_file.touch()
    for account in trader.desk.accounts:
        await exits.close_position(trader.context, account, SYMBOL, command_id=None, cause="tests")
    assert all(quantity != 0 for quantity in await held(trader))


async def test_what_the_kill_file_says_becomes_a_halt_of_the_desk(trader: Trader) -> None:
    assert trader.context.settings.kill_file is not None
    await obey_kill_file.run(trader.context)
    assert trader.desk.execute("SELECT 1 FROM halts WHERE lifted_at IS NULL") == []
    trader.context.settings.kill_file.write_text("K3")
    for _ in range(2):
        await obey_kill_file.run(trader.context)
    found = trader.desk.execute("SELECT scope, level FROM halts WHERE lifted_at IS NULL")
    assert found == [("desk", 3)]


async def test_k2_cancels_working_entries_and_keeps_the_stops(trader: Trader) -> None:
    await enter(trader)
    await protector.run(trader.context)
    session = trader.sessions[0]
    price = (await trader.price(session.exchange) * Decimal("0.8")).quantize(Decimal(1))
    attempt = trader.desk.execute(
        "SELECT id, intent_id FROM attempts WHERE account_id = %s AND client_order_id LIKE 'ptp%%'"
        " ORDER BY created_at LIMIT 1",
        session.account_id,
    )[0]
    resting = make_request(
        session.exchange,
        order_type=OrderType.LIMIT,
        side=Side.BUY,
        price=price,
        quantity=Decimal("0.01"),
        time_in_force=TimeInForce.GTC,
        client_order_id=f"ptp{'a' * 24}-2",
        timestamp_ms=trader.context.gateway.timestamp_ms(session.exchange, session.mode),
    )
    placed = await trader.context.gateway.submit(session, replace(resting))
    trader.desk.execute(
        "INSERT INTO attempts (id, intent_id, number, client_order_id, account_id, shard, state,"
        " exchange_order_id, sending_at) VALUES (gen_random_uuid(), %s, 2, %s, %s, %s, 'open',"
        " %s, now())",
        attempt[1],
        resting.client_order_id,
        session.account_id,
        trader.desk.shards[session.account_id],
        placed.exchange_order_id,
    )
    await halt(trader, L.CANCEL_ENTRIES)
    await cleared(trader)
    left = await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL)
    assert resting.client_order_id not in {order.client_order_id for order in left}
    assert all(quantity != 0 for quantity in await held(trader))
    states = trader.desk.execute(
        "SELECT state FROM attempts WHERE client_order_id = %s", resting.client_order_id
    )
    assert states == [("canceled",)]
