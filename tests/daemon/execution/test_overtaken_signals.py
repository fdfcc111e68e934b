"""Signals of one instrument may be planned out of their order; the last decision counts."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pytest

from daemon.execution import fan_out, reading
from patriot_app.core.domain.signals import SignalAction
from tests.daemon.execution.trading import Trader, running_trader
from tests.database import Server


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=2) as trader:
        yield trader


async def plan_and_send(trader: Trader, signal_id: UUID) -> None:
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    for session in trader.sessions:
        await reading.read_orders(trader.context, session)
        await reading.read_fills(trader.context, session, "BTCUSDT")


async def held(trader: Trader) -> list[Decimal]:
    return [await trader.held(account) for account in trader.desk.accounts]


async def sell(trader: Trader, *, ttl_s: float = 60) -> UUID:
    stop = (await trader.price() * Decimal("1.02")).quantize(Decimal(1))
    return await trader.signal(action=SignalAction.OPEN_SHORT, stop_loss=stop, ttl_s=ttl_s)


async def close(trader: Trader) -> UUID:
    return await trader.signal(action=SignalAction.CLOSE, stop_loss=None)


def reasons(trader: Trader, signal_id: UUID) -> list[tuple[object, ...]]:
    return trader.desk.execute(
        "SELECT reason_code FROM fan_out_accounts WHERE signal_id = %s", signal_id
    )


async def test_an_entry_is_given_up_once_its_close_was_planned(trader: Trader) -> None:
    entry = await trader.signal()
    await plan_and_send(trader, await close(trader))
    await plan_and_send(trader, entry)
    assert await held(trader) == [0, 0]
    assert reasons(trader, entry) == [("SIGNAL_SUPERSEDED",)] * 2


async def test_a_close_leaves_the_position_of_a_newer_entry_alone(trader: Trader) -> None:
    await plan_and_send(trader, await trader.signal())
    overtaken = await close(trader)
    await plan_and_send(trader, await sell(trader))
    turned = await held(trader)
    await plan_and_send(trader, overtaken)
    assert await held(trader) == turned
    assert max(turned) < 0
    assert reasons(trader, overtaken) == [("SIGNAL_SUPERSEDED",)] * 2


async def test_a_close_goes_on_where_the_newer_entry_came_to_nothing(trader: Trader) -> None:
    await plan_and_send(trader, await trader.signal())
    overtaken = await close(trader)
    await plan_and_send(trader, await sell(trader, ttl_s=-1))
    await plan_and_send(trader, overtaken)
    assert await held(trader) == [0, 0]


async def test_a_signal_for_some_accounts_overtakes_on_these_alone(trader: Trader) -> None:
    entry = await trader.signal()
    newer = await close(trader)
    trader.desk.execute(
        "UPDATE signals SET accounts = %s WHERE id = %s", [trader.desk.accounts[0]], newer
    )
    await plan_and_send(trader, entry)
    assert [bool(quantity) for quantity in await held(trader)] == [False, True]
