"""What holds one exchange, address or order back holds no other."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from daemon.execution import budgets, condition, fan_out
from daemon.jobs import watch_exchanges
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.breakers import Answered, EndpointClass
from patriot_app.core.settings import Settings
from tests.daemon.execution.trading import Trader, running_trader
from tests.database import Server
from tests.waiting import until

BINANCE = (Exchange.BINANCE, AccountMode.PAPER)


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=4, exchanges=tuple(Exchange)
    ) as trader:
        yield trader


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
