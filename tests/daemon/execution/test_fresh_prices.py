"""A signal waits for a trader's first price, and is refused where none comes."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from daemon.execution.fresh_prices import wait_for_price
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.errors import Refused
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server

NEVER_S = 3_600.0


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=1) as trader:
        yield trader


async def test_a_signal_waits_for_the_first_price_and_no_longer(trader: Trader) -> None:
    context, market = trader.context, (Exchange.BINANCE, AccountMode.PAPER)
    context.settings.first_price_wait_s = NEVER_S
    waiting = asyncio.create_task(wait_for_price(context, *market, SYMBOL))
    await asyncio.sleep(0)
    assert not waiting.done()
    context.prices.put(*market, SYMBOL, mark=Decimal(50_000))
    assert (await waiting).price == 50_000
    context.settings.first_price_wait_s = 0.0
    with pytest.raises(Refused, match="no fresh price of ETHUSDT on binance"):
        await wait_for_price(context, *market, "ETHUSDT")
