"""What holds one exchange, address or order back holds no other."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from daemon.exchanges.rate_windows import USABLE_SHARE
from daemon.exchanges.throttle import ADDRESS_LIMITS, Lane
from daemon.execution import budgets, condition, exits, fan_out
from daemon.jobs import watch_exchanges
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.breakers import Answered, EndpointClass
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import ExchangeError
from patriot_app.core.services import positions
from patriot_app.core.settings import Settings
from patriot_app.core.unit_of_work import begin
from tests.daemon.exchanges.builders import make_request
from tests.daemon.execution.trading import SYMBOL, StandingClock, Trader, running_trader
from tests.database import Server
from tests.waiting import until

BINANCE = (Exchange.BINANCE, AccountMode.PAPER)
HELD = "ETHUSDT"
"""What accounts hold while entries of another contract wait."""
LEVERAGE = 10


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=4, exchanges=tuple(Exchange)
    ) as trader:
        yield trader


@pytest.fixture
def pace() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def paced(
    server: Server, as_daemon: str, database_name: str, pace: StandingClock
) -> AsyncIterator[Trader]:
    """A trader whose rate limits and breakers know only the time that the test lets pass."""
    async with running_trader(
        server, database_name, accounts=4, exchanges=tuple(Exchange), pace=pace
    ) as trader:
        yield trader


async def prepare(trader: Trader) -> None:
    """Let every account have the leverage of its entry, and hold something that can be left."""
    for session in trader.sessions:
        for symbol in (SYMBOL, HELD):
            await trader.context.gateway.set_leverage(session, symbol, leverage=LEVERAGE)
        request = make_request(
            session.exchange,
            symbol=HELD,
            quantity=Decimal("0.1"),
            client_order_id=f"own-{session.account_id.hex[:24]}",
            timestamp_ms=trader.context.gateway.timestamp_ms(session.exchange, session.mode),
        )
        await trader.context.gateway.submit(session, request)
    async with begin(SYSTEM) as uow:
        await positions.record_leverage(
            uow, [(account, SYMBOL, LEVERAGE) for account in trader.desk.accounts]
        )


def entry(trader: Trader, account: UUID) -> str:
    """Return the state of an account's one entry, "" before there is one."""
    rows = trader.desk.execute(
        "SELECT a.state FROM attempts AS a JOIN intents AS i ON i.id = a.intent_id"
        " WHERE a.account_id = %s AND i.leg = 'entry'",
        account,
    )
    return str(rows[0][0]) if rows else ""


async def leave(trader: Trader, account: UUID) -> set[str]:
    """Close what an account holds; return what its exit came to."""
    sent = await exits.close_position(
        trader.context, account, HELD, command_id=None, cause=f"tests {account}"
    )
    assert sent is not None
    return {state.value for state in sent.states.values()}


def break_down(trader: Trader) -> None:
    for _ in range(5):
        trader.context.gateway.breakers.note(BINANCE, EndpointClass.ORDERS, Answered.FAILED)


def sent_and_held(trader: Trader) -> tuple[int, int]:
    """Return how many entries the exchanges took, and how many wait."""
    states = trader.desk.states()
    taken = sum(states.get(state, 0) for state in ("open", "partially_filled", "filled"))
    return taken, states.get("created", 0)


async def test_entries_wait_for_a_broken_exchange_and_go_when_it_is_back(trader: Trader) -> None:
    break_down(trader)
    assert "binance orders: most requests failed" in str(condition.of(trader.context))
    signal_id = await trader.signal(ttl_s=40)
    running = asyncio.create_task(fan_out.run(trader.context, signal_id, trader.desk.all_shards))
    await until(lambda: sent_and_held(trader) == (2, 2))

    async def is_back() -> bool:
        await watch_exchanges.run(trader.context)
        return trader.context.gateway.breakers.entries_share(BINANCE) == 1.0

    await until(is_back)
    await running
    assert sent_and_held(trader) == (4, 0)


async def test_entries_of_a_broken_exchange_keep_their_deadline(trader: Trader) -> None:
    break_down(trader)
    await fan_out.run(trader.context, await trader.signal(ttl_s=2), trader.desk.all_shards)
    assert trader.desk.states()["void"] == 2
    assert sent_and_held(trader) == (2, 0)


async def test_the_budgets_of_every_address_are_told(trader: Trader) -> None:
    account = trader.sessions[1]
    assert account.exchange is Exchange.BYBIT
    trader.context.gateway.throttle.observe_account(
        account.account_id,
        Exchange.BYBIT,
        headers={"X-Bapi-Limit": "10", "X-Bapi-Limit-Status": "2"},
    )
    trader.context.gateway.throttle.observe(
        (*BINANCE, None), status=429, headers={"Retry-After": "30"}, body=b""
    )
    binance, bybit = budgets.of(trader.context)
    assert (binance["exchange"], binance["accounts"], binance["accounts_max"]) == (
        "binance",
        2,
        250,
    )
    assert 30 <= float(str(binance["fan_out_s"])) <= 31
    assert (binance["budget"], binance["reserve"], binance["margin"]) == (2_400, 480.0, 480.0)
    assert (binance["read_at_once"], bybit["read_at_once"]) == (48, 27)
    assert bybit["risk_account"] == str(account.account_id)
    assert (bybit["risk_used"], bybit["risk_limit"], bybit["fan_out_s"]) == (8.0, 10, 0.0)


