"""What a reading asks of an exchange, and what it finds."""

from collections.abc import AsyncIterator

import pytest

from daemon.execution import fan_out, reading
from patriot_app.core.services.fills import NOTHING
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=1) as trader:
        yield trader


def used(trader: Trader) -> float:
    """Return the weight that the account's address has used."""
    session = trader.sessions[0]
    address = (session.exchange, session.mode, session.source_address)
    return trader.context.gateway.throttle.ledger(address).used


async def test_a_gap_asks_only_for_what_the_account_trades(trader: Trader) -> None:
    session = trader.sessions[0]
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    await reading.read_orders(trader.context, session, symbols=[SYMBOL])
    assert trader.desk.states() == {"filled": 1}
    before = used(trader)
    await reading.read_orders(trader.context, session, symbols=[SYMBOL])
    assert used(trader) - before == 2
    await reading.read_orders(trader.context, session)
    assert used(trader) - before == 82


async def test_a_reading_that_finds_nothing_new_leaves_the_books_alone(trader: Trader) -> None:
    session = trader.sessions[0]
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    await reading.read_fills(trader.context, session, SYMBOL)
    cursors = trader.desk.execute(
        "SELECT cursor, read_at FROM fill_cursors WHERE account_id = %s", session.account_id
    )
    assert cursors
    assert await reading.read_fills(trader.context, session, SYMBOL) is NOTHING
    assert (
        trader.desk.execute(
            "SELECT cursor, read_at FROM fill_cursors WHERE account_id = %s", session.account_id
        )
        == cursors
    )
