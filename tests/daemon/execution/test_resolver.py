"""What was recorded and never sent is sent by whoever owns the shard, or given up."""

from collections.abc import AsyncIterator

import pytest

from daemon.execution import exits, fan_out, resolver
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=1) as trader:
        yield trader


async def leave_an_exit_behind(trader: Trader) -> None:
    """Open a position, and lose the shard between the record of its exit and the fence."""
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    account = trader.desk.accounts[0]
    assert await trader.held(account) != 0
    trader.desk.execute("UPDATE shard_leases SET epoch = epoch + 1")
    sent = await exits.close_position(
        trader.context, account, SYMBOL, command_id=None, cause="emergency"
    )
    assert sent is not None
    assert not sent.results
    trader.desk.execute("UPDATE shard_leases SET epoch = epoch - 1")
    assert trader.desk.states()["created"] == 1


async def test_an_exit_left_behind_is_sent_by_the_owner(trader: Trader) -> None:
    await leave_an_exit_behind(trader)
    await resolver.run(trader.context)
    assert await trader.held(trader.desk.accounts[0]) == 0
    assert "created" not in trader.desk.states()


async def test_an_exit_left_behind_is_given_up_at_its_deadline(trader: Trader) -> None:
    await leave_an_exit_behind(trader)
    trader.desk.execute("UPDATE intents SET deadline = now() - interval '1 s' WHERE leg = 'exit'")
    await resolver.run(trader.context)
    assert await trader.held(trader.desk.accounts[0]) != 0
    assert trader.desk.states()["void"] == 1