async def test_an_account_without_a_word_for_a_minute_opens_nothing(trader: Trader) -> None:
    assert Settings().balance_age_s_max == 60.0
    trader.context.settings.balance_age_s_max = 60.0
    deaf, *others = trader.desk.accounts
    trader.desk.execute(
        "UPDATE account_states SET observed_at = now() - interval '61 s' WHERE account_id = %s",
        deaf,
    )
    trader.desk.execute(
        "UPDATE account_states SET observed_at = now() WHERE account_id = ANY(%s)", others
    )
    await fan_out.run(trader.context, await trader.signal(ttl_s=3), trader.desk.all_shards)
    assert trader.desk.execute("SELECT 1 FROM attempts WHERE account_id = %s", deaf) == []
    assert sent_and_held(trader)[0] == 3


async def test_a_silenced_address_leaves_the_others_trading(
    paced: Trader, pace: StandingClock
) -> None:
    await prepare(paced)
    silent, other = (s for s in paced.sessions if s.exchange is Exchange.BINANCE)
    for session, address in ((silent, "127.0.0.2"), (other, "127.0.0.3")):
        paced.context.sessions[session.account_id] = replace(session, source_address=address)
    await paced.paper.plan_fault(
        "address_banned", "/fapi", exchange="binance", address="127.0.0.2", retry_after_s=30
    )
    with pytest.raises(ExchangeError):
        await paced.context.gateway.fetch_balance(paced.context.sessions[silent.account_id])
    asked = len((await paced.paper.control("GET", "/faults"))["happened"])
    signal_id = await paced.signal(ttl_s=120)
    running = asyncio.create_task(fan_out.run(paced.context, signal_id, paced.desk.all_shards))
    leaving = asyncio.create_task(leave(paced, silent.account_id))
    await until(lambda: sent_and_held(paced) == (3, 1))
    assert entry(paced, silent.account_id) == "created"
    # The other address of the same exchange may even be left, while this one asks nothing at all.
    assert await leave(paced, other.account_id) == {"open"}
    assert not leaving.done()
    assert len((await paced.paper.control("GET", "/faults"))["happened"]) == asked
    await paced.paper.control("DELETE", "/faults")
    pace.skip(32)
    assert await leaving == {"open"}
    await running
    assert sent_and_held(paced)[1] == 0
    assert entry(paced, silent.account_id) in {"open", "filled"}


async def test_exits_leave_an_address_whose_budget_holds_entries_back(
    paced: Trader, pace: StandingClock
) -> None:
    await prepare(paced)
    first, second = (s for s in paced.sessions if s.exchange is Exchange.BYBIT)
    limit = ADDRESS_LIMITS[Exchange.BYBIT]
    throttle = paced.context.gateway.throttle
    address = (first.exchange, first.mode, first.source_address)
    entries_may = limit.units * USABLE_SHARE * Lane.ENTRY.value
    await throttle.admit(
        [first], lane=Lane.EXIT, orders=0, weight=entries_may - throttle.ledger(address).used
    )
    signal_id = await paced.signal(ttl_s=120)
    running = asyncio.create_task(fan_out.run(paced.context, signal_id, paced.desk.all_shards))
    await until(lambda: sent_and_held(paced) == (2, 2))
    assert [await leave(paced, each.account_id) for each in (first, second)] == [{"open"}] * 2
    assert sent_and_held(paced)[1] == 2
    pace.skip(limit.window_s + 0.1)
    await running
    assert sent_and_held(paced)[1] == 0


async def test_exits_go_through_on_every_step_of_a_broken_exchange(
    paced: Trader, pace: StandingClock
) -> None:
    await prepare(paced)
    first, second = (s.account_id for s in paced.sessions if s.exchange is Exchange.BINANCE)
    breakers = paced.context.gateway.breakers
    break_down(paced)
    signal_id = await paced.signal(ttl_s=120)
    running = asyncio.create_task(fan_out.run(paced.context, signal_id, paced.desk.all_shards))
    await until(lambda: sent_and_held(paced) == (2, 2))
    assert await leave(paced, first) == {"open"}
    pace.skip(2)
    await watch_exchanges.run(paced.context)
    await watch_exchanges.run(paced.context)
    # It answers: exits go through, and entries wait until that went well for a while.
    assert [one.state.value for one in breakers.open_ones()] == ["exits"]
    assert await leave(paced, second) == {"open"}
    assert [entry(paced, each) for each in (first, second)] == ["created", "created"]
    pace.skip(2)
    assert breakers.entries_share(BINANCE) == 0.1
    await until(lambda: sent_and_held(paced)[1] == 1)
    pace.skip(4)
    await running
    assert breakers.open_ones() == []
    assert "created" not in {entry(paced, each) for each in (first, second)}


async def test_a_clock_in_doubt_holds_its_exchange_until_readings_agree(trader: Trader) -> None:
    await prepare(trader)
    await trader.paper.control(
        "POST", "/faults", {"kind": "clock_skew", "exchange": "binance", "skew_ms": 30_000}
    )
    await trader.context.gateway.server_time(*BINANCE)
    assert "binance is in doubt" in str(condition.of(trader.context))
    signal_id = await trader.signal(ttl_s=120)
    running = asyncio.create_task(fan_out.run(trader.context, signal_id, trader.desk.all_shards))
    await until(lambda: sent_and_held(trader) == (2, 2))
    await trader.paper.control(
        "POST", "/faults", {"kind": "clock_skew", "exchange": "binance", "skew_ms": 0}
    )

    async def is_believed() -> bool:
        await watch_exchanges.run(trader.context)
        return not trader.context.gateway.clocks.doubt(*BINANCE)

    await until(is_believed)
    await running
    assert sent_and_held(trader) == (4, 0)
