"""Connections stand before the first order of a fan-out needs them."""

from collections.abc import AsyncIterator

import pytest

from daemon.jobs import keep_warm
from patriot_app.core.domain.accounts import Exchange
from tests.daemon.execution.trading import Trader, running_trader
from tests.database import Server


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=4, exchanges=(Exchange.BINANCE, Exchange.BYBIT)
    ) as trader:
        yield trader


async def test_every_account_has_a_connection_and_running_again_opens_none(
    trader: Trader,
) -> None:
    writes = trader.context.gateway.caller.writes
    await keep_warm.run(trader.context)
    before = len(writes._connections)
    await keep_warm.run(trader.context)
    assert before == len(writes._connections) == 4
